import type { Review } from '../../domain/review/review.ts'
import { VendorError } from '../../errors.ts'
import type { ReviewId } from '../../ids.ts'
import type { ReviewStore } from '../../ports/reviews.ts'
import type { Clock, Logger, Timers } from '../../ports.ts'
import type { ReviewClock } from './clock.ts'

export type ReviewScheduleDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly reviews: Pick<ReviewStore, 'list'>
  readonly ticking: ReviewClock
  readonly log: Logger
}

export type ReviewSchedule = {
  /** Looks at what is due: at start, and when somebody did something. */
  wake(): void
  /** Ends, once what it is at is done. */
  stop(): Promise<void>
}

const FIRST_LOOK_MS = 500
/** Nothing is looked at more often, and after a failure not sooner. */
const LEAST_WAIT_MS = 30_000
/** No timer waits longer, so that a clock that was set is noticed. */
const MOST_WAIT_MS = 600_000
const PAGE = 100

/**
 * Does what time brings, one review after another: reminders, due dates, ends of grace, what was asked and is not so yet.
 * It keeps nothing of its own: everything follows from the log and the clock, so that a restart neither forgets nor
 * repeats anything.
 */
export function createReviewSchedule(deps: ReviewScheduleDeps): ReviewSchedule {
  let cancel: () => void = () => undefined
  let running: Promise<void> | null = null
  let isStopped = false
  let isAwaited = false

  function arm(waitMs: number): void {
    cancel()
    if (isStopped) return
    cancel = deps.timers.after(Math.min(Math.max(waitMs, FIRST_LOOK_MS), MOST_WAIT_MS), () => {
      running ??= look().finally(() => {
        running = null
        if (isAwaited) wake()
      })
    })
  }

  function wake(): void {
    isAwaited = running !== null
    if (!isAwaited) arm(FIRST_LOOK_MS)
  }

  async function look(): Promise<void> {
    let next = Number.POSITIVE_INFINITY
    try {
      for await (const id of openReviews()) {
        if (isStopped) return
        next = Math.min(next, (await tick(id)) ?? Number.POSITIVE_INFINITY)
      }
      arm(Math.max(next - deps.clock.nowMs(), LEAST_WAIT_MS))
    } catch (thrown) {
      tell(null, thrown)
      arm(LEAST_WAIT_MS)
    }
  }

  async function* openReviews(): AsyncGenerator<ReviewId> {
    for (const state of ['running', 'grace'] as const)
      for (let before: ReviewId | null = null; ; ) {
        const page: readonly Review[] = await deps.reviews.list({ state, before, limit: PAGE })
        for (const { id } of page) yield id
        before = page.at(-1)?.id ?? null
        if (page.length < PAGE || before === null) break
      }
  }

  /** One review that cannot be looked at keeps no other one waiting. */
  async function tick(id: ReviewId): Promise<number | null> {
    try {
      return await deps.ticking.tick(id)
    } catch (thrown) {
      tell(id, thrown)
      return deps.clock.nowMs() + LEAST_WAIT_MS
    }
  }

  function tell(review: ReviewId | null, thrown: unknown): void {
    const code = thrown instanceof VendorError ? thrown.code : 'internal_error'
    deps.log.error('review.not_looked_at', { review, code, reason: String(thrown) })
  }

  return {
    wake,
    async stop() {
      isStopped = true
      cancel()
      await running
    },
  }
}
