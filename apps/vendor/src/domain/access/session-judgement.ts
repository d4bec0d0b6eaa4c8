import type { AssumptionId } from '../../ids.ts'
import { isId } from '../../ids.ts'
import type { RecordedEvent } from '../audit-event.ts'
import type { GhostReason } from './ghost.ts'

/** A session of the identity that we issue, as a store tells of it. */
export type SeenSession = {
  readonly target: string
  readonly accessKeyId: string
  /** Of its claims: the assumption's id, where it is ours. */
  readonly sub: string | null
  readonly firstMs: number
  /** Its last request but for those that end sessions; null: it was never seen to ask for anything. */
  readonly usedMs: number | null
  /** By its own claims, or the store's list. */
  readonly expiresMs: number | null
  /** When the store listed it: then it lived; null: it did not. */
  readonly listedMs: number | null
  /** A lasting key that somebody made out of a session. */
  readonly lasting: boolean
}

/** What the log says of the assumption that a session names. */
export type AssumptionRecord = {
  readonly assumption: AssumptionId
  readonly target: string
  /** The key ids that were learnt: one, or those that a probe mints under one name. */
  readonly accessKeyIds: readonly string[]
  /** Whether the store was ever asked for it. */
  readonly minted: boolean
  /** Whether credentials may have been handed out. */
  readonly given: boolean
  /** The end that was recorded; null: none. */
  readonly expiresMs: number | null
  /** When it was ended, or that was tried; null: it was not. `proved`: the store refused its key id then. */
  readonly ended: { readonly atMs: number; readonly proved: boolean } | null
}

export type Judgement =
  | { readonly is: 'ours' }
  | { readonly is: 'ghost'; readonly reason: GhostReason }
  /** Nothing is said yet: look again at that time. */
  | { readonly is: 'open'; readonly untilMs: number }

const OURS: Judgement = { is: 'ours' }
/** The store's clock against ours, and what was on its way when the session ended. */
const TOLERANCE_MS = 30_000
/** Sessions by which we end others, and ask about a key, live for 30 seconds and touch nothing. */
const FLEETING_MS = 60_000
/** So long an event of ours about it may be on its way. */
const HOLD_MS = 30_000

/**
 * Whether a session that a store tells of is one that we gave. `record` null: no event of ours names what it calls itself.
 * An intent is on disk before the store is asked, so that there is no moment at which one of ours has no record.
 */
export function judgeSession(seen: SeenSession, record: AssumptionRecord | null, nowMs: number): Judgement {
  const fleeting = seen.usedMs === null && !lasts(seen)
  if (record === null) {
    const isNamedLikeOurs = seen.sub !== null && isId('asm', seen.sub)
    if (fleeting && isNamedLikeOurs && nowMs < seen.firstMs + HOLD_MS)
      return { is: 'open', untilMs: seen.firstMs + HOLD_MS }
    return ghost('unknown')
  }
  if (seen.lasting) return ghost('lasting_key')
  if (!record.minted) return ghost('not_given')
  if (record.target !== seen.target) return ghost('other_target')
  if (record.accessKeyIds.length > 0 && !record.accessKeyIds.includes(seen.accessKeyId))
    return fleeting ? OURS : ghost('other_key')
  return judgeOwn(seen, record, nowMs)
}

/** Its key id is the recorded one, or none was ever learnt. */
function judgeOwn(
  { usedMs, firstMs, listedMs }: SeenSession,
  { ended, expiresMs, given }: AssumptionRecord,
  nowMs: number,
): Judgement {
  if (listedMs !== null && ended?.proved === true && listedMs > ended.atMs + TOLERANCE_MS)
    return ghost('after_end')
  if (usedMs === null) return OURS
  if (!given)
    return nowMs < firstMs + HOLD_MS ? { is: 'open', untilMs: firstMs + HOLD_MS } : ghost('not_given')
  if (ended !== null && usedMs > ended.atMs + TOLERANCE_MS) return ghost('after_end')
  if (expiresMs !== null && usedMs > expiresMs + TOLERANCE_MS) return ghost('after_expiry')
  return OURS
}

function lasts({ firstMs, expiresMs, lasting }: SeenSession): boolean {
  return lasting || expiresMs === null || expiresMs > firstMs + FLEETING_MS
}

function ghost(reason: GhostReason): Judgement {
  return { is: 'ghost', reason }
}

/** What the events of one assumption say of it, oldest first; null: none of them is of one that was to be minted. */
export function recordOf(events: readonly RecordedEvent[]): AssumptionRecord | null {
  return events.reduce<AssumptionRecord | null>(withEvent, null)
}

function withEvent(record: AssumptionRecord | null, event: RecordedEvent): AssumptionRecord | null {
  switch (event.type) {
    case 'assume.intent':
      return begun(event.assumption, event.decision.target?.name ?? '')
    case 'probe.intent':
      return record ?? begun(event.assumption, event.target)
    case 'assume.refused':
      // Nothing was minted under it, so no session can be one of it.
      return record ?? { ...begun(event.assumption, ''), minted: false }
    default:
      return record === null ? null : withOutcome(record, event)
  }
}

function withOutcome(record: AssumptionRecord, event: RecordedEvent): AssumptionRecord {
  switch (event.type) {
    case 'assume.issued':
      return {
        ...record,
        given: true,
        accessKeyIds: keysWith(record, event.accessKeyId),
        expiresMs: Date.parse(event.expires),
      }
    case 'probe.answered':
      // The probe uses what it is given, and ends it.
      return {
        ...record,
        given: record.given || event.accessKeyId !== null,
        accessKeyIds: keysWith(record, event.accessKeyId),
        expiresMs: event.expires === null ? record.expiresMs : Date.parse(event.expires),
      }
    case 'assume.withheld':
      return { ...record, given: false, accessKeyIds: keysWith(record, event.accessKeyId) }
    case 'assume.revoked':
      return { ...record, ended: { atMs: Date.parse(event.at), proved: event.proof === 'proved' } }
    default:
      return record
  }
}

function keysWith({ accessKeyIds }: AssumptionRecord, one: string | null): readonly string[] {
  return one === null || accessKeyIds.includes(one) ? accessKeyIds : [...accessKeyIds, one]
}

function begun(assumption: AssumptionId, target: string): AssumptionRecord {
  return { assumption, target, minted: true, accessKeyIds: [], given: false, expiresMs: null, ended: null }
}
