import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMinio } from '../support/minio.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { minioRoleArn } from '../support/minio-server.ts'
import { addMinioUser, writeSecret } from '../support/minio-user.ts'
import { freePort } from '../support/ports.ts'
import { s3Caller } from '../support/s3.ts'
import type { AwsCredentials } from '../support/sigv4.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let minio: RunningMinio
let user: AwsCredentials

const BASE = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: ['arn:aws:s3:::artifacts/*'] },
  ],
}
const secrets = () => join(vendor.dataFolder, 'secrets')

/** One store, asked in two ways: by a plain user, and with the caller's own token, which it trusts by itself. */
function configure(endpoint: string) {
  const base = configurationFor(vendor, endpoint)
  const { kind, allowPrivateAddresses, subjectBudget } = base.targets.store
  const common = { kind, endpoint, allowPrivateAddresses, subjectBudget }
  const { 'app-artifacts': role } = base.roles
  const { 'app-main': mapping } = base.mappings
  const targets = {
    'by-user': {
      ...common,
      mode: 'assume-role',
      user: { accessKeyId: 'stint-user', secret: 'store-user' },
    },
    'by-token': {
      ...common,
      mode: 'pass-through',
      roleArn: minioRoleArn('the-app'),
      accept: ['pass_through'],
    },
  }
  return {
    ...base,
    issuers: { ci: { ...base.issuers.ci, audiences: ['the-app'] } },
    targets,
    roles: { 'by-user': { ...role, target: 'by-user' }, 'by-token': { ...role, target: 'by-token' } },
    mappings: { 'by-user': { ...mapping, role: 'by-user' }, 'by-token': { ...mapping, role: 'by-token' } },
  }
}

beforeAll(async () => {
  vendor = await startVendor()
  const port = await freePort()
  minio = await startMinio({
    port,
    openid: {
      configUrl: `${vendor.ci.url}/.well-known/openid-configuration`,
      clientId: 'the-app',
      clientSecret: 'a-secret-that-nobody-uses',
      rolePolicy: 'everything-of-artifacts',
    },
  })
  user = await addMinioUser(minio, { name: 'stint-user', policy: BASE })
  await writeSecret(secrets(), 'store-user', `${user.secretAccessKey}\n`)
  const root = s3Caller(minio.endpoint, minio.root)
  await root('PUT', '/minio/admin/v3/add-canned-policy', {
    query: { name: 'everything-of-artifacts' },
    body: JSON.stringify(BASE),
  })
  await root('PUT', '/artifacts')
  await root('PUT', '/artifacts/acme/app/x', { body: 'x' })
  await root('PUT', '/artifacts/other/x', { body: 'x' })
  expect((await vendor.apply(configure(minio.endpoint))).status).toBe(200)
})
afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
})

type Session = { readonly id: string; readonly code: (path?: string) => Promise<string | number> }

/** A token that both Stint and the store trust. */
const token = () => vendor.token({ aud: 'the-app' })

async function session(role: string, parameters: Record<string, string> = {}): Promise<Session> {
  const resource = `arn:aws:iam::${ACCOUNT}:role/${role}`
  const { status, body } = await vendor.exchange(token(), { resource, ...parameters })
  expect([status, body['error_description']]).toEqual([200, undefined])
  const found = body['credentials'] as Record<string, string> // our own answer
  const caller = s3Caller(minio.endpoint, {
    accessKeyId: found['access_key_id'] ?? '',
    secretAccessKey: found['secret_access_key'] ?? '',
    sessionToken: found['session_token'] ?? '',
  })
  const [intent] = await vendor.events('type=assume.intent&limit=1')
  const id = intent?.event.type === 'assume.intent' ? intent.event.assumption : ''
  return {
    id,
    async code(path = '/artifacts/acme/app/x') {
      const { status: answered, code } = await caller('GET', path)
      return code ?? answered
    },
  }
}

const revoke = (id: string) => vendor.post(`/v1/admin/assumptions/${id}:revoke`, { reason: 'a test' })
const failure = async () => (await vendor.events('type=assume.upstream_failed&limit=1'))[0]?.event

test.each(['by-user', 'by-token'])('%s: a session is confined to its prefix and its verbs', async (role) => {
  const { code } = await session(role)
  expect([await code(), await code('/artifacts/other/x'), await code('/artifacts')]).toEqual([
    200,
    'AccessDenied',
    'AccessDenied',
  ])
})

test('a plain user ends one of its sessions by its own right, proved, and the others live', async () => {
  const [one, two] = [await session('by-user'), await session('by-user')]
  const { body } = await revoke(one.id)
  expect([body['sessions'], body['proved'], body['unproved']]).toEqual([1, 1, []])
  expect([await one.code(), await two.code()]).toEqual(['InvalidAccessKeyId', 200])
})

test('a session that was never used since MinIO was restarted is ended, and proved', async () => {
  const one = await session('by-user')
  await minio.kill()
  await minio.restart()
  const { body } = await revoke(one.id)
  expect([body['proved'], await one.code()]).toEqual([1, 'InvalidAccessKeyId'])
}, 30_000)

test('with pass-through nothing ends a session before its time, and the answer says so and when', async () => {
  const one = await session('by-token')
  const { body } = await revoke(one.id)
  expect(body).toMatchObject({
    sessions: 1,
    proved: 0,
    unproved: [{ assumption: one.id, target: 'by-token', detail: 'ends_by_itself' }],
  })
  const [{ latestExpiry = '' } = {}] = body['unproved'] as { latestExpiry: string }[]
  expect(Date.parse(latestExpiry)).toBeGreaterThan(Date.now() + 3_000_000)
  expect(await one.code()).toBe(200)
})

