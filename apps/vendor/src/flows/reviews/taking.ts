import { VendorError } from '../../errors.ts'
import type { ReviewId } from '../../ids.ts'
import type { Turns } from './turns.ts'

/**
 * The items that silence is taking now: from the turn in which the log says so to the one in which it is done. Between these
 * the configuration changes, which takes turns of its own, and somebody may come with a decision: it comes too late, because
 * the log has them in this order. It is kept by this process alone: after a kill nothing is being taken, and every item
 * stands as its events say.
 */
export type Taking = {
  /** In a turn. */
  begin(review: ReviewId, items: readonly number[]): void
  end(review: ReviewId, items: readonly number[]): void
  /** In a turn, before a person's word counts. Throws `review_item_suspending`. */
  check(review: ReviewId, n: number): void
}

/** What a person's word waits for. */
export type InTurn = { readonly turns: Turns; readonly taking: Taking }

export function createTaking(): Taking {
  const taken = new Set<string>()
  return {
    begin(review, items) {
      for (const n of items) taken.add(`${review}/${n}`)
    },
    end(review, items) {
      for (const n of items) taken.delete(`${review}/${n}`)
    },
    check(review, n) {
      if (taken.has(`${review}/${n}`))
        throw new VendorError('review_item_suspending', { facts: { member: `item ${n}` } })
    },
  }
}
