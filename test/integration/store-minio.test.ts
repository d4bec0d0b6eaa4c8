import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { DIALECTS, minioBytes, printPolicy } from '@stint/policy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CredentialTarget, Minted } from '../../apps/vendor/src/ports.ts'
import { createStoreTokenSigner } from '../../apps/vendor/src/targets/issued-identity.ts'
import { createMinioTarget } from '../../apps/vendor/src/targets/minio.ts'
import { clientIdOf, minioRoleArn } from '../../apps/vendor/src/targets/role-arn.ts'
import { issuerUrlOf, readTargetKey, type TargetKey } from '../../apps/vendor/src/targets/target-key.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { minioWebIdentity } from '../support/minio-sts.ts'
import { s3Caller } from '../support/s3.ts'
import { mintAt, mintRequest, newAssumption, targetOptions } from '../support/store-target.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let minio: RunningMinio
let target: CredentialTarget
let key: TargetKey

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: ['arn:aws:s3:::artifacts/acme/app/*'],
    },
  ],
})

beforeAll(async () => {
  vendor = await startVendor()
  minio = await startTrustingMinio(vendor)
  const read = readTargetKey({ own: `${vendor.dataFolder}/keys`, given: null }, 'store')
  if (read === null) throw new Error('the target has no key')
  key = read
  target = createMinioTarget(
    targetOptions(
      { endpoint: minio.endpoint, allowPrivateAddresses: ['127.0.0.0/8'] },
      { issuerUrl: issuerUrlOf(vendor.url, 'store'), key },
    ),
  )
})

afterAll(async () => {
  await target?.close()
  await minio?.stop()
  await vendor?.stop()
})

const mint = (lifetimeSeconds = 3600, assumption = newAssumption()): Promise<Minted> =>
  mintAt(target, { assumption, sessionPolicy: POLICY, lifetimeSeconds })

const callerOf = ({ accessKeyId, secretAccessKey, sessionToken }: Minted) =>
  s3Caller(minio.endpoint, {
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    sessionToken: sessionToken.reveal(),
  })

const INSIDE = '/artifacts/acme/app/x'
const read = async (minted: Minted, path = INSIDE) => {
  const { status, code } = await callerOf(minted)('GET', path)
  return code ?? status
}

test('a session through the vendor is confined by MinIO to its prefix and its verbs', async () => {
  const { body } = await vendor.exchange(vendor.token())
  const { access_key_id, secret_access_key, session_token } = body['credentials'] as Record<string, string> // our own answer
  const s3 = new S3Client({
    endpoint: minio.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: `${access_key_id}`,
      secretAccessKey: `${secret_access_key}`,
      sessionToken: `${session_token}`,
    },
  })
  await s3.send(new PutObjectCommand({ Bucket: 'artifacts', Key: 'acme/app/x', Body: 'hello' }))
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'artifacts', Key: 'acme/app/x' }))
  expect(await Body?.transformToString()).toBe('hello')
  const outside = await s3
    .send(new PutObjectCommand({ Bucket: 'artifacts', Key: 'acme/application/x', Body: 'no' }))
    .catch((error: unknown) => error)
  expect(outside instanceof S3ServiceException && outside.name).toBe('AccessDenied')
  const caller = s3Caller(minio.endpoint, {
    accessKeyId: `${access_key_id}`,
    secretAccessKey: `${secret_access_key}`,
    sessionToken: `${session_token}`,
  })
  for (const [method, path] of [
    ['DELETE', INSIDE],
    ['GET', '/artifacts'],
    ['GET', '/'],
    ['PUT', '/another'],
  ] as const) {
    expect((await caller(method, path)).code).toBe('AccessDenied')
  }
})

test('a session of ten seconds ends on time, and forged time headers do not help it', async () => {
  const minted = await mint(10)
  expect(minted.expiresMs - Date.now()).toBeLessThanOrEqual(10_000)
  expect([200, 'NoSuchKey']).toContain(await read(minted))
  await expect.poll(() => read(minted), { timeout: 15_000, interval: 200 }).toBe('InvalidAccessKeyId')
  expect(Date.now()).toBeGreaterThanOrEqual(minted.expiresMs - 1000)
  expect(Date.now()).toBeLessThan(minted.expiresMs + 3000)
  const forged = await callerOf(minted)('GET', INSIDE, { headers: { currenttime: '2020-01-01T00:00:00Z' } })
  expect(forged.code).toBe('InvalidAccessKeyId')
}, 30_000)

test('ending is proved by the own key id of the session, and leaves the sessions of others alone', async () => {
  const [mine, other] = [newAssumption(), newAssumption()]
  const [a, b, c] = [await mint(3600, mine), await mint(3600, mine), await mint(3600, other)]
  expect(await target.end(mine, a.accessKeyId)).toEqual({ proof: 'proved', detail: 'revoked' })
  expect(await Promise.all([read(a), read(b), read(c)])).toEqual([
    'InvalidAccessKeyId',
    'InvalidAccessKeyId',
    expect.not.stringMatching('InvalidAccessKeyId'),
  ])
  expect(await target.end(mine, a.accessKeyId)).toEqual({ proof: 'proved', detail: 'gone_before' })
})

test('a session that was never used since MinIO was restarted is ended, and proved', async () => {
  const assumption = newAssumption()
  const minted = await mint(3600, assumption)
  await minio.kill()
  await minio.restart()
  expect(await target.end(assumption, minted.accessKeyId)).toEqual({ proof: 'proved', detail: 'revoked' })
  expect(await read(minted)).toBe('InvalidAccessKeyId')
}, 30_000)

