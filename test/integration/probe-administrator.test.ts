import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMINISTRATOR_TRIES } from '../../apps/vendor/src/domain/probe/tries/administrator.ts'
import { COMMUNITY_MINIO } from '../corpus/probe.ts'
import { sealAdminBody } from '../support/madmin.ts'
import { startMinio } from '../support/minio.ts'
import { minioRoleArn, type RunningMinio } from '../support/minio-server.ts'
import { parentUserOf } from '../support/minio-sessions.ts'
import { minioWebIdentity } from '../support/minio-sts.ts'
import { type S3Caller, s3Caller } from '../support/s3.ts'
import { type AwsCredentials, signSigV4 } from '../support/sigv4.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'

// The rows of the sheet that need an administrator of the store: a probe shows them as not tried, so they are tried here,
// on a real community MinIO with two identity providers. What a row is said to be in docs/probe.md is what is asserted.

let ours: TestIssuer
let theirs: TestIssuer
let minio: RunningMinio
let root: S3Caller

const allow = (Action: readonly string[], Resource: readonly string[], Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) }],
})
const WALL = allow(['s3:GetObject'], ['arn:aws:s3:::box/*'])
const NOTHING = { Version: '2012-10-17', Statement: [] }

beforeAll(async () => {
  ours = await startTestIssuer({ alg: 'ES256' })
  theirs = await startTestIssuer({ alg: 'ES256' })
  minio = await startMinio({
    openid: {
      configUrl: ours.configUrl,
      clientId: 'stint-store',
      clientSecret: randomBytes(24).toString('hex'),
      rolePolicy: 'wall',
    },
    env: {
      MINIO_IDENTITY_OPENID_CONFIG_URL_OTHER: theirs.configUrl,
      MINIO_IDENTITY_OPENID_CLIENT_ID_OTHER: 'other',
      MINIO_IDENTITY_OPENID_CLIENT_SECRET_OTHER: randomBytes(24).toString('hex'),
      MINIO_IDENTITY_OPENID_CLAIM_NAME_OTHER: 'policy',
    },
  })
  root = s3Caller(minio.endpoint, minio.root)
  await setWall(WALL)
  await root('PUT', '/box')
  await root('PUT', '/box/x', { body: 'x' })
}, 120_000)
afterAll(async () => {
  await minio?.stop()
  await theirs?.stop()
  await ours?.stop()
})

async function setWall(policy: object): Promise<void> {
  const request = { query: { name: 'wall' }, body: JSON.stringify(policy) }
  expect((await root('PUT', '/minio/admin/v3/add-canned-policy', request)).status).toBe(200)
}

let count = 0
const newSub = () => `asm-${count++}`

async function session(token: string, policy?: object): Promise<S3Caller> {
  const given = await minioWebIdentity(minio.endpoint, {
    token,
    clientId: 'stint-store',
    durationSeconds: 900,
    ...(policy === undefined ? {} : { policy }),
  })
  if (!given.ok) throw new Error(`MinIO refused: ${given.status} ${given.code}`)
  return s3Caller(minio.endpoint, given.credentials)
}
const mine = (sub = newSub()) => ours.sign({ sub, aud: 'stint-store' })
const codeOf = async (caller: S3Caller, path = '/box/x', headers = {}) => {
  const { status, code } = await caller('GET', path, { headers })
  return code ?? status
}

/** One form to the STS; what comes back is a session or a code. */
async function askSts(form: Record<string, string>, by?: AwsCredentials): Promise<AwsCredentials | string> {
  const url = new URL(minio.endpoint)
  const body = new URLSearchParams({ Version: '2011-06-15', ...form }).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const signed =
    by === undefined
      ? type
      : signSigV4({ method: 'POST', url, headers: type, body }, by, { now: new Date(), service: 'sts' })
  const { host: _own, ...headers } = signed as Record<string, string> // a plain record either way
  const response = await fetch(url, { method: 'POST', headers, body })
  const xml = await response.text()
  const read = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
  if (!response.ok) return read('Code')
  return {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  }
}

async function given(form: Record<string, string>, by?: AwsCredentials): Promise<S3Caller> {
  const found = await askSts(form, by)
  if (typeof found === 'string') throw new Error(`MinIO refused: ${found}`)
  return s3Caller(minio.endpoint, found)
}

