import type { AuditEvent, RecordedEvent } from '../domain/audit-event.ts'
import type { Run } from '../domain/log-event.ts'
import type { ShadowNote } from '../domain/shadow.ts'
import { shadowNotes } from '../domain/shadow.ts'
import type { MetLimit, Use } from '../domain/use-limit.ts'
import type { SealedSession } from '../ports.ts'
import type { DetectChange } from './detect-rows.ts'
import { detectChangeOf } from './detect-rows.ts'
import type { GhostChange } from './ghost-rows.ts'
import { ghostChangeOf } from './ghost-rows.ts'
import type { Erasure, PersonalNote } from './personal/notes.ts'
import { type ReviewChange, reviewChangeOf } from './review-row.ts'
import type { SightingText } from './usage/sighting.ts'
import { countedSighting, sightingOf } from './usage/sighting.ts'

/** What one event does to the tables of open intents, of revocations, of probes, of ghosts, of reviews and of detectors. */
export type OpenIntentChange =
  | DetectChange
  | GhostChange
  | IntentOpened
  | 'close'
  | { readonly do: 'announce'; readonly assumption: string }
  | {
      readonly do: 'revocation'
      readonly id: string
      /** What it is of, who, when and why, JSON. */
      readonly body: string
      readonly locked: 0 | 1
    }
  | { readonly do: 'finished' | 'lifted'; readonly id: string }
  | { readonly do: 'forked'; readonly accepted: readonly string[] }
  | { readonly do: 'probe'; readonly id: string; readonly target: string; readonly role: string | null }
  | { readonly do: 'probed'; readonly id: string }
  | { readonly do: 'prune'; readonly runs: readonly Run[] }
  | ReviewChange
  | Erasure

/**
 * The intent of the event's assumption is open from here on, and `'close'` says that it is no more: every exchange does both,
 * and the names of members cross to a worker with each object.
 */
export type IntentOpened = readonly [
  target: string,
  storeTokenExpiresMs: number,
  latestExpiryMs: number,
  accessKeyId: string | null,
  announced: 0 | 1,
]

/**
 * One event on its way to the writer: the columns that are searched, the bytes that count, and what it does to the open
 * intents. A list and no object, because a list crosses to a worker at half the cost.
 */
export type EventRow = readonly [
  type: string,
  atMs: number,
  assumption: string | null,
  request: string | null,
  issuer: string | null,
  role: string | null,
  code: string | null,
  body: string,
  change: OpenIntentChange | null,
  spending: Spending | null,
  shadow: ShadowSighting | null,
  /** Where the intent of this outcome stands: whoever waits for it wants a receipt. */
  receiptOf: number | null,
  session: SessionChange | null,
  /** What it says of the use of mappings. */
  usage: SightingText | null,
  /** What its commitments are of; only there where personal members are erasable, and something is not kept yet. */
  note?: PersonalNote,
]

/** What one event does to the kept session keys, and to the links between sessions. */
export type SessionChange =
  | ({ readonly do: 'keep' } & SealedSession)
  /** Of this session and of those that were assumed from it. */
  | { readonly do: 'forget'; readonly assumption: string }
  | { readonly do: 'link'; readonly assumption: string; readonly ancestors: readonly string[] }

/** What the shadow mappings of a decision would have done, and for whom. */
export type ShadowSighting = {
  readonly notes: readonly ShadowNote[]
  readonly issuer: string
  readonly sub: string
}

/** What an intent uses up, whose token it is, and the row that is written in its place where a limit is met. */
export type Spending = {
  readonly uses: readonly Use[]
  readonly issuer: string
  readonly jti: string | null
  readonly instead: Readonly<Record<MetLimit, EventRow>>
}

