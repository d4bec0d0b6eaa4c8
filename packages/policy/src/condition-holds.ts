import { segmentsOf } from './arn.ts'
import type { Operator } from './condition-operator.ts'
import { parseOperator } from './condition-operator.ts'
import type { Reading } from './dialects/dialect.ts'
import type { ConditionBlock, Effect } from './document.ts'
import { networkHolds } from './network.ts'
import { textMatches } from './text-matches.ts'

type Context = Readonly<Record<string, readonly string[]>>

/**
 * Whether a condition block holds: every operator, every key of it, one of its values. What cannot be evaluated makes
 * a statement as narrow as it can be: an Allow allows nothing, a Deny denies.
 */
export function conditionHolds(
  condition: ConditionBlock,
  context: Context,
  of: { readonly reading: Reading; readonly effect: Effect },
): boolean {
  return Object.entries(condition).every(([text, keys]) => {
    const operator = parseOperator(text)
    if (operator === null) return of.effect === 'Deny'
    return Object.entries(keys).every(([key, values]) =>
      holds(operator, { given: valuesOf(context, key, of.reading), values }, of.reading),
    )
  })
}

function valuesOf(context: Context, key: string, { keysByCase }: Reading): readonly string[] {
  const name = keysByCase
    ? key
    : (Object.keys(context).find((one) => one.toLowerCase() === key.toLowerCase()) ?? key)
  return Object.hasOwn(context, name) ? (context[name] ?? []) : []
}

type Sides = { readonly given: readonly string[]; readonly values: readonly string[] }

function holds(operator: Operator, { given, values }: Sides, reading: Reading): boolean {
  const { base, qualifier, negated, ifExists } = operator
  if (operator.family === 'null') {
    const asked = reading.nullReadsValue ? values : ['true']
    return asked.some((value) => (given.length === 0) === (value === 'true'))
  }
  if (given.length === 0) {
    if (qualifier === 'ForAllValues' || ifExists) return true
    return qualifier === null && negated && reading.missingHoldsNot
  }
  const matches = (one: string, value: string) => compare(operator, { one, value }, reading)
  const one = (text: string) => {
    if (!negated) return values.some((value) => matches(text, value))
    // An address is never taken for one of several that it is not.
    const some = reading.notOf === 'any' && base !== 'NotIpAddress'
    return some
      ? values.some((value) => !matches(text, value))
      : !values.some((value) => matches(text, value))
  }
  if (qualifier === 'ForAllValues') return given.every(one)
  if (qualifier === 'ForAnyValue' || !negated) return given.some(one)
  return reading.notOf === 'any' ? given.some(one) : given.every(one)
}

/** Whether the value of a request is, is like, is below … that of the document; negation stands elsewhere. */
function compare(
  { base, family }: Operator,
  { one, value }: { readonly one: string; readonly value: string },
  reading: Reading,
): boolean {
  switch (family) {
    case 'string': {
      const wanted = reading.escapes ? literal(value) : value
      return base.endsWith('IgnoreCase') ? one.toLowerCase() === wanted.toLowerCase() : one === wanted
    }
    case 'like':
      return textMatches(value, one, reading)
    case 'arn':
      return arnMatches(value, one, reading)
    case 'ip':
      return networkHolds(value, one)
    case 'bool':
      return one.toLowerCase() === value.toLowerCase()
    case 'numeric':
      return inOrder(base, Number(one), Number(value))
    case 'date':
      return inOrder(base, instantOf(one), instantOf(value))
    case 'binary':
      return one === value
    case 'null':
      return false
  }
}

/** Variables are read in equality, too: `${*}` is a star. */
function literal(value: string): string {
  return value.replace(/\$\{([*?$])\}/g, (_, sign: string) => sign)
}

function arnMatches(pattern: string, arn: string, reading: Reading): boolean {
  const given = segmentsOf(arn)
  return segmentsOf(pattern).every((part, index) => textMatches(part, given[index] ?? '', reading))
}

/** NaN is in no order with anything. */
function inOrder(base: string, one: number, value: number): boolean {
  if (base.endsWith('LessThan')) return one < value
  if (base.endsWith('LessThanEquals')) return one <= value
  if (base.endsWith('GreaterThan')) return one > value
  if (base.endsWith('GreaterThanEquals')) return one >= value
  return one === value
}

/** ISO 8601, or seconds since 1970. */
function instantOf(text: string): number {
  return /^[0-9]+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
}
