import { VendorError } from '../../errors.ts'
import type { ReviewId } from '../../ids.ts'
import type { Timers } from '../../ports.ts'
import { createReviewClock } from './clock.ts'
import type { ReviewBy, ReviewDeps } from './deps.ts'
import { createJudgements, type Judgements } from './judge.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { createLogHealth, type LogHealth } from './log-health.ts'
import { createPacks, type Packs } from './pack/pack.ts'
import { createReviewReads, type ReviewReads } from './read.ts'
import { createRemedies } from './remedy.ts'
import { createReviewSchedule } from './schedule.ts'
import { createSilence } from './silence.ts'
import { createTaking } from './taking.ts'
import { createTurns, itemOf, reviewOf } from './turns.ts'

/** Everything of a process that has to do with reviews. */
export type Reviews = Lifecycle &
  Packs &
  LogHealth &
  Judgements &
  ReviewReads & {
    /** Tries again what failed, or goes on with what waits. Throws `review_item_unsettled`. */
    apply(id: ReviewId, n: number, by: ReviewBy): Promise<void>
    /** Does what is due in one review now. */
    tick(id: ReviewId): Promise<void>
    /** Begins to look at what is due. */
    open(): void
    /** Something changed that a review may wait for. */
    wake(): void
    stop(): Promise<void>
  }

/** Builds it. */
export function createReviews(deps: ReviewDeps & { readonly timers: Timers }): Reviews {
  const turns = createTurns()
  const remedies = createRemedies(deps, turns)
  const taking = createTaking()
  const judgements = createJudgements(deps, { turns, taking })
  const lifecycle = createLifecycle(deps, { turns, taking })
  const silence = createSilence(deps, { turns, taking })
  const ticking = createReviewClock(deps, { turns, taking, remedies, silence })
  const schedule = createReviewSchedule({ ...deps, reviews: deps.audit.reviews, ticking })

  return {
    ...lifecycle,
    ...judgements,
    ...createReviewReads(deps),
    ...createPacks(deps, turns),
    ...createLogHealth(deps, turns),
    async start(id, by) {
      await lifecycle.start(id, by)
      schedule.wake()
    },
    async release(id, reason, by) {
      await lifecycle.release(id, reason, by)
      schedule.wake()
    },
    // What was decided is made so before it is answered: whoever revokes learns that it is over.
    async decide(id, of, by) {
      const isNew = await judgements.decide(id, of, by)
      if (isNew) await remedies.carryOut(id, of.n, by)
      schedule.wake()
      return isNew
    },
    async decideMany(id, asked, by) {
      const isNew = await judgements.decideMany(id, asked, by)
      schedule.wake()
      return isNew
    },
    async apply(id, n, by) {
      const [review, { standing }] = await Promise.all([reviewOf(deps, id), itemOf(deps, id, n)])
      if (review.state !== 'running' && review.state !== 'grace') throw new VendorError('review_not_running')
      if (!APPLIED.has(standing.state)) throw new VendorError('review_item_unsettled')
      await remedies.carryOut(id, n, by)
    },
    async tick(id) {
      await ticking.tick(id)
    },
    open: schedule.wake,
    wake: schedule.wake,
    stop: schedule.stop,
  }
}

const APPLIED: ReadonlySet<string> = new Set(['failed', 'revoke_requested', 'narrow_requested', 'applied'])
