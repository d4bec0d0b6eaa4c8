import type { AuditEvent } from '../../domain/audit-event.ts'
import { canonicalize } from '../../domain/canonical.ts'
import type { Review } from '../../domain/review/review.ts'
import type { RequestKey, ReviewEvent } from '../../domain/review-event.ts'
import { VendorError } from '../../errors.ts'
import type { ReviewId } from '../../ids.ts'
import type { KnownKey, ReviewedItem } from '../../ports/reviews.ts'
import type { ReviewBy, ReviewDeps } from './deps.ts'

/** One after another: what stands is read, decided on and written before anybody else reads it. */
export type Turns = {
  take<T>(work: () => Promise<T>): Promise<T>
}

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return {
    take(work) {
      const mine = last.then(work, work)
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

/**
 * A request by its `Idempotency-Key`: its key for the event, or what it was before. Throws `idempotency_key_reused` where
 * the same administrator sent the key with something else.
 */
export async function keyOf(
  deps: Pick<ReviewDeps, 'audit' | 'sha256'>,
  by: Pick<ReviewBy, 'actor' | 'key'>,
  asked: unknown,
): Promise<{ readonly key: RequestKey | null; readonly known: KnownKey | null }> {
  if (by.key === null) return { key: null, known: null }
  const { issuer, sub } = by.actor
  const sha256 = deps.sha256(canonicalize([issuer, sub, by.key]))
  const digest = deps.sha256(canonicalize(asked))
  const known = await deps.audit.reviews.key(sha256)
  if (known !== null && known.asked !== digest) throw new VendorError('idempotency_key_reused')
  return { key: { sha256, asked: digest }, known }
}

/** Throws `not_found`. */
export async function reviewOf(deps: Pick<ReviewDeps, 'audit'>, id: ReviewId): Promise<Review> {
  const found = await deps.audit.reviews.get(id)
  if (found === null) throw new VendorError('not_found')
  return found
}

/** Throws `not_found`, also where the review is not prepared. */
export async function itemOf(
  deps: Pick<ReviewDeps, 'audit'>,
  review: ReviewId,
  n: number,
): Promise<ReviewedItem> {
  const found = await deps.audit.reviews.item(review, n)
  if (found === null) throw new VendorError('not_found')
  return found
}

/** Throws `version_conflict` where another revision than the one that stands was looked at. */
export function checkRevision(standing: { readonly revision: number }, ifRevision: number | null): void {
  if (ifRevision !== null && ifRevision !== standing.revision)
    throw new VendorError('version_conflict', { facts: { version: standing.revision } })
}

/** Appends an event of a review. */
export function record(deps: Pick<ReviewDeps, 'audit'>, event: ReviewEvent): Promise<void> {
  return deps.audit.append(event satisfies AuditEvent)
}

/** An event is of at most so many items: of the size of an event that a reader can page through. */
const ITEMS_AN_EVENT = 100

/** In parts of an event each. */
export function parts<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / ITEMS_AN_EVENT) }, (_, at) =>
    all.slice(at * ITEMS_AN_EVENT, (at + 1) * ITEMS_AN_EVENT),
  )
}

/** Nothing that an auditor of their own work says of a review counts. */
export function checkAuditor(
  { persons }: Pick<ReviewDeps, 'persons'>,
  { actor }: Pick<ReviewBy, 'actor'>,
): void {
  if (persons.auditsOwnWork(actor)) throw new VendorError('review_auditor_of_own_work')
}
