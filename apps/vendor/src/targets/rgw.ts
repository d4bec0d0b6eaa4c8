import type { CredentialTarget, MintRequest } from '../ports.ts'
import type { TargetAdapter, TargetOptions } from './adapter.ts'
import { keyOf, memberOf, userOf } from './adapter.ts'
import { denyOlder } from './deny-older.ts'
import { DEFAULT_REGION } from './end-session.ts'
import { createStoreTokenSigner } from './issued-identity.ts'
import { rgwSetup } from './rgw-setup.ts'
import { clientIdOf } from './role-arn.ts'
import { createStoreHttp } from './store-http.ts'
import type { StsAnswer } from './sts-call.ts'
import { assumeRoleWithWebIdentity, toMint } from './sts-call.ts'

/** The token that we show the store is spent at once. */
const STORE_TOKEN_SECONDS = 30
/** A session of it could do nothing at all: what the store says of our key, without giving anything. */
const DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"]}]}'
const CHECK_SECONDS = 900

/** A Ceph object gateway that trusts Stint as an identity provider of its account. */
export function createRgwTarget(options: TargetOptions): CredentialTarget {
  const { name, body, clock } = options
  const { admin } = body
  const roleArn = memberOf(body, 'roleArn')
  const sign = createStoreTokenSigner({
    key: keyOf(options),
    issuer: options.issuerUrl,
    audience: clientIdOf(name),
  })
  const http = createStoreHttp({ ...body, clock })

  function ask(
    request: Pick<
      MintRequest,
      'assumption' | 'sessionPolicy' | 'lifetimeSeconds' | 'storeTokenExpiresMs' | 'sessionName'
    >,
  ): Promise<StsAnswer> {
    return assumeRoleWithWebIdentity(http, {
      token: sign(request.assumption, clock.nowMs(), request.storeTokenExpiresMs),
      roleArn,
      policy: request.sessionPolicy,
      durationSeconds: request.lifetimeSeconds,
      more: { RoleSessionName: request.sessionName },
    })
  }

  return {
    name,
    showsCallerToken: false,
    storeTokenExpiresMs: (nowMs) => (Math.floor(nowMs / 1000) + STORE_TOKEN_SECONDS) * 1000,
    mint: async (request) => toMint(await ask(request)),
    end: async () => ({ proof: 'unproved', detail: 'ends_by_itself' }),
    endOlder:
      admin === undefined || admin === 'default-chain'
        ? null
        : () => {
            const { endpoint, region } = body
            const caller = async () => userOf(options, admin)
            return denyOlder({ http, clock, endpoint, region: region || DEFAULT_REGION, caller }, roleArn)
          },
    // Its sessions could not be ended again, and its errors mean other things than those of MinIO.
    probe: null,
    async checkKey(canary) {
      const answer = await ask({
        assumption: canary,
        sessionPolicy: DENY_ALL,
        lifetimeSeconds: CHECK_SECONDS,
        storeTokenExpiresMs: clock.nowMs() + STORE_TOKEN_SECONDS * 1000,
        sessionName: 'stint-check',
      })
      if (answer.ok) return 'accepted'
      return answer.errorCode === 'AccessDenied' || answer.errorCode === 'InvalidIdentityToken'
        ? 'refused'
        : 'unknown'
    },
    close: () => http.close(),
  }
}

/** What `adapters.ts` knows of it. */
export const RGW_ADAPTER: TargetAdapter = { open: createRgwTarget, setup: rgwSetup }
