import type { ItemState } from '../../domain/review/item.ts'
import { isUndecided } from '../../domain/review/item.ts'
import {
  type InForce,
  nextLookMs,
  type OpenItem,
  overdueOf,
  reminderDue,
  SILENCE_MS,
} from '../../domain/review/no-answer.ts'
import type { Review } from '../../domain/review/review.ts'
import { isOpen } from '../../domain/review/review.ts'
import { VendorError } from '../../errors.ts'
import type { ReviewId } from '../../ids.ts'
import type { LightItem } from '../../ports/reviews.ts'
import type { ReviewDeps } from './deps.ts'
import type { Remedies } from './remedy.ts'
import { BY_TIME, movesOf, type Silence } from './silence.ts'
import type { InTurn } from './taking.ts'
import { parts, record } from './turns.ts'

export type ReviewClock = {
  /** Does what is due in one review, and says when to look again, in ms; null: when somebody has done something. */
  tick(id: ReviewId): Promise<number | null>
}

type Item = OpenItem & LightItem

/** Of a reminder: so many persons are named. */
const MOST_PERSONS = 100
/** What waits for a store, or for a person who changes a configuration, is looked at so often. */
const SOON_MS = 60_000

export function createReviewClock(
  deps: ReviewDeps,
  { turns, taking, remedies, silence }: InTurn & { readonly remedies: Remedies; readonly silence: Silence },
): ReviewClock {
  async function openItems(id: ReviewId): Promise<readonly Item[]> {
    const [items, { resources }] = await Promise.all([deps.audit.reviews.open(id), deps.store.current()])
    const enabled = new Set(
      resources.flatMap(({ kind, name, state }) => (state === 'enabled' ? [`${kind}/${name}`] : [])),
    )
    return items.map((item) => ({ ...item, enabled: enabled.has(`${item.kind}/${item.name}`) }))
  }

  async function inForce(): Promise<InForce> {
    const since = new Date(deps.clock.nowMs() - SILENCE_MS).toISOString()
    const [taken, { resources }] = await Promise.all([
      deps.audit.reviews.silenced(since),
      deps.store.current(),
    ])
    const { mappings } = deps.configuration().standing
    // Whoever enabled one brought it back; what is only being suspended is enabled still, for a moment.
    const back = new Set(
      resources.flatMap(({ kind, name, state }) => (kind === 'mapping' && state === 'enabled' ? [name] : [])),
    )
    return {
      active: new Set(mappings.flatMap(({ mode, name }) => (mode === 'enforce' ? [name] : []))),
      silenced: new Set(taken.flatMap(({ name, isTaken }) => (isTaken && back.has(name) ? [] : [name]))),
    }
  }

  async function remind(review: Review, items: readonly Item[]): Promise<void> {
    const daysLeft = reminderDue(review, deps.clock.nowMs())
    if (daysLeft === null) return
    const { title, dueAt } = review.plan
    const { persons } = await deps.audit.reviews.load(review.id)
    const waiting = persons.flatMap(({ person, undecided }) =>
      undecided === 0 ? [] : [{ person, undecided }],
    )
    const what = {
      ...{ title, dueAt, daysLeft },
      undecided: items.filter(({ standing }) => isUndecided(standing.state)).length,
      persons: waiting.slice(0, MOST_PERSONS),
    }
    await record(deps, { type: 'review.reminded', review: review.id, ...BY_TIME, ...what })
  }

  /** What the clock alone says: decided and written in one turn. What it sets off takes its own turns. */
  function look(id: ReviewId) {
    return turns.take(async () => {
      const review = await deps.audit.reviews.get(id)
      if (review === null || !isOpen(review)) return null
      const items = await openItems(id)
      await remind(review, items)
      const overdue = overdueOf(review, items, { nowMs: deps.clock.nowMs(), ...(await inForce()) })
      const { hold, unanswered } = overdue
      const of = { review: id, ...BY_TIME }
      if (overdue.isDue) {
        const { dueAt, noResponse } = review.plan
        await record(deps, { type: 'review.due', ...of, dueAt, noResponse, unanswered })
      }
      if (hold !== null && review.held?.would !== hold.would)
        await record(deps, { type: 'review.held', ...of, title: review.plan.title, ...hold })
      for (const some of parts(movesOf(among(items, overdue.keep), 'unanswered')))
        await record(deps, { type: 'review.unanswered', ...of, items: some })
      // In this turn, so that another review counts these before they are off.
      const going = among(items, [...overdue.suspend, ...overdue.revoke])
      for (const some of parts(movesOf(going, null)))
        await record(deps, { type: 'review.suspending', ...of, items: some })
      taking.begin(id, numbersOf(going))
      return { items, overdue, going }
    })
  }

  /** What cannot be done to one item is tried again at the next look, and keeps no other one waiting. */
  async function tried(review: ReviewId, item: number, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      const code = thrown instanceof VendorError ? thrown.code : 'internal_error'
      deps.log.error('review.item_waits', { review, item, code, reason: String(thrown) })
    }
  }

  return {
    async tick(id) {
      const seen = await look(id)
      if (seen === null) return null
      const { overdue, items, going } = seen
      try {
        await silence.suspend(id, going)
        for (const n of overdue.revoke) await tried(id, n, () => silence.endForGood(id, n))
      } finally {
        taking.end(id, numbersOf(going))
      }
      for (const n of overdue.endOfGrace) await tried(id, n, () => silence.endForGood(id, n))
      await silence.notDone(id, among(items, overdue.notDone))
      const late = new Set(overdue.notDone)
      for (const { n, standing } of items)
        if (isToBeDone(standing.state) && !late.has(n))
          await tried(id, n, () => remedies.carryOut(id, n, null))
      return nextOf(deps, id)
    },
  }
}

/** What the service goes on with by itself; what failed waits for a person. */
function isToBeDone(state: ItemState): boolean {
  return state === 'revoke_requested' || state === 'narrow_requested' || state === 'applied'
}

async function nextOf(deps: ReviewDeps, id: ReviewId): Promise<number | null> {
  const [review, items] = await Promise.all([deps.audit.reviews.get(id), deps.audit.reviews.open(id)])
  if (review === null || !isOpen(review)) return null
  const byClock = nextLookMs(review, items)
  const isWorking = items.some(({ standing }) => isToBeDone(standing.state))
  if (!isWorking) return byClock
  return Math.min(byClock ?? Number.POSITIVE_INFINITY, deps.clock.nowMs() + SOON_MS)
}

function numbersOf(items: readonly Item[]): readonly number[] {
  return items.map(({ n }) => n)
}

function among(items: readonly Item[], numbers: readonly number[]): readonly Item[] {
  const wanted = new Set(numbers)
  return items.filter(({ n }) => wanted.has(n))
}
