import { dueMsOf, GRACE_MS } from './decide.ts'
import type { ItemKind, ItemStanding } from './item.ts'
import { isUndecided } from './item.ts'
import type { Review } from './review.ts'

/** Above this part of what is in force nobody's silence ends access: a person must say yes. */
const MOST_SUSPENDED = 0.2
/** What silence took in so long counts together, whichever reviews it was of: a quarter, as reviews come. */
export const SILENCE_MS = 90 * 86_400_000

export type OpenItem = {
  readonly n: number
  readonly kind: ItemKind
  readonly name: string
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

/** What the fifth that silence may take is of. */
export type InForce = {
  /** Names of mappings in force now. */
  readonly active: ReadonlySet<string>
  /** Names of those that silence took in the last `SILENCE_MS`, in whichever review, and that nobody brought back. */
  readonly silenced: ReadonlySet<string>
}

/**
 * What follows from the clock. A mapping is counted once, in however many reviews it is: many small reviews take no more
 * than a large one.
 */
export function overdueOf(
  review: Pick<Review, 'state' | 'plan' | 'released' | 'held'>,
  items: readonly OpenItem[],
  facts: InForce & { readonly nowMs: number },
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
  const ended = items.filter(
    (item) => ['auto_suspended', 'restored'].includes(item.standing.state) && passed(item, GRACE_MS),
  )
  // What was brought back and not decided on goes again by silence alone.
  const again = ended.filter(({ standing, enabled }) => standing.state === 'restored' && enabled)
  const names = [...ending, ...again].map(({ name }) => name)
  const would = new Set([...names, ...facts.silenced]).size
  const active = new Set([...facts.active, ...facts.silenced]).size
  const isTooMany =
    names.length > 0 && would > active * MOST_SUSPENDED && would > (review.released?.upTo ?? 0)
  const going = isTooMany ? [] : ending.map(({ n }) => n)
  return {
    isDue: review.state === 'running' && Date.parse(plan.dueAt) <= facts.nowMs,
    unanswered: silent.length,
    suspend: plan.noResponse === 'suspend' ? going : [],
    revoke: plan.noResponse === 'revoke' ? going : [],
    keep: silent.filter((item) => !ending.includes(item)).map(({ n }) => n),
    endOfGrace: ended.filter((item) => !isTooMany || !again.includes(item)).map(({ n }) => n),
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
