import { canonicalize } from '../../domain/canonical.ts'
import { dueMsOf, GRACE_MS, LEAST_RATIONALE } from '../../domain/review/decide.ts'
import { dutyRefusal } from '../../domain/review/duty.ts'
import { ITEM_STATES, isEnd } from '../../domain/review/item.ts'
import type { Counts, Review, ReviewPlan } from '../../domain/review/review.ts'
import { VendorError } from '../../errors.ts'
import type { ReviewId } from '../../ids.ts'
import type { ReviewBy, ReviewDeps } from './deps.ts'
import { dutyFacts } from './judge.ts'
import { checkLogHealth } from './log-health.ts'
import { snapshotHash, takeSnapshot } from './prepare.ts'
import type { InTurn } from './taking.ts'
import { checkAuditor, checkRevision, itemOf, keyOf, record, reviewOf } from './turns.ts'

/** The way of a review from a draft to its seal. Each throws `not_found`, `version_conflict`, `audit_unavailable`. */
export type Lifecycle = {
  /** Throws `review_date_refused`, `review_reviewer_unknown`. */
  draft(plan: ReviewPlan, by: ReviewBy): Promise<ReviewId>
  /** Takes the snapshot; again as long as the review has not started. Throws `review_not_draft`, `review_empty`. */
  prepare(id: ReviewId, by: ReviewBy): Promise<void>
  /** Decisions are taken from here on. Throws `review_not_draft`, `review_tampered`. */
  start(id: ReviewId, by: ReviewBy): Promise<void>
  /** Throws `review_not_running`, `review_undecided`, `review_auditor_of_own_work`. */
  close(
    id: ReviewId,
    of: { readonly acceptFailed: boolean; readonly reason: string | null },
    by: ReviewBy,
  ): Promise<void>
  /** The snapshot is held against its hash once more. Throws `review_not_closed`, `review_log_unacknowledged`, `review_tampered`, and as above. */
  seal(id: ReviewId, by: ReviewBy): Promise<void>
  /** A person says that so many may be suspended all the same. Throws `review_not_held`. */
  release(id: ReviewId, reason: string, by: ReviewBy): Promise<void>
  /**
   * Brings back a mapping that was suspended because nobody answered. Throws `review_not_suspended`, `review_item_suspending`,
   * and what duty refuses with.
   */
  restore(id: ReviewId, of: { readonly n: number; readonly rationale: string }, by: ReviewBy): Promise<void>
}

export function createLifecycle(deps: ReviewDeps, { turns, taking }: InTurn): Lifecycle {
  const preparing = new Set<ReviewId>()

  /** In its turn: what was done by the same request before is not done again. */
  function once(
    id: ReviewId,
    { by, asked }: { readonly by: ReviewBy; readonly asked: unknown },
    work: (review: Review, key: Awaited<ReturnType<typeof keyOf>>['key']) => Promise<void>,
  ): Promise<void> {
    return turns.take(async () => {
      const { key, known } = await keyOf(deps, by, [asked, id])
      if (known !== null) return
      const review = await reviewOf(deps, id)
      checkRevision(review, by.ifRevision)
      await work(review, key)
    })
  }

  return {
    draft: (plan, by) =>
      turns.take(async () => {
        const { key, known } = await keyOf(deps, by, ['draft', plan])
        if (known !== null) return known.review
        checkPlan(deps, plan)
        const id = deps.newReviewId()
        const { actor, request } = by
        await record(deps, { type: 'review.drafted', review: id, actor, request, key, plan })
        return id
      }),

    async prepare(id, by) {
      const { key, known } = await keyOf(deps, by, ['prepare', id])
      if (known !== null) return
      const review = await reviewOf(deps, id)
      checkRevision(review, by.ifRevision)
      if ((review.state !== 'draft' && review.state !== 'prepared') || preparing.has(id))
        throw new VendorError('review_not_draft')
      preparing.add(id)
      try {
        const prepared = await takeSnapshot(deps, review)
        const { actor, request } = by
        await turns.take(() =>
          record(deps, { type: 'review.prepared', review: id, actor, request, key, ...prepared }),
        )
      } finally {
        preparing.delete(id)
      }
    },

    start: (id, by) =>
      once(id, { by, asked: 'start' }, async (review, key) => {
        if (review.state !== 'prepared' || preparing.has(id)) throw new VendorError('review_not_draft')
        if (Date.parse(review.plan.dueAt) <= deps.clock.nowMs())
          throw new VendorError('review_date_refused', { facts: { member: 'dueAt' } })
        await checkSnapshot(deps, review)
        const { actor, request } = by
        const { dueAt } = review.plan
        await record(deps, { type: 'review.started', review: id, actor, request, key, dueAt })
      }),

    close: (id, of, by) =>
      once(id, { by, asked: ['close', of] }, async (review, key) => {
        checkAuditor(deps, by)
        if (review.state !== 'running' && review.state !== 'grace')
          throw new VendorError('review_not_running')
        const counts = await deps.audit.reviews.counts(id)
        checkCounts(counts, of.acceptFailed)
        const { actor, request } = by
        await record(deps, {
          type: 'review.closed',
          review: id,
          actor,
          request,
          key,
          counts,
          reason: of.reason,
        })
      }),

    seal: (id, by) =>
      once(id, { by, asked: 'seal' }, async (review, key) => {
        checkAuditor(deps, by)
        if (review.state !== 'closed') throw new VendorError('review_not_closed')
        await checkLogHealth(deps, review)
        const snapshotSha256 = await checkSnapshot(deps, review)
        const counts = await deps.audit.reviews.counts(id)
        const itemsSha256 = await itemsHash(deps, id)
        const checkpoint = await deps.checkpoint()
        const { actor, request } = by
        const what = { checkpoint, snapshotSha256, itemsSha256, counts }
        await record(deps, { type: 'review.sealed', review: id, actor, request, key, ...what })
        // The seal itself stands in a tree that is signed.
        await deps.checkpoint()
      }),

    release: (id, reason, by) =>
      once(id, { by, asked: ['release', reason] }, async (review, key) => {
        checkAuditor(deps, by)
        if (review.held === null) throw new VendorError('review_not_held')
        const { actor, request } = by
        const { would } = review.held
        await record(deps, { type: 'review.released', review: id, actor, request, key, would, reason })
      }),

    restore: (id, { n, rationale }, by) =>
      turns.take(async () => {
        const { key, known } = await keyOf(deps, by, ['restore', id, n, rationale])
        if (known !== null) return
        taking.check(id, n)
        await restore(deps, { id, n, rationale, key }, by)
      }),
  }
}

