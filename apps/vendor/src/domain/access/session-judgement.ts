import type { AssumptionId } from '../../ids.ts'
import { idTimeMs, isId } from '../../ids.ts'
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
  /** What the log said of it was taken out by its age: nobody can tell, and nothing speaks against it. */
  | { readonly is: 'pruned' }
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
/** No session is over later than this after its id was made: the longest role, its store token, a clock that was set. */
const LONGEST_MS = 43_200_000 + 3_600_000

export type JudgedAt = {
  readonly nowMs: number
  /** What the log had of ids from before this may have been taken out; null: none ever was. */
  readonly prunedBeforeMs: number | null
}

/**
 * Whether a session that a store tells of is one that we gave. `record` null: no event of ours names what it calls itself.
 * An intent is on disk before the store is asked, so that there is no moment at which one of ours has no record; and it is
 * held until the session is over, so that what is older than the log keeps is a session of back then or a lie.
 */
export function judgeSession(
  seen: SeenSession,
  record: AssumptionRecord | null,
  { nowMs, prunedBeforeMs }: JudgedAt,
): Judgement {
  const fleeting = seen.usedMs === null && !lasts(seen)
  const bornMs = seen.sub !== null && isId('asm', seen.sub) ? idTimeMs(seen.sub) : null
  if (bornMs !== null && prunedBeforeMs !== null && bornMs < prunedBeforeMs && isBare(record))
    return judgeForgotten(seen, bornMs)
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

/** Nothing of it is known any more; of an intent that is kept by itself nothing of what came of it. */
function isBare(record: AssumptionRecord | null): boolean {
  if (record === null) return true
  return record.minted && !record.given && record.ended === null && record.accessKeyIds.length === 0
}

/** Its id says when it can have lived. A thief may make up an old id; the session that he makes is of now. */
function judgeForgotten({ lasting, firstMs, usedMs, listedMs }: SeenSession, bornMs: number): Judgement {
  if (lasting) return ghost('lasting_key')
  const lastMs = Math.max(firstMs, usedMs ?? 0, listedMs ?? 0)
  return lastMs <= bornMs + LONGEST_MS ? { is: 'pruned' } : ghost('outlived')
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
