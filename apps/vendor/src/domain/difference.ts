import { canonicalize } from './canonical.ts'
import { durationWords } from './duration-words.ts'
import { claimInWords, comparisonInWords } from './nearness-words.ts'
import type { ConditionBody, Resource } from './resource.ts'
import { safeText } from './safe-text.ts'
import { WIDENINGS, wideningOf } from './widening.ts'

export type Difference = {
  /** What differs, a line each, in words. */
  readonly lines: readonly string[]
  /** How the second lets more happen than the first, in words. */
  readonly widens: readonly string[]
}

/** What differs between two versions of one resource. Policies of a role are compared by what it pins. */
export function differenceOf(from: Resource, to: Resource): Difference {
  const state = from.state === to.state ? [] : [`it is ${to.state}`]
  const codes = [...new Set(wideningOf([from], [to]).map(({ code }) => code))]
  return {
    lines: [...state, ...memberLines(from.body, to.body)],
    widens: codes.map((code) => WIDENINGS[code]),
  }
}

/** The differing members of two bodies of one kind, in words. */
export function memberLines(from: unknown, to: unknown, path = ''): readonly string[] {
  if (isObject(from) && isObject(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted()
    return names.flatMap((name) => memberLines(from[name], to[name], path === '' ? name : `${path}.${name}`))
  }
  if (canonicalOf(from) === canonicalOf(to)) return []
  if (Array.isArray(from) && Array.isArray(to)) return listLines(from, to, path)
  const name = inAscii(path.replace(/Seconds$/, ''))
  return [`${name}: ${say(path, from)} → ${say(path, to)}`]
}

/** What somebody says yes to when a resource is new or comes back: each member that says anything, a line each. */
export function membersInWords(body: object): readonly string[] {
  return Object.entries(body)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => {
      if (isObject(value) && Object.keys(value).length > 0)
        return membersInWords(value).map((line) => `${inAscii(name)}.${line}`)
      const values: readonly unknown[] = Array.isArray(value) ? value : isEmpty(value) ? [] : [value]
      if (values.length === 0) return []
      return [`${inAscii(name.replace(/Seconds$/, ''))}: ${values.map((one) => say(name, one)).join(', ')}`]
    })
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || value === false || isObject(value)
}

/** Lists of a configuration are sets: what is gone, and what is new. */
function listLines(from: readonly unknown[], to: readonly unknown[], path: string): readonly string[] {
  const [old, now] = [from, to].map((list) => new Set(list.map(canonicalOf)))
  const gone = from.filter((one) => !now?.has(canonicalOf(one)))
  const fresh = to.filter((one) => !old?.has(canonicalOf(one)))
  const lines = [
    ...gone.map((one) => `${inAscii(path)}: no more ${say(path, one)}`),
    ...fresh.map((one) => `${inAscii(path)}: new ${say(path, one)}`),
  ]
  return lines.length > 0 ? lines : [`${inAscii(path)}: in another order, which means nothing`]
}

function say(path: string, value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'none'
  if (path.endsWith('Seconds') && typeof value === 'number') return durationWords(value)
  if (isCondition(value))
    return `${claimInWords(value.claim)} ${comparisonInWords(value, Number.POSITIVE_INFINITY)}`
  return typeof value === 'string' ? inAscii(value) : inAscii(canonicalize(value), canonicalize(value))
}

/**
 * Whoever reads a plan says yes by it: a text that its author made for a terminal, or that looks like another one, is
 * shown as what it is.
 */
function inAscii(text: string, json?: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  return json === undefined ? safeText(text) : json.replace(/[^\x20-\x7e]/g, escaped)
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Conditions alone have a claim and something to compare it with. */
function isCondition(value: unknown): value is ConditionBody {
  return isObject(value) && Array.isArray(value['claim']) && Object.keys(value).length > 1
}

function canonicalOf(value: unknown): string {
  return value === undefined ? '' : canonicalize(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
