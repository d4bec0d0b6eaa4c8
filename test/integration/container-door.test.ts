import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  const applied = await vendor.apply(configurationFor(vendor, store.endpoint))
  expect(applied.status).toBe(200)
})
afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
})

const ROLE = '/v1/credentials/app-artifacts'

async function get(path: string, authorization: string | undefined, init: RequestInit = {}) {
  const headers = authorization === undefined ? {} : { authorization }
  const response = await fetch(vendor.url + path, { headers, ...init })
  const body = (await response.json()) as Record<string, unknown> // an object, by the protocol
  return { status: response.status, headers: response.headers, body }
}

test('answers the document that every SDK accepts, under exactly application/json', async () => {
  const { status, headers, body } = await get(ROLE, vendor.token())
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/json')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body).toMatchObject({ Code: 'Success', Type: 'AWS-HMAC', AccountId: ACCOUNT })
  expect(body['AccessKeyID']).toBe(body['AccessKeyId'])
  expect(Object.keys(body)).toEqual([
    'Code',
    'Type',
    'LastUpdated',
    'AccessKeyId',
    'AccessKeyID',
    'SecretAccessKey',
    'Token',
    'Expiration',
    'AccountId',
    'RoleArn',
  ])
  expect(body['Expiration']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
})

test('answers what credential_process reads, with Version as a number', async () => {
  const { status, body } = await get(`${ROLE}?format=process`, `Bearer ${vendor.token()}`)
  expect(status).toBe(200)
  expect(body).toEqual({
    Version: 1,
    AccessKeyId: expect.any(String),
    SecretAccessKey: expect.any(String),
    SessionToken: expect.any(String),
    Expiration: expect.stringMatching(/Z$/),
    AccountId: ACCOUNT,
  })
})

test.each(['', 'Bearer ', 'bearer ', 'BEARER   '])('takes the token behind "%s"', async (scheme) => {
  expect((await get(ROLE, scheme + vendor.token())).status).toBe(200)
})

test('takes a token of the longest kind that is read', async () => {
  const filler = Array.from({ length: 5 }, () => 'x'.repeat(2_000))
  const token = vendor.token({ filler })
  expect(token.length).toBeGreaterThan(13_000)
  expect((await get(ROLE, token)).status).toBe(200)
})

test('needs no role where one mapping matches', async () => {
  const token = vendor.token({ ref: 'refs/heads/other' })
  for (const path of ['/v1/credentials', '/v1/credentials/'])
    expect((await get(path, token)).status).toBe(200)
})

test('gives a shorter session where one is asked for, and the audit names the door', async () => {
  const { headers } = await get(`${ROLE}?duration_seconds=900&format=process`, vendor.token())
  const [found] = await vendor.events(`request=${headers.get('x-amzn-requestid')}&type=assume.intent`)
  expect(found?.event).toMatchObject({
    door: 'process',
    decision: { lifetime: { askedSeconds: 900, givenSeconds: 900 } },
  })
})

const REFUSED = [
  { name: 'no Authorization', path: ROLE, token: undefined, status: 401, code: 'MissingAuthenticationToken' },
  { name: 'an empty Authorization', path: ROLE, token: '', status: 401, code: 'MissingAuthenticationToken' },
  { name: 'a scheme and no token', path: ROLE, token: 'Bearer ', status: 401, code: 'InvalidIdentityToken' },
  { name: 'another scheme', path: ROLE, token: 'Basic YTpi', status: 401, code: 'InvalidIdentityToken' },
  { name: 'a token that is none', path: ROLE, token: 'a.b.c', status: 401, code: 'InvalidIdentityToken' },
  { name: 'an unknown role', path: '/v1/credentials/nobody', status: 403, code: 'AccessDenied' },
  { name: 'a role that no name is', path: '/v1/credentials/A%20B', status: 400, code: 'ValidationError' },
  { name: 'a path below a role', path: `${ROLE}/x`, status: 404, code: 'NotFound' },
  {
    name: 'no role where two mappings match',
    path: '/v1/credentials',
    status: 400,
    code: 'MissingParameter',
  },
  { name: 'an unknown format', path: `${ROLE}?format=env`, status: 400, code: 'ValidationError' },
  { name: 'a misspelt parameter', path: `${ROLE}?fromat=process`, status: 400, code: 'ValidationError' },
  {
    name: 'a parameter twice',
    path: `${ROLE}?format=process&format=process`,
    status: 400,
    code: 'InvalidParameterValue',
  },
  {
    name: 'a second question mark before what is asked',
    path: `${ROLE}?format=process?duration_seconds=900`,
    status: 400,
    code: 'ValidationError',
  },
  { name: 'a token in the query', path: `${ROLE}?token=a.b.c`, status: 400, code: 'ValidationError' },
  {
    name: 'a lifetime below the least of the role',
    path: `${ROLE}?duration_seconds=60`,
    status: 400,
    code: 'ValidationError',
  },
  {
    name: 'a lifetime that is no number',
    path: `${ROLE}?duration_seconds=1h`,
    status: 400,
    code: 'ValidationError',
  },
]

test.each(REFUSED)('refuses $name with a Code and a Message', async ({ path, status, code, ...row }) => {
  const answer = await get(path, 'token' in row ? row.token : vendor.token())
  expect([answer.status, answer.body['Code']]).toEqual([status, code])
  expect(answer.body['Message']).toMatch(/req_/)
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.headers.get('location')).toBeNull()
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('answers %s with what it takes', async (method) => {
  const { status, headers, body } = await get(ROLE, vendor.token(), { method })
  expect([status, headers.get('allow'), body['Code']]).toEqual([405, 'GET', 'MethodNotAllowed'])
})

test('a HEAD mints nothing', async () => {
  const before = store.calls()
  const head = await fetch(vendor.url + ROLE, { method: 'HEAD', headers: { authorization: vendor.token() } })
  expect([head.status, store.calls()]).toEqual([405, before])
})
