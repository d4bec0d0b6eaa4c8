import type { Hono } from 'hono'
import type { ItemKind } from '../../domain/review/item.ts'
import type { ReviewState } from '../../domain/review/review.ts'
import { VendorError } from '../../errors.ts'
import { isId } from '../../ids.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { itemStatesOf } from '../../schema/review.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import { adminRoute } from './door.ts'
import { itemAnswer, type ReviewsDoorDeps, reviewAnswer, reviewId } from './review-answers.ts'

const REVIEWS_LIMIT = 20
const ITEMS_LIMIT = 50

/** Everything of a review that is only read. */
export function addReviewReads(app: Hono<Env>, deps: ReviewsDoorDeps): void {
  addReviews(app, deps)
  addItems(app, deps)
  addReports(app, deps)
}

function queryOf(url: string, operation: string): ReadonlyMap<string, string> {
  return readQuery(url, operationOf(operation).parameters)
}

function addReviews(app: Hono<Env>, deps: ReviewsDoorDeps): void {
  const { reviews } = deps

  adminRoute(app, deps, 'listReviews', async (c) => {
    const query = queryOf(c.req.url, 'listReviews')
    const before = query.get('before') ?? null
    if (before !== null && !isId('rev', before))
      throw new VendorError('parameter_invalid', { facts: { parameter: 'before' } })
    const limit = Number(query.get('limit') ?? REVIEWS_LIMIT)
    // The operation's schema lets in no other texts.
    const state = (query.get('state') ?? null) as ReviewState | null
    const found = await reviews.list({ state, before, limit: limit + 1 })
    const page = found.slice(0, limit)
    const next = found.length > page.length ? (page.at(-1)?.id ?? null) : null
    return c.json({ reviews: page, next }, 200, NO_STORE)
  })

  adminRoute(app, deps, 'getReview', async (c) => {
    queryOf(c.req.url, 'getReview')
    return reviewAnswer(c, deps, { id: reviewId(c), status: 200 })
  })
}

function addItems(app: Hono<Env>, deps: ReviewsDoorDeps): void {
  const { reviews } = deps

  adminRoute(app, deps, 'listReviewItems', async (c, { actor }) => {
    const query = queryOf(c.req.url, 'listReviewItems')
    const id = reviewId(c)
    if ((await reviews.get(id)) === null) throw new VendorError('not_found')
    const limit = Number(query.get('limit') ?? ITEMS_LIMIT)
    const reviewer = query.get('reviewer') ?? null
    const found = await reviews.items({
      review: id,
      states: itemStatesOf(query.get('state')),
      kind: (query.get('kind') ?? null) as ItemKind | null, // as above
      risk: Number(query.get('risk') ?? 0),
      reviewer: reviewer === 'me' ? actor.person : reviewer,
      after: Number(query.get('after') ?? 0),
      limit: limit + 1,
    })
    const page = found.slice(0, limit)
    const next = found.length > page.length ? (page.at(-1)?.item.n ?? null) : null
    // What one item is in full is asked for by its number.
    const items = page.map(({ item: { body: _body, makers: _makers, ...item }, standing }) => ({
      item,
      standing,
    }))
    return c.json({ items, next }, 200, NO_STORE)
  })

  adminRoute(app, deps, 'getReviewItem', async (c) => {
    queryOf(c.req.url, 'getReviewItem')
    return itemAnswer(c, deps)
  })
}

function addReports(app: Hono<Env>, deps: ReviewsDoorDeps): void {
  const { flow } = deps

  adminRoute(app, deps, 'getReviewProgress', async (c) => {
    queryOf(c.req.url, 'getReviewProgress')
    return c.json(await flow.progress(reviewId(c)), 200, NO_STORE)
  })

  adminRoute(app, deps, 'getReviewLog', async (c) => {
    queryOf(c.req.url, 'getReviewLog')
    return c.json({ findings: await flow.logFindings(reviewId(c)) }, 200, NO_STORE)
  })

  adminRoute(app, deps, 'getReviewReport', async (c) => {
    queryOf(c.req.url, 'getReviewReport')
    return c.json(await flow.report(reviewId(c)), 200, NO_STORE)
  })

  adminRoute(app, deps, 'getReviewReportCsv', async (c) => {
    queryOf(c.req.url, 'getReviewReportCsv')
    const id = reviewId(c)
    const headers = {
      ...NO_STORE,
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${id}.csv"`,
    }
    return c.body(await flow.csv(id), 200, headers)
  })

  for (const [operation, form, type] of [
    ['getReviewReportHtml', 'html', 'text/html'],
    ['getReviewReportMarkdown', 'md', 'text/markdown'],
  ] as const)
    adminRoute(app, deps, operation, async (c) => {
      queryOf(c.req.url, operation)
      const id = reviewId(c)
      const pieces = await flow.document(id, form)
      return c.body(bytesOf(pieces), 200, {
        ...NO_STORE,
        'content-type': `${type}; charset=utf-8`,
        'content-disposition': `attachment; filename="${id}.${form}"`,
      })
    })
}

function bytesOf(pieces: AsyncIterable<string>): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces).pipeThrough(new TextEncoderStream())
}
