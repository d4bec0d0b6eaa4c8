import { STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import type { TargetBody } from '../domain/resource.ts'
import type { AssumptionId } from '../ids.ts'
import type { Clock, CredentialTarget, Mint, MintRequest } from '../ports.ts'
import { Secret } from '../secret.ts'
import { endSession, touch } from './end-session.ts'
import { createStoreTokenSigner } from './issued-identity.ts'
import { createProbeStore } from './minio-probe.ts'
import { clientIdOf, minioRoleArn } from './role-arn.ts'
import type { StoreHttp } from './store-http.ts'
import { createStoreHttp } from './store-http.ts'
import type { WebIdentityAnswer } from './sts-call.ts'
import { assumeRoleWithWebIdentity } from './sts-call.ts'
import type { TargetKey } from './target-key.ts'

export type MinioTargetOptions = {
  readonly name: string
  readonly body: TargetBody
  /** `iss` of our tokens for this store. */
  readonly issuerUrl: string
  readonly key: TargetKey
  readonly clock: Clock
}

/** The token that we show the store is spent at once; it lives just long enough for two attempts and their deadlines. */
const STORE_TOKEN_SECONDS = 30
/** Connections are 64; as many again may wait. Beyond that a caller is better told to come again. */
const MAX_IN_FLIGHT = 128
/** At most one call in ten is a retry, whatever happens: a store in trouble is not asked twice as often. */
const RETRY_PER_CALL = 0.1
const MAX_RETRY_BUDGET = 10
/** MinIO accepts an empty list and allows nothing with it; an absent policy would be everything. */
const ALLOW_NOTHING = '{"Version":"2012-10-17","Statement":[]}'

/** A MinIO, or one of its kin, that trusts Stint as its only identity provider (issued identity, DESIGN §5). */
export function createMinioTarget(options: MinioTargetOptions): CredentialTarget {
  const { name, body, clock } = options
  const clientId = clientIdOf(name)
  const roleArn = minioRoleArn(clientId, body.region)
  const sign = createStoreTokenSigner({ key: options.key, issuer: options.issuerUrl, audience: clientId })
  const http: StoreHttp = createStoreHttp({ ...body, clock })
  const at = { http, clock, endpoint: body.endpoint, region: body.region }
  let inFlight = 0
  let retryBudget = MAX_RETRY_BUDGET

  function ask(request: MintRequest): Promise<WebIdentityAnswer> {
    // Below the store's floor DurationSeconds is left out, and the exp of our token is the end of the session.
    const durationSeconds = request.lifetimeSeconds < STORE_FLOOR_SECONDS ? null : request.lifetimeSeconds
    const token = sign(request.assumption, clock.nowMs(), request.storeTokenExpiresMs)
    return assumeRoleWithWebIdentity(http, { token, roleArn, policy: request.sessionPolicy, durationSeconds })
  }

  async function askTwice(request: MintRequest): Promise<WebIdentityAnswer> {
    const first = await ask(request)
    retryBudget = Math.min(MAX_RETRY_BUDGET, retryBudget + RETRY_PER_CALL)
    if (first.ok || !first.retry || retryBudget < 1) return first
    retryBudget -= 1
    const second = await ask(request)
    // What the first attempt may have left behind is there whatever the second one says.
    return second.ok ? second : { ...second, mayExist: first.mayExist || second.mayExist }
  }

  async function mint(request: MintRequest): Promise<Mint> {
    if (request.sessionPolicy === '') throw new RangeError('an empty session policy is no limit at all')
    if (inFlight >= MAX_IN_FLIGHT) {
      return { ok: false, code: 'overloaded', mayExist: false, status: null, errorCode: null, latencyMs: 0 }
    }
    const startedMs = clock.monotonicMs()
    inFlight += 1
    try {
      return minted(await askTwice(request), Math.round(clock.monotonicMs() - startedMs))
    } finally {
      inFlight -= 1
    }
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

function minted(answer: WebIdentityAnswer, latencyMs: number): Mint {
  if (!answer.ok) {
    const { code, mayExist, status, errorCode } = answer
    return { ok: false, code, mayExist, status, errorCode, latencyMs }
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
