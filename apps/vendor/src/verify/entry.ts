import { hash } from 'node:crypto'
import { LogFault } from './fault.ts'

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

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** RFC 6962 §2.1. */
export function hashLeaf(body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(body.length + 1)
  bytes[0] = 0
  bytes.set(body, 1)
  return hash('sha256', bytes, 'buffer')
}

/** The event, as far as every event has it: an object with the process, its counter, a type and an instant. */
export function readBody({ seq, body }: Entry): Body {
  try {
    const value: unknown = JSON.parse(UTF8.decode(body))
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && isBody(value)) return value
  } catch {
    // Not UTF-8, or not JSON: the same answer.
  }
  throw new LogFault('body', seq)
}

const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/

function isBody(value: object): value is Body {
  const { boot, n, type, at } = value as Record<string, unknown> // each is looked at here
  return (
    typeof boot === 'string' &&
    Number.isSafeInteger(n) &&
    typeof type === 'string' &&
    typeof at === 'string' &&
    INSTANT.test(at) &&
    !Number.isNaN(Date.parse(at))
  )
}

/** The columns of an event whose body was pruned: its type and its time, which nothing here speaks for, and nothing else. */
export function isBareRow(columns: EntryRow['columns']): boolean {
  return columns.slice(2).every((one) => one === null)
}

/** The events that a `log.pruned` takes the bodies of: of those before it, and of no other. */
export function prunedBy(body: Body, seq: number): readonly Run[] {
  const runs = body.type === 'log.pruned' ? (body['runs'] as readonly Run[]) : [] // in the form of its type
  return runs.filter(({ from, to }) => from > 0 && to < seq)
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
