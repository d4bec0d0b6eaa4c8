import type { Context } from 'hono'
import { Hono } from 'hono'
import { VendorError } from '../../errors.ts'
import type { ReviewBy } from '../../flows/reviews/deps.ts'
import type { ReviewId } from '../../ids.ts'
import {
  parseAcknowledge,
  parseBulkDecision,
  parseClose,
  parseDelegation,
  parseNothing,
  parseRelease,
  parseRestore,
  parseReviewDecision,
  parseReviewDraft,
  signedInOf,
} from '../../schema/review.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import { type Asked, adminRoute, bearerOf } from './door.ts'
import { addEvidence } from './evidence.ts'
import {
  bodyOf,
  itemAnswer,
  numberOf,
  type ReviewsDoorDeps,
  reviewAnswer,
  reviewId,
} from './review-answers.ts'
import { addReviewReads } from './review-reads.ts'

/** `/v1/admin/reviews`: the quarterly review; `stint review`. */
export function reviewsDoor(deps: ReviewsDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  addReviewReads(app, deps)
  addSteps(app, deps)
  addDecisions(app, deps)
  addEvidence(app, deps)
  return app
}

function addSteps(app: Hono<Env>, deps: ReviewsDoorDeps): void {
  const { flow } = deps
  const answered = (c: Context<Env>, id: ReviewId, status: 200 | 201 = 200) =>
    reviewAnswer(c, deps, { id, status })

  adminRoute(app, deps, 'createReview', async (c, asked) => {
    const plan = parseReviewDraft(await bodyOf(c))
    const id = await flow.draft(plan, byOf(c, asked, null))
    return answered(c, id, 201)
  })
  for (const [operation, verb] of [
    ['prepareReview', 'prepare'],
    ['startReview', 'start'],
    ['sealReview', 'seal'],
  ] as const) {
    adminRoute(app, deps, operation, async (c, asked) => {
      parseNothing(await bodyOf(c))
      await flow[verb](reviewId(c), byOf(c, asked, revisionOf(c)))
      return answered(c, reviewId(c))
    })
  }
  adminRoute(app, deps, 'closeReview', async (c, asked) => {
    const body = parseClose(await bodyOf(c))
    await flow.close(reviewId(c), body, byOf(c, asked, revisionOf(c)))
    return answered(c, reviewId(c))
  })
  adminRoute(app, deps, 'acknowledgeReviewLog', async (c, asked) => {
    const body = parseAcknowledge(await bodyOf(c))
    await flow.acknowledge(reviewId(c), body, byOf(c, asked, revisionOf(c)))
    return answered(c, reviewId(c))
  })
  adminRoute(app, deps, 'releaseReview', async (c, asked) => {
    const { reason } = parseRelease(await bodyOf(c))
    await flow.release(reviewId(c), reason, byOf(c, asked, revisionOf(c)))
    return answered(c, reviewId(c))
  })
}

function addDecisions(app: Hono<Env>, deps: ReviewsDoorDeps): void {
  const { flow } = deps
  adminRoute(app, deps, 'decideReviewItem', async (c, by) => {
    const asked = parseReviewDecision(await bodyOf(c))
    await flow.decide(reviewId(c), { n: numberOf(c), asked }, byOf(c, by, revisionOf(c)))
    return itemAnswer(c, deps)
  })
  adminRoute(app, deps, 'decideReviewItems', async (c, by) => {
    const asked = parseBulkDecision(await bodyOf(c))
    const id = reviewId(c)
    await flow.decideMany(id, asked, byOf(c, by, null))
    const found = await Promise.all(asked.items.map(({ n }) => flow.item(id, n)))
    const items = found.map(({ item: { body: _body, makers: _makers, ...item }, standing }) => ({
      item,
      standing,
    }))
    return c.json({ items }, 200, NO_STORE)
  })
  adminRoute(app, deps, 'delegateReviewItem', async (c, by) => {
    const { to, rationale } = parseDelegation(await bodyOf(c))
    await flow.delegate(reviewId(c), { n: numberOf(c), to, rationale }, byOf(c, by, revisionOf(c)))
    return itemAnswer(c, deps)
  })
  adminRoute(app, deps, 'restoreReviewItem', async (c, by) => {
    const { rationale } = parseRestore(await bodyOf(c))
    await flow.restore(reviewId(c), { n: numberOf(c), rationale }, byOf(c, by, revisionOf(c)))
    return itemAnswer(c, deps)
  })
  adminRoute(app, deps, 'applyReviewItem', async (c, { actor, facts }) => {
    parseNothing(await bodyOf(c))
    const by = {
      actor,
      signedIn: signedInOf(bearerOf(c)),
      request: facts.request,
      key: null,
      ifRevision: null,
    }
    await flow.apply(reviewId(c), numberOf(c), by)
    return itemAnswer(c, deps)
  })
}

const TAG = /^"([1-9][0-9]{0,8})"$/

/** Throws `precondition_missing`, `parameter_invalid`. */
function revisionOf(c: Context<Env>): number {
  const match = c.req.header('if-match')
  if (match === undefined) throw new VendorError('precondition_missing')
  const revision = TAG.exec(match)?.[1]
  if (revision === undefined) throw new VendorError('parameter_invalid', { facts: { parameter: 'If-Match' } })
  return Number(revision)
}

const KEY = /^[\x21-\x7e]{8,128}$/

function byOf(c: Context<Env>, { actor, facts }: Asked, ifRevision: number | null): ReviewBy {
  const key = c.req.header('idempotency-key') ?? ''
  if (!KEY.test(key)) throw new VendorError('parameter_invalid', { facts: { parameter: 'Idempotency-Key' } })
  return { actor, signedIn: signedInOf(bearerOf(c)), request: facts.request, key, ifRevision }
}