/** The row of an event; `body` is its RFC 8785 form, made once. */
export function rowOf(event: RecordedEvent, body: string, atMs: number): EventRow {
  return [
    event.type,
    atMs,
    // What a store says of an assumption is no event of it: whoever forges many would crowd out its own.
    'assumption' in event && event.type !== 'ghost.seen' ? event.assumption : null,
    OUTCOMES.has(event.type) || !('request' in event) ? null : event.request,
    issuerOf(event),
    roleOf(event),
    'code' in event ? event.code : null,
    body,
    changeOf(event),
    null,
    shadowOf(event),
    null,
    sessionChangeOf(event),
    sightingOf(event),
  ]
}

/** Whether nothing is kept of some session any more once this event is on disk. */
export function endsSession(event: AuditEvent): boolean {
  return sessionChangeOf(event)?.do === 'forget'
}

function sessionChangeOf(event: AuditEvent): SessionChange | null {
  switch (event.type) {
    case 'assume.intent':
      return event.chain === undefined
        ? null
        : { do: 'link', assumption: event.assumption, ancestors: event.chain }
    case 'assume.withheld':
    case 'assume.revoked':
      return { do: 'forget', assumption: event.assumption }
    case 'revoke.begun':
      return event.of.kind === 'assumption' ? { do: 'forget', assumption: event.of.id } : null
    default:
      return null
  }
}

/** The row of an outcome that is answered with a receipt; its intent is the event of that sequence. */
export function receiptedRow(
  row: EventRow,
  { intent, kept }: { readonly intent: number; readonly kept: SealedSession | null },
): EventRow {
  const [type, atMs, assumption, request, issuer, role, code, body, change, spending, shadow] = row
  const keep = kept === null ? null : ({ do: 'keep', ...kept } as const)
  const columns = [type, atMs, assumption, request, issuer, role, code, body] as const
  return [...columns, change, spending, shadow, intent, keep, row[13]]
}

/** The row of an intent that uses something up, with those that may stand in its place. */
export function spendingRow(
  intent: RecordedEvent & { readonly type: 'assume.intent' },
  row: EventRow,
  instead: Spending['instead'],
): EventRow {
  const [type, atMs, assumption, request, issuer, role, code, body, change, , shadow, , session, usage] = row
  const { uses, subject } = intent
  const spending = { uses, issuer: subject.issuer.url, jti: subject.jti, instead }
  const columns = [type, atMs, assumption, request, issuer, role, code, body] as const
  const spent: EventRow = [...columns, change, spending, shadow, null, session, usage]
  return row[14] === undefined ? spent : notedRow(spent, row[14])
}

/** The row with what the writer must keep beside it. */
export function notedRow(row: EventRow, note: PersonalNote): EventRow {
  const [type, atMs, assumption, request, issuer, role, code, body, change, spending, ...rest] = row
  const [shadow, receiptOf, session, usage] = rest
  const columns = [type, atMs, assumption, request, issuer, role, code, body] as const
  return [...columns, change, spending, shadow, receiptOf, session, usage, note]
}

/** The row of an event whose personal members are commitments; `clear`: as they were. */
export function cloakedRow(
  row: EventRow,
  {
    event,
    clear,
    note,
  }: { readonly event: AuditEvent; readonly clear: AuditEvent; readonly note: PersonalNote | null },
): EventRow {
  const [
    type,
    atMs,
    assumption,
    request,
    issuer,
    role,
    code,
    body,
    change,
    spending,
    shadow,
    receiptOf,
    session,
  ] = row
  const columns = [type, atMs, assumption, request, issuer, role, code, body] as const
  const usage = countedSighting(event, clear)
  const counted: EventRow = [...columns, change, spending, shadow, receiptOf, session, usage]
  return note === null ? counted : notedRow(counted, note)
}

/** The row of an event that does this beside being written. */
export function doingRow(row: EventRow, change: OpenIntentChange): EventRow {
  const [type, atMs, assumption, request, issuer, role, code, body, , ...rest] = row
  const columns = [type, atMs, assumption, request, issuer, role, code, body] as const
  return [...columns, change, ...rest]
}

