import type { ItemState } from '../../domain/review/item.ts'
import { type Counts, tallyOf } from '../../domain/review/review.ts'
import type { Series } from '../charts/stacked-bars.ts'
import { dayWords } from './time-words.ts'

const DAY_MS = 86_400_000
const MOST_DAYS = 60

/** What of a review is done: the parts of a bar, in the order of their meaning. */
export type ProgressPart = { readonly state: ItemState; readonly count: number }

const ORDER: readonly ItemState[] = [
  'attested',
  'verified',
  'applied',
  'narrow_requested',
  'revoke_requested',
  'unanswered',
  'auto_revoked',
  'auto_suspended',
  'failed',
  'restored',
  'deferred',
  'delegated',
  'pending',
]

export function progressParts(counts: Counts): readonly ProgressPart[] {
  return ORDER.flatMap((state) => {
    const count = counts[state] ?? 0
    return count === 0 ? [] : [{ state, count }]
  })
}

export type Done = { readonly items: number; readonly undecided: number; readonly percent: number }

export function doneOf(counts: Counts): Done {
  const { items, undecided } = tallyOf(counts)
  return { items, undecided, percent: items === 0 ? 0 : Math.floor((100 * (items - undecided)) / items) }
}

export type BurnUp = { readonly labels: readonly string[]; readonly series: readonly Series[] }

/** Items decided by the end of each day from the start to today, or to the end; of a long review its last sixty days. */
export function burnUp(of: {
  /** Items decided a day, `2026-11-26`; oldest first. */
  readonly days: readonly { readonly day: string; readonly decided: number }[]
  readonly items: number
  readonly startedMs: number
  readonly untilMs: number
}): BurnUp {
  const first = dayOf(of.startedMs)
  const last = Math.max(first, dayOf(of.untilMs))
  const from = Math.max(first, last - MOST_DAYS + 1)
  const days = Array.from({ length: last - from + 1 }, (_, at) => from + at)
  const decided = days.map((day) =>
    of.days.reduce((sum, one) => sum + (dayOf(Date.parse(one.day)) <= day ? one.decided : 0), 0),
  )
  return {
    labels: days.map((day) => dayWords(new Date(day * DAY_MS).toISOString())),
    series: [
      { name: 'decided', values: decided },
      { name: 'open', values: decided.map((count) => of.items - count), isQuiet: true },
    ],
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}
