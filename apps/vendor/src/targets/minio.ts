import { STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import type { AssumptionId } from '../ids.ts'
import type { CredentialTarget, Mint, MintRequest } from '../ports.ts'
import { Secret } from '../secret.ts'
import type { TargetAdapter, TargetOptions } from './adapter.ts'
import { endSession, touch } from './end-session.ts'
import { createStoreTokenSigner } from './issued-identity.ts'
import { createProbeStore } from './minio-probe.ts'
import { clientIdOf, minioRoleArn } from './role-arn.ts'
import { minioSetup } from './setup.ts'
import type { StoreHttp } from './store-http.ts'
import { createStoreHttp } from './store-http.ts'
import type { WebIdentityAnswer } from './sts-call.ts'
import { assumeRoleWithWebIdentity } from './sts-call.ts'

/** The token that we show the store is spent at once; it lives just long enough for two attempts and their deadlines. */
const STORE_TOKEN_SECONDS = 30
/** MinIO accepts an empty list and allows nothing with it; an absent policy would be everything. */
const ALLOW_NOTHING = '{"Version":"2012-10-17","Statement":[]}'

/** A MinIO, or one of its kin, that trusts Stint as its only identity provider (issued identity, DESIGN §5). */
export function createMinioTarget(options: TargetOptions): CredentialTarget {
  const { name, body, clock } = options
  const clientId = clientIdOf(name)
  const roleArn = minioRoleArn(clientId, body.region)
  const sign = createStoreTokenSigner({ key: options.key, issuer: options.issuerUrl, audience: clientId })
  const http: StoreHttp = createStoreHttp({ ...body, clock })
  const at = { http, clock, endpoint: body.endpoint, region: body.region }

  function ask(request: MintRequest): Promise<WebIdentityAnswer> {
    // Below the store's floor DurationSeconds is left out, and the exp of our token is the end of the session.
    const durationSeconds = request.lifetimeSeconds < STORE_FLOOR_SECONDS ? null : request.lifetimeSeconds
    const token = sign(request.assumption, clock.nowMs(), request.storeTokenExpiresMs)
    return assumeRoleWithWebIdentity(http, { token, roleArn, policy: request.sessionPolicy, durationSeconds })
  }

  async function mint(request: MintRequest): Promise<Mint> {
    if (request.sessionPolicy === '') throw new RangeError('an empty session policy is no limit at all')
    const startedMs = clock.monotonicMs()
    return minted(await ask(request), Math.round(clock.monotonicMs() - startedMs))
  }

  return {
    name,
    storeTokenExpiresMs(nowMs, lifetimeSeconds) {
      const seconds = lifetimeSeconds < STORE_FLOOR_SECONDS ? lifetimeSeconds : STORE_TOKEN_SECONDS
      return (Math.floor(nowMs / 1000) + seconds) * 1000
    },
    mint,
    async checkKey(canary) {
      const answer = await ask({
        assumption: canary,
        sessionPolicy: ALLOW_NOTHING,
        lifetimeSeconds: STORE_TOKEN_SECONDS,
        storeTokenExpiresMs: clock.nowMs() + STORE_TOKEN_SECONDS * 1000,
      })
      if (answer.ok) return 'accepted'
      // MinIO's word for every token that it cannot verify (minio/minio `cmd/sts-errors.go`).
      return answer.errorCode === 'InvalidParameterValue' ? 'refused' : 'unknown'
    },
    end: (assumption: AssumptionId, accessKeyId) =>
      endSession(
        {
          ...at,
          mintAgain: () =>
            ask({
              assumption,
              sessionPolicy: ALLOW_NOTHING,
              lifetimeSeconds: STORE_TOKEN_SECONDS,
              storeTokenExpiresMs: clock.nowMs() + STORE_TOKEN_SECONDS * 1000,
            }),
        },
        accessKeyId,
      ),
    probe: createProbeStore({
      ...at,
      async touch(accessKeyId) {
        const touched = await touch(at, accessKeyId)
        return touched === 'alive' || touched === 'gone' ? touched : null
      },
      async mintRaw({ assumption, policy, durationSeconds, storeTokenExpiresMs }) {
        const startedMs = clock.monotonicMs()
        const token = sign(assumption, clock.nowMs(), storeTokenExpiresMs)
        const answer = await assumeRoleWithWebIdentity(http, { token, roleArn, policy, durationSeconds })
        return minted(answer, Math.round(clock.monotonicMs() - startedMs))
      },
    }),
    close: () => http.close(),
  }
}

/** What `adapters.ts` knows of it. */
export const MINIO_ADAPTER: TargetAdapter = { open: createMinioTarget, setup: minioSetup }

function minted(answer: WebIdentityAnswer, latencyMs: number): Mint {
  if (!answer.ok) {
    return { ...answer, latencyMs }
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiresMs, requestId } = answer.credentials
  return {
    ok: true,
    minted: {
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey),
      sessionToken: new Secret(sessionToken),
      expiresMs,
      upstreamRequestId: requestId,
      latencyMs,
    },
  }
}
