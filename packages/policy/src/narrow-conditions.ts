import { sameValues } from './condition-covers.ts'
import { parseOperator } from './condition-operator.ts'
import type { ConditionBlock } from './document.ts'
import { withEscapes, withoutEscapes } from './pattern.ts'
import { intersectPatterns } from './pattern-intersection.ts'

/**
 * The condition that holds where both hold. `never` where no request can meet both; null where one block cannot say
 * both, because one operator may name a key once only.
 */
export function bothConditions(one: ConditionBlock, other: ConditionBlock): ConditionBlock | 'never' | null {
  const joined = new Map(
    Object.entries(one).map(([operator, keys]) => [operator, new Map(Object.entries(keys))]),
  )
  for (const [operator, keys] of Object.entries(other)) {
    const there = joined.get(operator) ?? new Map<string, readonly string[]>()
    for (const [key, values] of Object.entries(keys)) {
      const own = there.get(key)
      const both = own === undefined ? values : bothValues(operator, own, values)
      if (both === null) return null
      if (both.length === 0) return 'never'
      there.set(key, both)
    }
    joined.set(operator, there)
  }
  return Object.fromEntries([...joined].map(([operator, keys]) => [operator, Object.fromEntries(keys)]))
}

/** Families whose alternatives are single values: two lists have in common what stands in both. */
const EQUALITIES = new Set(['StringEquals', 'NumericEquals', 'DateEquals', 'Bool', 'BinaryEquals'])

function bothValues(
  text: string,
  own: readonly string[],
  values: readonly string[],
): readonly string[] | null {
  if (sameValues(own, values)) return own
  const operator = parseOperator(text)
  if (operator === null || operator.ifExists || operator.negated || operator.qualifier !== null) return null
  if (EQUALITIES.has(operator.base)) return own.filter((value) => values.includes(value))
  return operator.family === 'like' ? bothPatterns(own, values) : null
}

function bothPatterns(own: readonly string[], values: readonly string[]): readonly string[] | null {
  const both = new Set<string>()
  for (const one of own) {
    for (const other of values) {
      const met = intersectPatterns(withoutEscapes(one), withoutEscapes(other))
      if (met === null) return null
      for (const pattern of met) both.add(withEscapes(pattern))
    }
  }
  return [...both]
}
