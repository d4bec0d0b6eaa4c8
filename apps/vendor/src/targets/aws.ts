import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { VendorError } from '../errors.ts'
import type { CredentialTarget, Mint, MintRequest } from '../ports.ts'
import type { TargetAdapter, TargetOptions } from './adapter.ts'
import { keyOf, memberOf, userOf, withoutSecret } from './adapter.ts'
import { failureOf, mintOf } from './aws-answer.ts'
import { sdkHandler } from './aws-http.ts'
import { awsSetup } from './aws-setup.ts'
import { denyOlder } from './deny-older.ts'
import { createStoreTokenSigner } from './issued-identity.ts'
import { clientIdOf } from './role-arn.ts'
import type { StoreHttp } from './store-http.ts'
import { createStoreHttp } from './store-http.ts'

/** The token that we show AWS is spent at once; a minute is for clocks that differ. */
const STORE_TOKEN_SECONDS = 60
/** A signed request is good for so long: until then one that was lost on the way can still mint. */
const SIGNATURE_SECONDS = 900
/** The provider chain may ask a metadata service that is not there: no longer than a call to STS. */
const CHAIN_MS = 4_000
/** A session of it could do nothing: what AWS says of our key, without giving anything. */
const DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
const CHECK_SECONDS = 900

/** AWS STS through its SDK, over our own connections, with our own retries and no others. */
export function createAwsTarget(options: TargetOptions): CredentialTarget {
  const { name, body, clock } = options
  const http = createStoreHttp({ ...body, clock })
  const client = new STSClient({
    region: body.region,
    endpoint: body.endpoint,
    maxAttempts: 1,
    requestHandler: sdkHandler(http),
    ...(body.user === undefined ? {} : { credentials: userProvider(options) }),
  })
  const issued = body.mode === 'issued-identity'
  const ask = issued ? byWebIdentity(options, client) : byAssumeRole(options, client)
  const iamHttp = openIam(options)

  async function mint(request: MintRequest): Promise<Mint> {
    try {
      return mintOf(await ask(request))
    } catch (thrown) {
      return thrown instanceof VendorError ? withoutSecret(thrown) : failureOf(thrown)
    }
  }

  return {
    name,
    showsCallerToken: false,
    storeTokenExpiresMs: (nowMs) =>
      (Math.floor(nowMs / 1000) + (issued ? STORE_TOKEN_SECONDS : SIGNATURE_SECONDS)) * 1000,
    mint,
    end: async () => ({ proof: 'unproved', detail: 'ends_by_itself' }),
    endOlder: iamHttp === null ? null : () => endOlder(options, { client, http: iamHttp }),
    // Its sessions could not be ended again, and nothing of it could be proved against AWS itself.
    probe: null,
    async checkKey(canary) {
      if (!issued) return 'unknown'
      const answer = await mint({
        assumption: canary,
        sessionPolicy: DENY_ALL,
        lifetimeSeconds: CHECK_SECONDS,
        storeTokenExpiresMs: clock.nowMs() + STORE_TOKEN_SECONDS * 1000,
        sessionName: 'stint-check',
        tags: {},
        callerToken: null,
      })
      if (answer.ok) return 'accepted'
      return answer.errorCode === 'InvalidIdentityToken' ? 'refused' : 'unknown'
    },
    async close() {
      client.destroy()
      await Promise.all([http.close(), iamHttp?.close()])
    },
  }
}

/** The assumption's id as source identity, and the role's tags, as claims of our token (IAM User Guide, `id_session-tags`). */
function byWebIdentity(options: TargetOptions, client: STSClient) {
  const { name, body, clock } = options
  const audience = clientIdOf(name)
  const sign = createStoreTokenSigner({ key: keyOf(options), issuer: options.issuerUrl, audience })
  const RoleArn = memberOf(body, 'roleArn')
  return (request: MintRequest) => {
    const { tags, transitive } = tagsOf(options, request)
    const more = {
      ...(body.sourceIdentity === 'none'
        ? {}
        : { 'https://aws.amazon.com/source_identity': request.assumption }),
      ...(tags.length === 0
        ? {}
        : {
            'https://aws.amazon.com/tags': {
              principal_tags: Object.fromEntries(tags.map(([key, value]) => [key, [value]])),
              transitive_tag_keys: transitive,
            },
          }),
    }
    const token = sign({ sub: request.assumption, more }, clock.nowMs(), request.storeTokenExpiresMs)
    return client.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn,
        RoleSessionName: request.sessionName,
        WebIdentityToken: token.reveal(),
        Policy: request.sessionPolicy,
        DurationSeconds: request.lifetimeSeconds,
      }),
    )
  }
}

