import type { Clock, Ending } from '../ports.ts'
import { signV4 } from './sigv4.ts'
import type { StoreHttp } from './store-http.ts'
import { readErrorCode } from './sts-xml.ts'

export type TouchDeps = {
  readonly http: StoreHttp
  readonly clock: Clock
  readonly endpoint: string
  readonly region: string
}

export type EndDeps = TouchDeps & {
  /** Has the store end the session, whoever it takes to ask; answers null when it did, else why not. */
  readonly revoke: () => Promise<string | null>
}

/** The region that MinIO signs with where the site names none. */
export const DEFAULT_REGION = 'us-east-1'
const NONSENSE = { secretAccessKey: 'not-the-secret', sessionToken: null }

/**
 * Ends a session at MinIO and proves it by its own key id (DESIGN §5):
 *
 * 1. touch the session with its key id and a nonsense signature: MinIO loads it, because it forgets idle sessions at a
 *    restart, and a revoke misses those;
 * 2. let the store end it;
 * 3. touch again: only `InvalidAccessKeyId` for the session's own key id is proof.
 */
export async function endSession(deps: EndDeps, accessKeyId: string | null): Promise<Ending> {
  const before = accessKeyId === null ? null : await touch(deps, accessKeyId)
  if (before === 'unreachable') return { proof: 'failed', detail: 'touch_unanswered' }
  if (before === 'gone') return { proof: 'proved', detail: 'gone_before' }
  const refused = await deps.revoke()
  if (refused !== null) return { proof: 'failed', detail: refused }
  if (accessKeyId === null) return { proof: 'unproved', detail: 'key_id_unknown' }
  const after = await touch(deps, accessKeyId)
  if (after === 'gone') return { proof: 'proved', detail: 'revoked' }
  return after === 'alive'
    ? { proof: 'failed', detail: 'alive_after_revoke' }
    : { proof: 'unproved', detail: `touch_${after}` }
}

type Touched = 'alive' | 'gone' | 'unclear' | 'unreachable'

/** Asks for the session with a signature that is none: the store loads it, where it lives, and says that it is wrong. */
export async function touch(deps: TouchDeps, accessKeyId: string): Promise<Touched> {
  const url = new URL('/', deps.endpoint)
  const headers = signV4({
    ...NONSENSE,
    accessKeyId,
    method: 'GET',
    url,
    region: deps.region || DEFAULT_REGION,
    service: 's3',
    nowMs: deps.clock.nowMs(),
  })
  const answer = await deps.http.request({ method: 'GET', path: '/', headers, body: null })
  if (!answer.answered) return 'unreachable'
  // S3 errors are a bare <Error>; the reader looks for the element wherever it stands.
  const code = readErrorCode(answer.body)
  if (code === 'InvalidAccessKeyId') return 'gone'
  if (code === 'InvalidTokenId' || code === 'SignatureDoesNotMatch' || code === 'InvalidToken') return 'alive'
  return answer.status >= 500 ? 'unreachable' : 'unclear'
}

/** Who asks MinIO to end sessions of his own, and which: all, or those of one TokenRevokeType. */
export type Revoker = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
}

/** MinIO's `revoke-tokens` without a `user` is about whoever asks, and needs no permission. null: done. */
export async function revokeOwn(
  deps: Omit<EndDeps, 'revoke'>,
  by: Revoker,
  which: 'all' | { readonly type: string },
): Promise<string | null> {
  const query = which === 'all' ? 'fullRevoke=true' : `tokenRevokeType=${encodeURIComponent(which.type)}`
  const url = new URL(`/minio/admin/v3/revoke-tokens/builtin?${query}`, deps.endpoint)
  const headers = signV4({
    ...by,
    method: 'POST',
    url,
    region: deps.region || DEFAULT_REGION,
    service: 's3',
    nowMs: deps.clock.nowMs(),
  })
  const answer = await deps.http.request({
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    headers,
    body: null,
  })
  return answer.answered && answer.status === 204 ? null : 'revoke_refused'
}
