import { LEAST_RATIONALE } from '../../domain/review/decide.ts'
import { type LogFindingFact, logFindingFact } from '../../domain/review/log-finding.ts'
import type { Review } from '../../domain/review/review.ts'
import { VendorError } from '../../errors.ts'
import type { ReviewId } from '../../ids.ts'
import type { ReviewBy, ReviewDeps } from './deps.ts'
import { checkAuditor, checkRevision, keyOf, record, reviewOf, type Turns } from './turns.ts'

/** A finding of the log as a review sees it. */
export type ReviewedLogFinding = LogFindingFact & {
  /** It is found now. */
  readonly standing: boolean
  readonly acknowledged: boolean
}

export type LogHealth = {
  /**
   * What stood when the review was prepared, and what stands now; of one that is sealed what was acknowledged. Throws
   * `not_found`.
   */
  logFindings(id: ReviewId): Promise<readonly ReviewedLogFinding[]>
  /**
   * Says of findings by their keys why they may stand. Throws `review_not_running`, `review_rationale_short`,
   * `review_auditor_of_own_work`, `parameter_invalid` of a key that is none of them.
   */
  acknowledge(
    id: ReviewId,
    of: { readonly keys: readonly string[]; readonly rationale: string },
    by: ReviewBy,
  ): Promise<void>
}

/** Whether the log can be believed is no item of a review, and is answered for all the same. */
export function createLogHealth(deps: ReviewDeps, turns: Turns): LogHealth {
  return {
    logFindings: async (id) => logFindingsOf(deps, await reviewOf(deps, id)),
    acknowledge: (id, of, by) =>
      turns.take(async () => {
        const { key, known } = await keyOf(deps, by, ['acknowledge', id, of])
        if (known !== null) return
        const review = await reviewOf(deps, id)
        checkRevision(review, by.ifRevision)
        checkAuditor(deps, by)
        if (!ANSWERED.has(review.state)) throw new VendorError('review_not_running')
        if (of.rationale.trim().length < LEAST_RATIONALE)
          throw new VendorError('review_rationale_short', { facts: { member: 'rationale' } })
        const found = new Map((await logFindingsOf(deps, review)).map((one) => [one.key, one]))
        const findings = [...new Set(of.keys)].map((asked, at) => {
          const finding = found.get(asked)
          if (finding === undefined)
            throw new VendorError('parameter_invalid', { facts: { member: `keys.${at}` } })
          return logFindingFact(finding)
        })
        const { actor, request, signedIn } = by
        const { rationale } = of
        const who = { review: id, actor, request, key, signedIn }
        await record(deps, { type: 'review.acknowledged', ...who, rationale, findings })
      }),
  }
}

const ANSWERED: ReadonlySet<Review['state']> = new Set(['running', 'grace', 'closed'])

/** Throws `review_log_unacknowledged` where anything that is found about the log has no answer. */
export async function checkLogHealth(deps: ReviewDeps, review: Review): Promise<void> {
  const left = (await logFindingsOf(deps, review)).filter(({ acknowledged }) => !acknowledged)
  if (left.length > 0)
    throw new VendorError('review_log_unacknowledged', { facts: { member: `${left.length} findings` } })
}

async function logFindingsOf(deps: ReviewDeps, review: Review): Promise<readonly ReviewedLogFinding[]> {
  const answered = review.acknowledged.flatMap(({ findings }) => findings)
  if (review.state === 'sealed')
    return answered.map((one) => ({ ...one, standing: false, acknowledged: true }))
  const keys = new Set(answered.map(({ key }) => key))
  const [head, now] = await Promise.all([deps.audit.reviews.head(review.id), deps.logFindings()])
  const standing = new Set(now.map(({ key }) => key))
  const all = new Map(
    [...answered, ...(head?.ofLog ?? []), ...now].map((one) => [one.key, logFindingFact(one)] as const),
  )
  return [...all.values()]
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map((one) => ({ ...one, standing: standing.has(one.key), acknowledged: keys.has(one.key) }))
}