function byAssumeRole(options: TargetOptions, client: STSClient) {
  const { body } = options
  const RoleArn = memberOf(body, 'roleArn')
  return async (request: MintRequest) => {
    const { tags, transitive } = tagsOf(options, request)
    await chain(options, client)
    return client.send(
      new AssumeRoleCommand({
        RoleArn,
        RoleSessionName: request.sessionName,
        Policy: request.sessionPolicy,
        DurationSeconds: request.lifetimeSeconds,
        ...(body.externalId === undefined ? {} : { ExternalId: body.externalId }),
        ...(body.sourceIdentity === 'none' ? {} : { SourceIdentity: request.assumption }),
        ...(tags.length === 0
          ? {}
          : { Tags: tags.map(([Key, Value]) => ({ Key, Value })), TransitiveTagKeys: transitive }),
      }),
    )
  }
}

function tagsOf({ body }: TargetOptions, request: MintRequest) {
  const tags = Object.entries(request.tags)
  const transitive = (body.transitiveTags ?? []).filter((key) => key in request.tags)
  return { tags, transitive }
}

/** The secret is read at each use: an identity that is over at once is never kept. */
function userProvider(options: TargetOptions) {
  const user = memberOf(options.body, 'user')
  return async () => {
    const { accessKeyId, secretAccessKey } = userOf(options, user)
    return { accessKeyId, secretAccessKey, expiration: new Date(0) }
  }
}

/** Our own credentials, before anything is sent: what the chain cannot find in time was never asked for. */
async function chain({ timers }: TargetOptions, client: STSClient) {
  const late = Promise.withResolvers<never>()
  const cancel = timers.after(CHAIN_MS, () => {
    const error = new Error('no credentials in time')
    error.name = 'CredentialsTimeout'
    late.reject(error)
  })
  try {
    return await Promise.race([client.config.credentials(), late.promise])
  } finally {
    cancel()
  }
}

/** IAM has one place a partition, whatever the region of STS. */
function iamOf(region: string): { readonly endpoint: string; readonly region: string } {
  if (region.startsWith('cn-'))
    return { endpoint: 'https://iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' }
  if (region.startsWith('us-gov-'))
    return { endpoint: 'https://iam.us-gov.amazonaws.com', region: 'us-gov-west-1' }
  return { endpoint: 'https://iam.amazonaws.com', region: 'us-east-1' }
}

function openIam({ body, clock }: TargetOptions): StoreHttp | null {
  if (body.admin === undefined) return null
  const endpoint = body.iamEndpoint ?? iamOf(body.region).endpoint
  return createStoreHttp({ endpoint, allowPrivateAddresses: body.allowPrivateAddresses, clock })
}

function endOlder(
  options: TargetOptions,
  { client, http }: { readonly client: STSClient; readonly http: StoreHttp },
) {
  const { body, clock } = options
  const { admin } = body
  const { endpoint, region } = iamOf(body.region)
  const caller = async () => {
    if (admin !== undefined && admin !== 'default-chain') return userOf(options, admin)
    const { accessKeyId, secretAccessKey, sessionToken = null } = await chain(options, client)
    return { accessKeyId, secretAccessKey, sessionToken }
  }
  const iam = { http, clock, endpoint: body.iamEndpoint ?? endpoint, region, caller }
  return denyOlder(iam, memberOf(body, 'roleArn'))
}

/** What `adapters.ts` knows of it. */
export const AWS_ADAPTER: TargetAdapter = { open: createAwsTarget, setup: awsSetup }
