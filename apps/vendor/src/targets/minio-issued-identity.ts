import { STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import type { AssumptionId } from '../ids.ts'
import type { CredentialTarget, MintRequest } from '../ports.ts'
import type { TargetOptions } from './adapter.ts'
import { keyOf } from './adapter.ts'
import { endSession, revokeOwn } from './end-session.ts'
import { createStoreTokenSigner } from './issued-identity.ts'
import { createProbeStore } from './minio-probe.ts'
import { clientIdOf, minioRoleArn } from './role-arn.ts'
import type { StoreHttp } from './store-http.ts'
import { createStoreHttp } from './store-http.ts'
import type { StsAnswer } from './sts-call.ts'
import { assumeRoleWithWebIdentity, toMint } from './sts-call.ts'

/** The token that we show the store is spent at once; it lives just long enough for two attempts and their deadlines. */
const STORE_TOKEN_SECONDS = 30
/** MinIO accepts an empty list and allows nothing with it; an absent policy would be everything. */
const ALLOW_NOTHING = '{"Version":"2012-10-17","Statement":[]}'

type Asked = Pick<MintRequest, 'assumption' | 'sessionPolicy' | 'lifetimeSeconds' | 'storeTokenExpiresMs'>

/** A MinIO, or one of its kin, that trusts Stint as its only identity provider (issued identity, DESIGN §5). */
export function createIssuedIdentityTarget(options: TargetOptions): CredentialTarget {
  const { name, body, clock } = options
  const clientId = clientIdOf(name)
  const roleArn = minioRoleArn(clientId, body.region)
  const sign = createStoreTokenSigner({ key: keyOf(options), issuer: options.issuerUrl, audience: clientId })
  const http: StoreHttp = createStoreHttp({ ...body, clock })

  function ask(request: Asked): Promise<StsAnswer> {
    // Below the store's floor DurationSeconds is left out, and the exp of our token is the end of the session.
    const durationSeconds = request.lifetimeSeconds < STORE_FLOOR_SECONDS ? null : request.lifetimeSeconds
    const token = sign(request.assumption, clock.nowMs(), request.storeTokenExpiresMs)
    return assumeRoleWithWebIdentity(http, {
      token,
      roleArn,
      policy: request.sessionPolicy,
      durationSeconds,
    })
  }

  /** A session that may do nothing, of that `sub`. */
  function askForNothing(assumption: AssumptionId): Promise<StsAnswer> {
    return ask({
      assumption,
      sessionPolicy: ALLOW_NOTHING,
      lifetimeSeconds: STORE_TOKEN_SECONDS,
      storeTokenExpiresMs: clock.nowMs() + STORE_TOKEN_SECONDS * 1000,
    })
  }

  return {
    name,
    showsCallerToken: false,
    storeTokenExpiresMs(nowMs, lifetimeSeconds) {
      const seconds = lifetimeSeconds < STORE_FLOOR_SECONDS ? lifetimeSeconds : STORE_TOKEN_SECONDS
      return (Math.floor(nowMs / 1000) + seconds) * 1000
    },
    mint: async (request) => toMint(await ask(request)),
    endOlder: null,
    async checkKey(canary) {
      const answer = await askForNothing(canary)
      if (answer.ok) return 'accepted'
      // MinIO's word for every token that it cannot verify (minio/minio `cmd/sts-errors.go`).
      return answer.errorCode === 'InvalidParameterValue' ? 'refused' : 'unknown'
    },
    /** MinIO lets a session end all of its own parent, and the `sub` makes a parent of each assumption. */
    end(assumption, accessKeyId) {
      const store = { http, clock, endpoint: body.endpoint, region: body.region }
      const revoke = async () => {
        const minted = await askForNothing(assumption)
        if (!minted.ok) return `mint_again_${minted.errorCode ?? minted.code}`
        return revokeOwn(store, minted.credentials, 'all')
      }
      return endSession({ ...store, revoke }, accessKeyId)
    },
    probe: createProbeStore({
      ...{ http, clock, endpoint: body.endpoint, region: body.region },
      async mintRaw({ assumption, policy, durationSeconds, storeTokenExpiresMs }) {
        const token = sign(assumption, clock.nowMs(), storeTokenExpiresMs)
        return toMint(await assumeRoleWithWebIdentity(http, { token, roleArn, policy, durationSeconds }))
      },
    }),
    close: () => http.close(),
  }
}
