import { isUndecided } from '../../domain/review/item.ts'
import type { ReviewId } from '../../ids.ts'
import type { ReviewStore } from '../../ports/reviews.ts'

/** When every decided item of a review was decided, and who has what; the person with the most to do first. */
export type ReviewLoad = {
  readonly decidedMs: readonly number[]
  readonly persons: readonly PersonLoad[]
}

type PersonLoad = {
  /** null: any reviewer. */
  readonly person: string | null
  readonly undecided: number
  readonly decided: number
}

const PAGE = 500

/** Reads all items of a review, a page at a time. */
export async function reviewLoad(reviews: Pick<ReviewStore, 'items'>, review: ReviewId): Promise<ReviewLoad> {
  const persons = new Map<string | null, PersonLoad>()
  const decidedMs: number[] = []
  const query = { review, states: null, kind: null, risk: 0, reviewer: null, limit: PAGE }
  for (let after = 0, more = true; more; ) {
    const items = await reviews.items({ ...query, after })
    for (const { standing } of items) {
      const isOpen = isUndecided(standing.state)
      const last = standing.decisions.at(-1)
      if (!isOpen && last !== undefined) decidedMs.push(Date.parse(last.at))
      for (const person of standing.reviewers.length === 0 ? [null] : standing.reviewers) {
        const { undecided = 0, decided = 0 } = persons.get(person) ?? {}
        const count = { undecided: undecided + (isOpen ? 1 : 0), decided: decided + (isOpen ? 0 : 1) }
        persons.set(person, { person, ...count })
      }
    }
    more = items.length === PAGE
    after = items.at(-1)?.item.n ?? after
  }
  return { decidedMs, persons: [...persons.values()].toSorted((a, b) => b.undecided - a.undecided) }
}
