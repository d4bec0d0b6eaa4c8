import { dueMsOf, GRACE_MS } from './decide.ts'
import type { ItemKind, ItemStanding } from './item.ts'
import { isUndecided } from './item.ts'
import type { Review } from './review.ts'

/** Above this part of what is in force nobody's silence ends access: a person must say yes. */
const MOST_SUSPENDED = 0.2

export type OpenItem = {
  readonly n: number
  readonly kind: ItemKind
  readonly standing: ItemStanding
  /** Whether the resource is enabled now: what is off already needs no suspension. */
  readonly enabled: boolean
}

/** What time has made of a review: what to do now, and nothing twice. */
export type Overdue = {
  /** The due date has passed, and nobody has said so yet. */
  readonly isDue: boolean
  readonly unanswered: number
  /** Mappings to disable, with the way back; or for good at once. */
  readonly suspend: readonly number[]
  readonly revoke: readonly number[]
  /** Left as they are: by the plan's setting, because they are off already, or because they are no mappings. */
  readonly keep: readonly number[]
  /** Their time to be restored, or to be decided after that, is over. */
  readonly endOfGrace: readonly number[]
  /** What was asked for was not done in time. */
  readonly notDone: readonly number[]
  /** So many would lose their access that it waits for a person. */
  readonly hold: { readonly would: number; readonly active: number } | null
}

/**
 * What follows from the clock. `active`: mappings in force now; `suspended`: those of this review that are suspended
 * already, which count towards the fifth that silence may take.
 */
export function overdueOf(
  review: Pick<Review, 'state' | 'plan' | 'released' | 'held'>,
  items: readonly OpenItem[],
  facts: { readonly nowMs: number; readonly active: number; readonly suspended: number },
): Overdue {
  const { plan } = review
  const passed = (item: OpenItem, graceMs = 0) => dueMsOf(item.standing, plan.dueAt) + graceMs <= facts.nowMs
  const silent = items.filter(
    (item) => isUndecided(item.standing.state) && item.standing.state !== 'restored' && passed(item),
  )
  const ending = silent.filter(
    ({ kind, enabled, standing }) =>
      kind === 'mapping' && (enabled || standing.suspending) && plan.noResponse !== 'keep',
  )
  const would = ending.length + facts.suspended
  const active = facts.active + facts.suspended
  const isTooMany =
    ending.length > 0 && would > active * MOST_SUSPENDED && would > (review.released?.upTo ?? 0)
  const going = isTooMany ? [] : ending.map(({ n }) => n)
  return {
    isDue: review.state === 'running' && Date.parse(plan.dueAt) <= facts.nowMs,
    unanswered: silent.length,
    suspend: plan.noResponse === 'suspend' ? going : [],
    revoke: plan.noResponse === 'revoke' ? going : [],
    keep: silent.filter((item) => !ending.includes(item)).map(({ n }) => n),
    endOfGrace: items
      .filter(
        (item) =>
          (item.standing.state === 'auto_suspended' || item.standing.state === 'restored') &&
          passed(item, GRACE_MS),
      )
      .map(({ n }) => n),
    notDone: items
      .filter((item) => item.standing.state === 'narrow_requested' && passed(item, GRACE_MS))
      .map(({ n }) => n),
    hold: isTooMany ? { would, active } : null,
  }
}

const DAY_MS = 86_400_000

/** The reminder that is due now, in days before the due date; null: none. Of several that were missed the last one. */
export function reminderDue(
  review: Pick<Review, 'state' | 'plan' | 'reminded'>,
  nowMs: number,
): number | null {
  if (review.state !== 'running') return null
  const dueMs = Date.parse(review.plan.dueAt)
  if (nowMs >= dueMs) return null
  const passed = review.plan.remindDays.filter((days) => dueMs - days * DAY_MS <= nowMs)
  if (passed.length === 0) return null
  const last = Math.min(...passed)
  return review.reminded.some((days) => days <= last) ? null : last
}

/** When something of the review may be due next by the clock alone, in ms; null: never. */
export function nextLookMs(
  review: Pick<Review, 'state' | 'plan' | 'reminded'>,
  items: readonly Pick<OpenItem, 'standing'>[],
): number | null {
  const dueMs = Date.parse(review.plan.dueAt)
  if (review.state !== 'running' && review.state !== 'grace') return null
  const reminders =
    review.state === 'running'
      ? review.plan.remindDays
          .filter((days) => !review.reminded.some((sent) => sent <= days))
          .map((days) => dueMs - days * DAY_MS)
      : []
  const ofItems = items.map(({ standing }) => {
    const isGrace = ['auto_suspended', 'restored', 'narrow_requested'].includes(standing.state)
    return dueMsOf(standing, review.plan.dueAt) + (isGrace ? GRACE_MS : 0)
  })
  const all = [...reminders, ...(review.state === 'running' ? [dueMs] : []), ...ofItems]
  return all.length === 0 ? null : Math.min(...all)
}
