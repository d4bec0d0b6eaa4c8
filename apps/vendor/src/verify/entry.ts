import { LogFault } from './fault.ts'
import { readKey } from './note.ts'
import { isObject, isWhole, type Json, readPlain } from './plain-json.ts'
import { sha256 } from './sha256.ts'

/** One event as a source holds it: its bytes, the hash that is kept of it, and what only a database has beside. */
export type Entry = {
  readonly seq: number
  /** Empty where it was pruned: then the leaf stands in for it. */
  readonly body: Uint8Array
  readonly leaf: Uint8Array
  readonly row: EntryRow | null
}
export type EntryRow = {
  readonly chain: Uint8Array
  readonly columns: readonly (string | number | null)[]
}

export type Body = Readonly<Record<string, unknown>> & {
  readonly boot: string
  readonly n: number
  readonly type: string
  readonly at: string
}

/** RFC 6962 §2.1. */
export function hashLeaf(body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(body.length + 1)
  bytes[0] = 0
  bytes.set(body, 1)
  return sha256(bytes)
}

/**
 * An event (docs/LOG.md): JSON in its one form, with the process, its counter, a type and an instant; what speaks of the
 * log itself has every member that is read of it. Throws LogFault, `body`.
 */
export function readEvent(raw: Uint8Array, seq: number): Body {
  const value = readPlain(raw)
  if (value === null || !isBody(value, seq)) throw new LogFault('body', seq)
  return value
}

const INSTANT =
  /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$/

function isBody(value: Json, seq: number): value is Body {
  const { boot, n, type, at } = value
  return (
    typeof boot === 'string' &&
    isWhole(n) &&
    typeof type === 'string' &&
    typeof at === 'string' &&
    isInstant(at) &&
    (OF_THE_LOG.get(type)?.(value, seq) ?? true)
  )
}

/** Of a day that there is, by the calendar of ISO 8601, from the year 1. */
function isInstant(at: string): boolean {
  if (!INSTANT.test(at) || at.startsWith('0000')) return false
  // Date carries a 30th of February over into March, and prints it so.
  return at.slice(8, 10) < '29' || new Date(Date.parse(at)).toISOString() === at
}

const HASH = /^[0-9a-f]{64}$/
const isKey = (value: unknown) => typeof value === 'string' && readKey(value) !== null
/** Of events before the one that says so. */
const isRunBefore = (seq: number) => (one: unknown) => {
  const { from, to } = isObject(one) ? one : {}
  return isWhole(from) && isWhole(to) && 0 < from && from <= to && to < seq
}
const isGivenUp = (one: unknown) =>
  isObject(one) && typeof one['sha256'] === 'string' && HASH.test(one['sha256'])

/** Events that are more to a verifier than a leaf. */
const OF_THE_LOG: ReadonlyMap<string, (value: Json, seq: number) => boolean> = new Map([
  [
    'log.key_rotated',
    ({ vkey, replaces, handover }: Json) => isKey(vkey) && isKey(replaces) && typeof handover === 'boolean',
  ],
  [
    'log.forked',
    ({ vkey, replaces, accepted }: Json) =>
      isKey(vkey) && isKey(replaces) && Array.isArray(accepted) && accepted.every(isGivenUp),
  ],
  ['log.pruned', ({ runs }: Json, seq: number) => Array.isArray(runs) && runs.every(isRunBefore(seq))],
])

/** The columns of an event whose body was pruned: its type and its time, which nothing here speaks for, and nothing else. */
export function isBareRow(columns: EntryRow['columns']): boolean {
  return columns.slice(2).every((one) => one === null)
}

/** The events that a `log.pruned` takes the bodies of. */
export function prunedBy(body: Body): readonly Run[] {
  return body.type === 'log.pruned' ? (body['runs'] as readonly Run[]) : [] // as OF_THE_LOG has it
}
export type Run = { readonly from: number; readonly to: number }

/** These are found by the assumption of their intent. */
const WITHOUT_REQUEST = new Set(['assume.issued', 'assume.upstream_failed', 'assume.withheld'])

/** The columns that an event is searched by, as they follow from it: type, at_ms, assumption, request, issuer, role, code. */
export function columnsOf(body: Body): readonly (string | number | null)[] {
  return [
    body.type,
    Date.parse(body.at),
    textAt(body, 'assumption'),
    WITHOUT_REQUEST.has(body.type) ? null : textAt(body, 'request'),
    issuerOf(body),
    textAt(body, 'decision', 'role', 'name'),
    textAt(body, 'code'),
  ]
}

function issuerOf(body: Body): string | null {
  switch (body.type) {
    case 'assume.intent':
      return textAt(body, 'subject', 'issuer', 'name')
    case 'assume.refused':
      return textAt(body, 'subject', 'issuer', 'name') ?? textAt(body, 'claimed', 'issuer')
    case 'assume.refused_summary':
      return textAt(body, 'subject', 'issuer') ?? textAt(body, 'claimedIssuer')
    default:
      return textAt(body, 'issuer')
  }
}

function textAt(body: Body, ...path: readonly string[]): string | null {
  let value: unknown = body
  for (const name of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : null
  }
  return typeof value === 'string' ? value : null
}
