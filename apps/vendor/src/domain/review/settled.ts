import { strictest } from './duty.ts'
import type { ItemDecision, Verdict } from './item.ts'

/** What decisions came to, and whose they were. */
export type Settled = {
  /** Of several the one that takes most away: what became of the item. */
  readonly verdict: Exclude<Verdict, 'defer'>
  /** When the last of those that count was given: from then on it was to be done. */
  readonly at: string
  /** The newest of those that said so. */
  readonly by: ItemDecision
  /** Whoever decided as well, over the same version; null: one person did. */
  readonly second: ItemDecision | null
}

/**
 * The votes that count are those over the version that was decided on last: of another one nobody knows what its reviewer
 * would say, and `decideItem` does not count it either. null: nobody decided.
 */
export function settledBy(decisions: readonly ItemDecision[]): Settled | null {
  const votes = decisions.flatMap((one) =>
    one.verdict === 'defer' ? [] : [{ ...one, verdict: one.verdict }],
  )
  const last = votes.at(-1)
  if (last === undefined) return null
  const counted = votes.filter(({ seenVersion }) => seenVersion === last.seenVersion)
  const verdict = strictest(counted.map((one) => one.verdict))
  const by = counted.findLast((one) => one.verdict === verdict) ?? last
  return { verdict, at: last.at, by, second: counted.findLast((one) => one !== by) ?? null }
}