function checkPlan(deps: ReviewDeps, plan: ReviewPlan): void {
  const { period, dueAt, remindDays, reviewers, fallback } = plan
  const dueMs = Date.parse(dueAt)
  const wrong =
    dueMs <= deps.clock.nowMs() ? 'dueAt' : Date.parse(period.from) >= Date.parse(period.to) ? 'period' : null
  if (wrong !== null) throw new VendorError('review_date_refused', { facts: { member: wrong } })
  if (new Set(remindDays).size < remindDays.length)
    throw new VendorError('review_date_refused', { facts: { member: 'remindDays' } })
  const unknown = reviewers.findIndex((person) => !deps.persons.isReviewer(person))
  if (unknown !== -1)
    throw new VendorError('review_reviewer_unknown', { facts: { member: `reviewers.${unknown}` } })
  if (fallback !== null && !deps.persons.isReviewer(fallback))
    throw new VendorError('review_reviewer_unknown', { facts: { member: 'fallback' } })
}

/** What failed may stay so where a person says that it is known. */
function checkCounts(counts: Counts, acceptFailed: boolean): void {
  const open = ITEM_STATES.filter((state) => !isEnd(state) && (counts[state] ?? 0) > 0)
  const waiting = open.find((state) => state !== 'failed' || !acceptFailed)
  if (waiting !== undefined)
    throw new VendorError('review_undecided', { facts: { member: `${counts[waiting]} ${waiting}` } })
}

/** The hash of the snapshot as it is kept. Throws `review_tampered` where it is not what the log says. */
async function checkSnapshot(deps: ReviewDeps, { id, prepared }: Review): Promise<string> {
  const found = await snapshotHash(deps, id)
  if (prepared === null || found !== prepared.snapshotSha256)
    throw new VendorError('review_tampered', { facts: { review: id } })
  return found
}

const PAGE = 200

/** SHA-256 of what became of every item: JSON lines in RFC 8785 form, by number. */
async function itemsHash(
  deps: Pick<ReviewDeps, 'audit' | 'digest' | 'breathe'>,
  review: ReviewId,
): Promise<string> {
  const digest = deps.digest()
  const all = { review, states: null, kind: null, risk: 0, reviewer: null, limit: PAGE }
  for (let after = 0; ; after += PAGE) {
    const items = await deps.audit.reviews.items({ ...all, after })
    for (const { item, standing } of items) digest.add(`${canonicalize({ n: item.n, ...standing })}\n`)
    if (items.length < PAGE) return digest.hex()
    await deps.breathe()
  }
}

type Restore = {
  readonly id: ReviewId
  readonly n: number
  readonly rationale: string
  readonly key: Awaited<ReturnType<typeof keyOf>>['key']
}

async function restore(deps: ReviewDeps, { id, n, rationale, key }: Restore, by: ReviewBy): Promise<void> {
  const [review, found] = await Promise.all([reviewOf(deps, id), itemOf(deps, id, n)])
  const { item, standing } = found
  checkRevision(standing, by.ifRevision)
  const isOver = dueMsOf(standing, review.plan.dueAt) + GRACE_MS <= deps.clock.nowMs()
  if (standing.state !== 'auto_suspended' || review.state !== 'grace' || isOver)
    throw new VendorError('review_not_suspended')
  const barred = dutyRefusal(by.actor, await dutyFacts(deps, review, found), deps.persons)
  if (barred !== null) throw new VendorError(barred)
  if (rationale.trim().length < LEAST_RATIONALE)
    throw new VendorError('review_rationale_short', { facts: { member: 'rationale' } })
  const { actor, request } = by
  const now = await deps.store.get('mapping', item.name)
  // Only what this review took away, as it took it.
  if (now?.state !== 'disabled' || now.version !== standing.suspended?.version)
    throw new VendorError('review_not_suspended')
  const of = { review: id, actor, request, rationale }
  const move = { n, kind: item.kind, name: item.name }
  const intent = [{ ...move, version: now.version, becomes: 'auto_suspended' as const }]
  await record(deps, { type: 'review.restoring', ...of, key: null, items: intent })
  const which = [{ name: item.name, ifVersion: now.version }]
  const ask = { of: 'several', kind: 'mapping', which, change: 'enable' } as const
  const { outcome } = await deps.changes.restore(ask, { actor, request })
  if (outcome !== 'applied') throw new VendorError('review_not_suspended')
  const { generation } = deps.configuration()
  const done = [{ ...move, version: now.version + 1, becomes: 'restored' as const }]
  await record(deps, { type: 'review.restored', ...of, key, items: done, generation })
}
