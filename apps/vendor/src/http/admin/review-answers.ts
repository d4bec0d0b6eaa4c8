import type { Context } from 'hono'
import { VendorError } from '../../errors.ts'
import type { Reviews } from '../../flows/reviews/reviews.ts'
import { isId, type ReviewId } from '../../ids.ts'
import type { ReviewStore } from '../../ports/reviews.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { hasMediaType, readBytes } from '../body.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'

export type ReviewsDoorDeps = AdminDoorDeps & {
  readonly flow: Reviews
  readonly reviews: Pick<ReviewStore, 'list' | 'get' | 'items'>
}

/** One review as it stands, with its revision. */
export async function reviewAnswer(
  c: Context<Env>,
  { reviews }: Pick<ReviewsDoorDeps, 'reviews'>,
  { id, status }: { readonly id: ReviewId; readonly status: 200 | 201 },
): Promise<Response> {
  const review = await reviews.get(id)
  if (review === null) throw new VendorError('not_found')
  return c.json(review, status, { ...NO_STORE, etag: `"${review.revision}"` })
}

/** One item as it stands, with its revision. */
export async function itemAnswer(
  c: Context<Env>,
  { flow }: Pick<ReviewsDoorDeps, 'flow'>,
): Promise<Response> {
  const view = await flow.item(reviewId(c), numberOf(c))
  return c.json(view, 200, { ...NO_STORE, etag: `"${view.standing.revision}"` })
}

/** Throws `not_found` where it is none. */
export function reviewId(c: Context<Env>): ReviewId {
  const id = c.req.param('id') ?? ''
  if (!isId('rev', id)) throw new VendorError('not_found')
  return id
}

const NUMBER = /^[1-9][0-9]{0,8}$/

/** Throws `not_found` where it is none. */
export function numberOf(c: Context<Env>): number {
  const text = c.req.param('n') ?? ''
  if (!NUMBER.test(text)) throw new VendorError('not_found')
  return Number(text)
}

const MAX_BODY_BYTES = 16 * 1024

/** The body of a change. */
export async function bodyOf(c: Context<Env>): Promise<Uint8Array> {
  readQuery(c.req.url, [])
  if (!hasMediaType(c, 'application/json'))
    throw new VendorError('content_type_refused', { facts: { wanted: 'application/json' } })
  return readBytes(c, MAX_BODY_BYTES)
}
