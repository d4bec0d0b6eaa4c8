import type { ErrorCode } from '../../errors.ts'
import type { Actor } from '../audit-event.ts'
import type { DutyFacts, KnownPersons } from './duty.ts'
import { dutyRefusal, strictest } from './duty.ts'
import type { ItemDecision, ItemKind, ItemStanding, ItemState, Verdict } from './item.ts'
import { isUndecided } from './item.ts'
import type { ReviewState } from './review.ts'

/** A shorter reason is none: the most frequent finding of auditors is a decision without one. */
export const LEAST_RATIONALE = 20
const DAY_MS = 86_400_000
const MOST_DEFERRAL_MS = 30 * DAY_MS
/** What was suspended can be restored for so long, counted from the due date of the item. */
export const GRACE_MS = 14 * DAY_MS

export type Asked = {
  readonly verdict: Verdict
  readonly rationale: string
  readonly evidence: string | null
  readonly seenVersion: number
  /** Of a deferral: until when, ISO 8601. */
  readonly until: string | null
}

/** What a decision is held against. */
export type DecideInput = KnownPersons & {
  readonly review: { readonly state: ReviewState; readonly plan: { readonly dueAt: string } }
  readonly item: {
    readonly kind: ItemKind
    readonly standing: ItemStanding
    readonly duty: DutyFacts
    /** How many persons it takes. */
    readonly required: 1 | 2
  }
  /** The resource now; null: it is not there. */
  readonly now: { readonly version: number; readonly state: 'enabled' | 'disabled' } | null
  readonly asked: Asked
  readonly who: Actor
  readonly nowMs: number
}

export type DecideOutcome =
  | { readonly ok: true; readonly becomes: ItemState }
  /** `detail`: what would have been right, where the code alone does not say. */
  | { readonly ok: false; readonly code: ErrorCode; readonly detail?: string }

/** Whether this person may say this of the item now, and what it becomes. Pure. */
export function decideItem(input: DecideInput): DecideOutcome {
  const { review, item, now, asked, who } = input
  const no = (code: ErrorCode) => ({ ok: false, code }) as const
  if (review.state !== 'running' && review.state !== 'grace') return no('review_not_running')
  if (!isUndecided(item.standing.state)) return no('review_item_decided')
  const barred = dutyRefusal(who, item.duty, input)
  if (barred !== null) return no(barred)
  if (asked.rationale.trim().length < LEAST_RATIONALE) return no('review_rationale_short')
  if (now === null || now.version !== asked.seenVersion) return no('review_item_changed')
  if (asked.verdict === 'defer') return deferral(input)
  // What is off already can only be left so.
  if (now.state === 'disabled' && asked.verdict !== 'revoke') return no('review_item_changed')
  const votes = votesOf(item.standing, asked.seenVersion)
  if (votes.some(({ by }) => input.same(by, who))) return no('review_same_reviewer')
  if (votes.length + 1 < item.required) return { ok: true, becomes: item.standing.state }
  const verdicts = votes.flatMap(({ verdict }) => (verdict === 'defer' ? [] : [verdict]))
  return { ok: true, becomes: ENDS[strictest([...verdicts, asked.verdict])] }
}

const ENDS = { attest: 'attested', narrow: 'narrow_requested', revoke: 'revoke_requested' } as const

/** What was said of the version that stands: of another one nobody knows what they would say. */
export function votesOf(standing: ItemStanding, version: number): readonly ItemDecision[] {
  return standing.decisions.filter(
    ({ verdict, seenVersion }) => verdict !== 'defer' && seenVersion === version,
  )
}

/** Once, to thirty days after the due date at most, and only with a second person. */
function deferral({ review, item, asked, who, same, nowMs }: DecideInput): DecideOutcome {
  const { deferral: before, state } = item.standing
  const no = (detail: string) => ({ ok: false, code: 'review_deferral_refused', detail }) as const
  if (state === 'restored') return no('it was suspended and restored, and is to be decided now')
  if (before !== null && before.confirmedBy !== null) return no(`it is deferred to ${before.until} already`)
  const { afterMs, latestMs } = deferralRange(review.plan.dueAt, nowMs)
  const untilMs = asked.until === null ? Number.NaN : Date.parse(asked.until)
  if (afterMs >= latestMs) return no(`nothing of this review is deferred past ${instant(latestMs)}`)
  if (!(untilMs > afterMs && untilMs <= latestMs))
    return no(`\`until\` is after ${instant(afterMs)}, and ${instant(latestMs)} at the latest`)
  if (before === null) return { ok: true, becomes: 'deferred' }
  if (Date.parse(before.until) !== untilMs)
    return no(`the first person said ${before.until}: the second says the same`)
  if (same(before.by, who)) return { ok: false, code: 'review_same_reviewer' }
  return { ok: true, becomes: 'deferred' }
}

/** An end before the due date would put nothing off. */
export function deferralRange(
  dueAt: string,
  nowMs: number,
): { readonly afterMs: number; readonly latestMs: number } {
  const dueMs = Date.parse(dueAt)
  return { afterMs: Math.max(dueMs, nowMs), latestMs: dueMs + MOST_DEFERRAL_MS }
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}

/** Until when an answer is waited for: a deferral that two persons want counts for longer than the review's date. */
export function dueMsOf(standing: Pick<ItemStanding, 'deferral'>, dueAt: string): number {
  const { deferral } = standing
  const due = Date.parse(dueAt)
  return deferral === null || deferral.confirmedBy === null ? due : Math.max(due, Date.parse(deferral.until))
}
