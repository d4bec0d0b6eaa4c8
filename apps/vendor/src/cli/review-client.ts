import { type AdminAnswer, askAdmin } from './admin-client.ts'
import type { ReviewAsk } from './review-ask.ts'

/** What a revoke waits for at its store, and a close of thousands of items. */
const TIMEOUT_MS = 10 * 60_000

/** Reads below a review. */
export function getReview({ to, io, id }: ReviewAsk, path = ''): Promise<AdminAnswer> {
  return askAdmin(to, { method: 'GET', path: `/v1/admin/reviews/${id}${path}` }, io)
}

/** Changes something below a review, once however often it is sent; `revision`: what the change is to. */
export function postReview(
  { to, io, id }: Pick<ReviewAsk, 'to' | 'io' | 'id'>,
  path: string,
  { body, revision }: { readonly body: unknown; readonly revision: number | null },
): Promise<AdminAnswer> {
  const headers = {
    'idempotency-key': `stint-${io.randomHex(16)}`,
    ...(revision === null ? {} : { 'if-match': `"${revision}"` }),
  }
  const request = {
    method: 'POST',
    path: `/v1/admin/reviews${id === '' ? '' : `/${id}`}${path}`,
    body,
  } as const
  return askAdmin(to, { ...request, headers, timeoutMs: TIMEOUT_MS }, io)
}