test('a probe of a plain user tries what harms no session of others, and says why it leaves the rest', async () => {
  const other = await session('by-user')
  const { status, body } = await vendor.post('/v1/admin/targets/by-user:probe', {})
  const tries = body['tries'] as { id: string; verdict: string; reason: string | null }[] // the door's own answer
  const byId = new Map(tries.map((one) => [one.id, one] as const))
  expect([status, body['outcome'], body['broken']]).toEqual([200, 'completed', []])
  const { minted, proved } = body['sessions'] as Record<string, number> // as above
  expect([proved, minted]).toEqual([minted, 2])
  for (const id of ['confined-nothing', 'lifetime-honest']) expect(byId.get(id)?.verdict).toBe('holds')
  for (const id of ['sibling-same-subject', 'sibling-other-subject'])
    expect(byId.get(id)?.reason).toContain('share one user')
  for (const id of ['wall-replay', 'lifetime-short'])
    expect(byId.get(id)?.reason).toContain('no token of its own')
  expect(byId.get('confined-outside')?.reason).toContain('names no bucket')
  expect(await other.code()).toBe(200)
})

test('pass-through has no probe: there is no caller whose token could be shown', async () => {
  const { status, body } = await vendor.post('/v1/admin/targets/by-token:probe', {})
  expect([status, body['code']]).toEqual([409, 'probe_conflict'])
  const { body: found } = await vendor.get('/v1/admin/findings?rule=never-probed&name=by-token')
  expect(found).toMatchObject({ total: 0 })
})

test('a secret that goes missing, or that others can read, is refused with its code, and a new one counts at once', async () => {
  const resource = `arn:aws:iam::${ACCOUNT}:role/by-user`
  const ask = async () => (await vendor.exchange(token(), { resource })).status
  const path = join(secrets(), 'store-user')
  await chmod(path, 0o644)
  expect(await ask()).toBe(503)
  expect(await failure()).toMatchObject({ code: 'secret_unusable', mayExist: false })
  await rm(path)
  expect(await ask()).toBe(503)
  expect(await failure()).toMatchObject({ code: 'secret_unusable', mayExist: false })
  await writeSecret(secrets(), 'store-user', 'not the secret of that user')
  expect(await ask()).toBe(503)
  expect(await failure()).toMatchObject({ code: 'target_refused', upstream: { errorCode: 'AccessDenied' } })
  await rm(path)
  await writeSecret(secrets(), 'store-user', user.secretAccessKey)
  expect(await ask()).toBe(200)
})

test('the secret is in no log, no event and no database', async () => {
  await session('by-user')
  const { body } = await vendor.get('/v1/admin/targets/by-user')
  const events = await vendor.events('limit=500')
  const seen = vendor.logged() + JSON.stringify(body) + JSON.stringify(events)
  expect(seen.includes(user.secretAccessKey)).toBe(false)
})

type Refusal = { name: string; targets: (endpoint: string) => Record<string, object>; code: string }
const store = (endpoint: string, more: object) => ({
  kind: 'minio',
  endpoint,
  allowPrivateAddresses: ['127.0.0.0/8'],
  ...more,
})
const THROUGH = { mode: 'pass-through', roleArn: minioRoleArn('the-app') }
const REFUSED: readonly Refusal[] = [
  {
    name: 'pass-through that nobody accepts by name',
    targets: (at) => ({ a: store(at, THROUGH) }),
    code: 'pass_through',
  },
  {
    name: 'pass-through on a store of issued identity',
    targets: (at) => ({ a: store(at, {}), b: store(at, { ...THROUGH, accept: ['pass_through'] }) }),
    code: 'target_endpoint_twice',
  },
  {
    name: 'an `accept` that accepts nothing',
    targets: (at) => ({ a: store(at, { ...THROUGH, accept: ['pass_through', 'pass_thru'] }) }),
    code: 'accept_unknown',
  },
  {
    name: 'a member of another mode',
    targets: (at) => ({ a: store(at, { user: { accessKeyId: 'stint', secret: 'x' } }) }),
    code: 'member_unknown',
  },
  {
    name: 'a secret that is a path',
    targets: (at) => ({
      a: store(at, { mode: 'assume-role', user: { accessKeyId: 'stint', secret: '../keys/digest.key' } }),
    }),
    code: 'value_invalid',
  },
  {
    name: 'assume role without a user',
    targets: (at) => ({ a: store(at, { mode: 'assume-role' }) }),
    code: 'member_missing',
  },
  {
    name: 'a mode that the kind has not',
    targets: (at) => ({ a: store(at, { mode: 'telepathy' }) }),
    code: 'value_invalid',
  },
]

test.each(REFUSED)('refused at save: $name', async ({ targets, code }) => {
  const { status, body } = await vendor.post('/v1/admin/config:plan', {
    configuration: { targets: targets('http://127.0.0.1:9') },
  })
  const problems = (body['problems'] ?? []) as { code: string; severity: string }[]
  const errors = problems.filter(({ severity }) => severity === 'error').map((one) => one.code)
  expect([status, errors]).toEqual([expect.anything(), [code]])
})

test('a lifetime below the store’s floor is refused at save where only issued identity could give it', async () => {
  const base = configure(minio.endpoint)
  const short = { ...base.roles['by-user'], lifetime: { default: '10m', max: '1h' } }
  const { body } = await vendor.post('/v1/admin/config:plan', {
    configuration: { ...base, roles: { ...base.roles, 'by-user': short } },
  })
  expect(JSON.stringify(body['problems'])).toContain('lifetime_below_store')
})