/** Each row of the sheet, tried on the real store: whether it withstands. */
const ROWS: Readonly<Record<string, () => Promise<'holds' | 'fails'>>> = {
  // One key map serves both: our key says that it is theirs and gets any policy; theirs gets our wall.
  'second-provider': async () => {
    const claim = { sub: newSub(), aud: 'other', policy: 'consoleAdmin' }
    const token = { Action: 'AssumeRoleWithWebIdentity', DurationSeconds: '900' }
    const admin = await askSts({ ...token, WebIdentityToken: ours.sign(claim) })
    const asOurs = theirs.sign({ sub: newSub(), aud: 'stint-store' })
    const inside = await codeOf(await session(asOurs))
    if (typeof admin === 'string') return inside === 200 ? 'fails' : 'holds'
    const info = await s3Caller(minio.endpoint, admin)('GET', '/minio/admin/v3/info')
    return info.status === 200 || inside === 200 ? 'fails' : 'holds'
  },

  'key-removed': async () => {
    const old = await ours.addKey('ES256')
    await refetch()
    ours.removeKey(old.kid)
    await refetch()
    const token = ours.sign({ sub: newSub(), aud: 'stint-store' }, { key: old })
    const still = await askSts({
      Action: 'AssumeRoleWithWebIdentity',
      WebIdentityToken: token,
      RoleArn: ROLE(),
    })
    return typeof still === 'string' ? 'holds' : 'fails'
  },

  'key-replaced': async () => {
    const old = await ours.addKey('ES256')
    await refetch()
    const token = () => ours.sign({ sub: newSub(), aud: 'stint-store' }, { key: old })
    const ask = () =>
      askSts({ Action: 'AssumeRoleWithWebIdentity', WebIdentityToken: token(), RoleArn: ROLE() })
    expect(typeof (await ask())).toBe('object')
    ours.removeKey(old.kid)
    await ours.addKey('ES256', { kid: old.kid })
    await refetch()
    return typeof (await ask()) === 'string' ? 'holds' : 'fails'
  },

  'wall-edited': async () => {
    const caller = await session(mine())
    expect(await codeOf(caller)).toBe(200)
    await setWall({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }],
    })
    const after = await codeOf(caller)
    await setWall(WALL)
    return after === 'AccessDenied' ? 'holds' : 'fails'
  },

  'wall-conditions': async () => {
    const until = { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }
    await setWall(allow(['s3:GetObject'], ['arn:aws:s3:::box/*'], until))
    const caller = await session(mine())
    expect(await codeOf(caller)).toBe('AccessDenied')
    const forged = await codeOf(caller, '/box/x', { currenttime: '2010-01-01T00:00:00Z' })
    await setWall(WALL)
    return forged === 'AccessDenied' ? 'holds' : 'fails'
  },

  'revoked-by-administrator': async () => {
    const sub = newSub()
    const web = { Action: 'AssumeRoleWithWebIdentity', RoleArn: ROLE(), DurationSeconds: '900' }
    const one = await given({ ...web, WebIdentityToken: mine(sub), TokenRevokeType: 'one' })
    const two = await given({ ...web, WebIdentityToken: mine(sub), TokenRevokeType: 'two' })
    expect([await codeOf(one), await codeOf(two)]).toEqual([200, 200])
    const answer = await root('POST', '/minio/admin/v3/revoke-tokens/builtin', {
      query: { user: parentUserOf(sub, ours.url), tokenRevokeType: 'one' },
    })
    expect(answer.status).toBe(204)
    return (await codeOf(one)) === 'InvalidAccessKeyId' && (await codeOf(two)) === 200 ? 'holds' : 'fails'
  },

  'shared-user': async () => {
    const user = { accessKeyId: 'shared-user', secretAccessKey: randomBytes(20).toString('hex') }
    const sealed = sealAdminBody(
      minio.rootPassword,
      JSON.stringify({ secretKey: user.secretAccessKey, status: 'enabled' }),
    )
    const added = await root('PUT', '/minio/admin/v3/add-user', {
      query: { accessKey: user.accessKeyId },
      body: sealed,
    })
    expect(added.status).toBe(200)
    await root('PUT', '/minio/admin/v3/set-user-or-group-policy', {
      query: { policyName: 'wall', userOrGroup: user.accessKeyId, isGroup: 'false' },
    })
    const assume = { Action: 'AssumeRole', DurationSeconds: '900' }
    const hostile = await given({ ...assume, Policy: JSON.stringify(NOTHING) }, user)
    const victim = await given(assume, user)
    expect(await codeOf(victim)).toBe(200)
    await hostile('POST', '/minio/admin/v3/revoke-tokens/builtin', { query: { fullRevoke: 'true' } })
    return (await codeOf(victim)) === 200 ? 'holds' : 'fails'
  },
}

/** One bad token, and MinIO reads the key set again. */
async function refetch(): Promise<void> {
  const before = ours.count('jwks')
  const bad = ours.sign({ sub: 'x', aud: 'stint-store', exp: 1 })
  expect(await askSts({ Action: 'AssumeRoleWithWebIdentity', WebIdentityToken: bad, RoleArn: ROLE() })).toBe(
    'InvalidParameterValue',
  )
  expect(ours.count('jwks')).toBeGreaterThan(before)
}
const ROLE = () => minioRoleArn('stint-store')

test('every row that a probe leaves to an administrator is tried here', () => {
  expect(Object.keys(ROWS)).toEqual(ADMINISTRATOR_TRIES.map(({ id }) => id))
})

const MEASURED: Readonly<Record<string, string>> = COMMUNITY_MINIO

test.each(Object.keys(ROWS))('%s: community MinIO is as docs/probe.md says', async (id) => {
  expect(await ROWS[id]?.()).toBe(MEASURED[id])
})
