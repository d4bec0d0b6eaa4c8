import { parseOperator } from './condition-operator.ts'
import type { ConditionBlock, Statement } from './document.ts'
import { patternCovers, withoutEscapes } from './pattern.ts'

export function isUnconditional({ Condition }: Statement): boolean {
  return Object.keys(Condition ?? {}).length === 0
}

/**
 * Whether `inner` asks for everything that `outer` asks for; what it asks for beside that only narrows it. Sound and not
 * complete: false means that it is not proved.
 */
export function conditionIsTighter(inner: ConditionBlock, outer: ConditionBlock): boolean {
  return Object.entries(outer).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const own = inner[operator]?.[key]
      return own !== undefined && valuesAreTighter(operator, own, values)
    }),
  )
}

/**
 * Of alternatives, fewer are tighter; of what must not be, more. Values of any other operator have to be the same: of a
 * negated one with several values stores differ in what they read.
 */
function valuesAreTighter(text: string, own: readonly string[], values: readonly string[]): boolean {
  if (sameValues(own, values)) return true
  const operator = parseOperator(text)
  if (operator === null || operator.ifExists || operator.negated || operator.family === 'null') return false
  if (operator.qualifier !== null) return false
  if (operator.family === 'like')
    return own.every((value) =>
      values.some((one) => patternCovers(withoutEscapes(one), withoutEscapes(value))),
    )
  return own.every((value) => values.includes(value))
}

export function sameValues(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify([...new Set(one)].toSorted()) === JSON.stringify([...new Set(other)].toSorted())
}

/** Whether two blocks say the same, whatever the order of their members and values. */
export function sameCondition(one: ConditionBlock, other: ConditionBlock): boolean {
  return conditionText(one) === conditionText(other)
}

/** One text for all blocks that say the same. */
export function conditionText(condition: ConditionBlock): string {
  const rows = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) =>
      JSON.stringify([operator, key, ...[...new Set(values)].toSorted()]),
    ),
  )
  return rows.toSorted().join()
}
