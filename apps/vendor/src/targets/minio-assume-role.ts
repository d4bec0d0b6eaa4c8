import type { CredentialTarget } from '../ports.ts'
import type { TargetOptions } from './adapter.ts'
import { memberOf, userOf, withoutSecret } from './adapter.ts'
import { DEFAULT_REGION, endSession, revokeOwn } from './end-session.ts'
import { createProbeStore } from './minio-probe.ts'
import { createStoreHttp } from './store-http.ts'
import { assumeRole, toMint } from './sts-call.ts'

/** A signed request is good for so long: until then one that was lost on the way can still mint. */
const SIGNATURE_SECONDS = 900

/**
 * A MinIO that is asked by a plain user of its own, whose policies are the outer wall. All sessions are this user's: any
 * of them can end all (minio-sts §12). Each is minted under the assumption's id as its TokenRevokeType, by which the
 * user may end it again, one by one and without any right of an administrator.
 */
export function createPlainUserTarget(options: TargetOptions): CredentialTarget {
  const { name, body, clock } = options
  const { endpoint, region } = body
  const user = memberOf(body, 'user')
  const http = createStoreHttp({ ...body, clock })

  const asUser = () => userOf(options, user)

  return {
    name,
    showsCallerToken: false,
    storeTokenExpiresMs: (nowMs) => nowMs + SIGNATURE_SECONDS * 1000,
    async mint(request) {
      try {
        const by = { ...asUser(), endpoint, region: region || DEFAULT_REGION, nowMs: clock.nowMs() }
        const answer = await assumeRole(http, {
          by,
          policy: request.sessionPolicy,
          durationSeconds: request.lifetimeSeconds,
          more: { TokenRevokeType: request.assumption },
        })
        return toMint(answer)
      } catch (thrown) {
        return withoutSecret(thrown)
      }
    },
    end(assumption, accessKeyId) {
      const store = { http, clock, endpoint, region }
      const revoke = () => revokeOwn(store, asUser(), { type: assumption })
      return endSession({ ...store, revoke }, accessKeyId)
    },
    endOlder: null,
    checkKey: async () => 'unknown',
    // No token of ours is shown here, so there is none to replay.
    probe: createProbeStore({ http, clock, endpoint, region, mintRaw: null }),
    close: () => http.close(),
  }
}