test('without a key id the session is ended, and the answer does not call that proved', async () => {
  const assumption = newAssumption()
  const minted = await mint(3600, assumption)
  expect(await target.end(assumption, null)).toEqual({ proof: 'unproved', detail: 'key_id_unknown' })
  expect(await read(minted)).toBe('InvalidAccessKeyId')
})

test('a store that is gone cannot be ended at, and says so', async () => {
  const gone = createMinioTarget(
    targetOptions(
      { endpoint: 'http://127.0.0.1:9', allowPrivateAddresses: ['127.0.0.0/8'] },
      { issuerUrl: issuerUrlOf(vendor.url, 'store'), key },
    ),
  )
  expect(await gone.end(newAssumption(), 'KEY')).toEqual({ proof: 'failed', detail: 'touch_unanswered' })
  await gone.close()
})

test('an address that the target may not have is never connected to', async () => {
  const refused = createMinioTarget(
    targetOptions(
      { endpoint: minio.endpoint, allowPrivateAddresses: [] },
      { issuerUrl: issuerUrlOf(vendor.url, 'store'), key },
    ),
  )
  const answer = await refused.mint(mintRequest(refused, { sessionPolicy: POLICY }))
  expect(answer).toMatchObject({ ok: false, code: 'target_unavailable', mayExist: false })
  await refused.close()
})

test('our token replayed without a session policy stays inside the base policy, and cannot ask for longer', async () => {
  const clientId = clientIdOf('store')
  const sign = createStoreTokenSigner({ key, issuer: issuerUrlOf(vendor.url, 'store'), audience: clientId })
  const token = sign(newAssumption(), Date.now(), Date.now() + 30_000).reveal()
  const replayed = await minioWebIdentity(minio.endpoint, { token, clientId, durationSeconds: 3600 })
  if (!replayed.ok) throw new Error(replayed.code)
  const caller = s3Caller(minio.endpoint, replayed.credentials)
  expect((await caller('GET', '/artifacts/other/x')).code).toBe('NoSuchKey')
  expect((await caller('GET', '/artifacts')).code).toBe('AccessDenied')
  expect((await caller('PUT', '/elsewhere')).code).toBe('AccessDenied')
  expect((await caller('GET', '/minio/admin/v3/info')).status).toBe(403)
  for (const durationSeconds of [3601, 43_200, 31_536_000]) {
    expect(await minioWebIdentity(minio.endpoint, { token, clientId, durationSeconds })).toMatchObject({
      ok: false,
      status: 403,
    })
  }
})

test('the role ARN is the one that MinIO computes for the client id', () => {
  // MinIO's own test constants.
  expect(minioRoleArn('minio-client-app', '')).toBe('arn:minio:iam:::role/nOybJqMNzNmroqEKq5D0EUsRZw0')
  expect(minioRoleArn('minio-client-app-2', '')).toBe('arn:minio:iam:::role/domXb70kze7Ugc1SaxaeFchhLP4')
})

test('every action of our table is one that MinIO takes in a policy', async () => {
  const root = s3Caller(minio.endpoint, minio.root)
  const refused: string[] = []
  for (const [action, kind] of DIALECTS.minio.actions.kinds) {
    const Resource = [kind === 'object' ? 'arn:aws:s3:::artifacts/*' : 'arn:aws:s3:::artifacts']
    const body = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: [action], Resource }],
    })
    const answer = await root('PUT', '/minio/admin/v3/add-canned-policy', {
      query: { name: 'one-action' },
      body,
    })
    if (answer.status !== 200) refused.push(action)
  }
  expect(refused).toEqual([])
})

test.each([0, 1])(
  'the size that we count is the size that MinIO counts: %i byte above its limit',
  async (over) => {
    const sign = createStoreTokenSigner({
      key,
      issuer: issuerUrlOf(vendor.url, 'store'),
      audience: clientIdOf('store'),
    })
    const document = (fill: string) => ({
      Version: '2012-10-17' as const,
      Statement: [
        {
          Effect: 'Allow' as const,
          Action: ['s3:GetObject'],
          Resource: [`arn:aws:s3:::artifacts/é&<>"/${fill}`],
        },
      ],
    })
    const bare = minioBytes(printPolicy(document('')))
    const policy = printPolicy(document('x'.repeat(2048 - bare + over)))
    expect(minioBytes(policy)).toBe(2048 + over)
    const token = sign(newAssumption(), Date.now(), Date.now() + 30_000).reveal()
    const answer = await minioWebIdentity(minio.endpoint, {
      token,
      clientId: clientIdOf('store'),
      policy,
      durationSeconds: 900,
    })
    expect(answer.ok).toBe(over === 0)
  },
)

test('the issuer documents are served before anything else, and to nobody else’s name', async () => {
  const jwks = await vendor.get('/oidc/store/jwks.json')
  expect(jwks.body).toEqual({ keys: [key.publicJwk] })
  expect((await vendor.get('/oidc/store/.well-known/openid-configuration')).body['issuer']).toBe(
    `${vendor.url}/oidc/store`,
  )
  expect((await vendor.get('/oidc/nobody/jwks.json')).status).toBe(404)
  expect((await vendor.apply(configurationFor(vendor, minio.endpoint))).body['applied']).toBe(false)
})
