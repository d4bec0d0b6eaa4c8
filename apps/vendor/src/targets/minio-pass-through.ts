import { VendorError } from '../errors.ts'
import type { CredentialTarget } from '../ports.ts'
import type { TargetOptions } from './adapter.ts'
import { memberOf } from './adapter.ts'
import { createStoreHttp } from './store-http.ts'
import { assumeRoleWithWebIdentity, toMint } from './sts-call.ts'

/**
 * A MinIO that trusts the identity provider itself and is shown the caller's own token. Stint narrows what comes of it,
 * but whoever holds such a token can go to the store without Stint, for the whole role policy; and nobody but the
 * subject can end a session of it. A stopgap, refused unless it is accepted by name.
 */
export function createPassThroughTarget(options: TargetOptions): CredentialTarget {
  const { name, body, clock } = options
  const roleArn = memberOf(body, 'roleArn')
  const http = createStoreHttp({ ...body, clock })
  return {
    name,
    showsCallerToken: true,
    storeTokenExpiresMs: (_nowMs, _lifetimeSeconds, callerTokenExpiresMs) => callerTokenExpiresMs,
    async mint({ callerToken, sessionPolicy, lifetimeSeconds }) {
      if (callerToken === null)
        throw new VendorError('internal_error', { facts: { reason: 'no caller token', target: name } })
      const answer = await assumeRoleWithWebIdentity(http, {
        token: callerToken,
        roleArn,
        policy: sessionPolicy,
        durationSeconds: lifetimeSeconds,
      })
      return toMint(answer)
    },
    end: async () => ({ proof: 'unproved', detail: 'ends_by_itself' }),
    endOlder: null,
    // Without a caller there is no token to show.
    probe: null,
    checkKey: async () => 'unknown',
    close: () => http.close(),
  }
}