function shadowOf(event: AuditEvent): ShadowSighting | null {
  if (event.type !== 'assume.intent' && event.type !== 'assume.refused') return null
  const { decision, subject } = event
  if (decision === null || subject === null || decision.shadow.length === 0) return null
  return { notes: shadowNotes(decision), issuer: subject.issuer.name, sub: subject.sub }
}

function opened(
  event: { readonly target: string; readonly storeTokenExpires: string },
  known: { readonly accessKeyId: string | null; readonly announced: 0 | 1; readonly latestExpiry: string },
): IntentOpened {
  const [tokenMs, latestMs] = [Date.parse(event.storeTokenExpires), Date.parse(known.latestExpiry)]
  return [event.target, tokenMs, latestMs, known.accessKeyId, known.announced]
}

function reopened(event: Extract<AuditEvent, { type: 'assume.revoked' }>): IntentOpened {
  const { accessKeyId, latestExpiry } = event
  return opened(event, { accessKeyId, announced: 1, latestExpiry })
}

/** These follow an intent and are found by its assumption: an index entry less on the way of every exchange. */
const OUTCOMES = new Set(['assume.issued', 'assume.upstream_failed', 'assume.withheld'])

function roleOf(event: AuditEvent): string | null {
  if (event.type === 'probe.begun' || event.type === 'probe.finished') return event.role?.name ?? null
  return 'decision' in event ? (event.decision?.role?.name ?? null) : null
}

function issuerOf(event: AuditEvent): string | null {
  if (event.type === 'assume.refused_summary') return event.subject?.issuer ?? event.claimedIssuer
  if (event.type === 'assume.intent' || event.type === 'assume.redelivered') return event.subject.issuer.name
  if (event.type === 'assume.refused') return event.subject?.issuer.name ?? event.claimed?.issuer ?? null
  return 'issuer' in event ? event.issuer : null
}

function changeOf(event: RecordedEvent): OpenIntentChange | null {
  switch (event.type) {
    case 'assume.intent': {
      const { storeTokenExpires, latestExpiry, decision } = event
      const of = { target: decision.target?.name ?? '', storeTokenExpires }
      return opened(of, { accessKeyId: null, announced: 0, latestExpiry })
    }
    case 'assume.withheld':
      return opened(event, {
        accessKeyId: event.accessKeyId,
        announced: 1,
        latestExpiry: event.expires,
      })
    case 'assume.issued':
      return 'close'
    case 'assume.upstream_failed':
      return event.mayExist ? null : 'close'
    case 'assume.unresolved':
      return { do: 'announce', assumption: event.assumption }
    case 'assume.revoked':
      if (event.final) return 'close'
      // A session that was handed out and could not be ended is open again until it is over.
      return event.proof === 'failed' ? reopened(event) : null
    case 'probe.intent':
      return opened(event, { accessKeyId: null, announced: 0, latestExpiry: event.latestExpiry })
    case 'probe.answered':
      // From here on its end can be proved, whoever ends it.
      if (event.expires !== null)
        return opened(event, {
          accessKeyId: event.accessKeyId,
          announced: 0,
          latestExpiry: event.expires,
        })
      return event.mayExist ? null : 'close'
    case 'probe.begun':
      return { do: 'probe', id: event.probe, target: event.target.name, role: event.role?.name ?? null }
    case 'probe.finished':
      return { do: 'probed', id: event.probe }
    case 'revoke.begun': {
      const { revocation: id, of, actor: by, at, reason, locked } = event
      return { do: 'revocation', id, body: JSON.stringify({ of, by, at, reason }), locked: locked ? 1 : 0 }
    }
    case 'revoke.finished':
      return { do: 'finished', id: event.revocation }
    case 'log.forked':
      return { do: 'forked', accepted: event.accepted.map(({ sha256 }) => sha256) }
    case 'log.pruned':
      return { do: 'prune', runs: event.runs }
    case 'revoke.lifted':
      return { do: 'lifted', id: event.revocation }
    default:
      return reviewChangeOf(event) ?? detectChangeOf(event) ?? ghostChangeOf(event)
  }
}
