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

test('gives the key triple in the form of RFC 8693, and no cache may keep it', async () => {
  const { status, headers, body } = await vendor.exchange(vendor.token())
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body).toMatchObject({ token_type: 'N_A', role: `arn:aws:iam::${ACCOUNT}:role/app-artifacts` })
  expect(body['access_token']).toBe((body['credentials'] as Record<string, string>)['session_token']) // a string in any answer of ours
  expect(body['expires_in']).toBeGreaterThan(3590)
})

test('sends the store a session policy for that repository and a sub that is the assumption', async () => {
  const { body } = await vendor.exchange(vendor.token({ repository: 'acme/lib' }))
  const session = store.sessions.find(({ sub }) => sub === body['assumption_id'])
  expect(JSON.parse(session?.policy ?? '')).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: ['arn:aws:s3:::artifacts/acme/lib/*'],
      },
    ],
  })
})

test('takes a token with the last newline of the file that it was read from', async () => {
  expect((await vendor.exchange(`${vendor.token()}\n`)).status).toBe(200)
})

test('ignores a parameter that it does not know, as RFC 6749 §3.2 asks', async () => {
  expect((await vendor.exchange(vendor.token(), { colour: 'blue' })).status).toBe(200)
})

test('can be found by RFC 8414 metadata', async () => {
  const { body } = await vendor.get('/.well-known/oauth-authorization-server')
  expect(body).toMatchObject({ issuer: vendor.url, token_endpoint: `${vendor.url}/v1/token` })
})

const REFUSED_REQUESTS = [
  { name: 'a missing grant type', form: { grant_type: '' }, status: 400, code: 'invalid_request' },
  {
    name: 'another grant type',
    form: { grant_type: 'client_credentials' },
    status: 400,
    code: 'unsupported_grant_type',
  },
  { name: 'a missing subject token', form: { subject_token: '' }, status: 400, code: 'invalid_request' },
  {
    name: 'a SAML token',
    form: { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
    status: 400,
    code: 'invalid_request',
  },
  {
    name: 'an actor',
    form: { actor_token: 'x', actor_token_type: 'y' },
    status: 400,
    code: 'invalid_request',
  },
  { name: 'an empty policy', form: { policy: '' }, status: 400, code: 'caller_policy_malformed' },
  {
    name: 'a policy over the limit',
    form: { policy: ' '.repeat(2049).replace(/^ /, '{') },
    status: 400,
    code: 'caller_policy_too_large',
  },
  { name: 'an audience', form: { audience: 'x' }, status: 400, code: 'target_unsupported' },
  {
    name: 'another kind of token wanted',
    form: { requested_token_type: 'urn:x' },
    status: 400,
    code: 'invalid_request',
  },
  {
    name: 'a lifetime that is no number',
    form: { duration_seconds: '1h' },
    status: 400,
    code: 'invalid_request',
  },
  { name: 'a lifetime of nothing', form: { duration_seconds: '0' }, status: 400, code: 'invalid_request' },
  {
    name: 'a session name that STS would not read',
    form: { role_session_name: 'a b' },
    status: 400,
    code: 'invalid_request',
  },
  {
    name: 'a lifetime above twelve hours',
    form: { duration_seconds: '43201' },
    status: 400,
    code: 'lifetime_refused',
  },
  {
    name: 'a lifetime below the least of the role',
    form: { duration_seconds: '899' },
    status: 400,
    code: 'lifetime_refused',
  },
  {
    name: 'an unknown role',
    form: { resource: `arn:aws:iam::${ACCOUNT}:role/nobody` },
    status: 400,
    code: 'access_denied',
  },
  {
    name: 'a role of another account',
    form: { resource: 'arn:aws:iam::210987654321:role/app-artifacts' },
    status: 400,
    code: 'access_denied',
  },
  { name: 'no role where two mappings match', form: { resource: '' }, status: 400, code: 'role_required' },
]

test.each(REFUSED_REQUESTS)('refuses $name', async ({ form, status, code }) => {
  const answer = await vendor.exchange(vendor.token(), form)
  expect([answer.status, answer.body['code']]).toEqual([status, code])
  expect(answer.body['request_id']).toMatch(/^req_/)
})

const RAW = [
  {
    name: 'a parameter twice',
    type: 'application/x-www-form-urlencoded',
    body: 'grant_type=a&grant_type=b',
    status: 400,
    code: 'invalid_request',
  },
  {
    name: 'two tokens',
    type: 'application/x-www-form-urlencoded',
    body: 'subject_token=a&subject_token=b',
    status: 400,
    code: 'invalid_request',
  },
  { name: 'JSON', type: 'application/json', body: '{}', status: 415, code: 'unsupported_media_type' },
  { name: 'no type at all', type: '', body: 'grant_type=a', status: 415, code: 'unsupported_media_type' },
  {
    name: 'an empty body',
    type: 'application/x-www-form-urlencoded',
    body: '',
    status: 400,
    code: 'invalid_request',
  },
  {
    name: 'a body beyond the limit',
    type: 'application/x-www-form-urlencoded',
    body: `subject_token=${'a'.repeat(40_000)}`,
    status: 413,
    code: 'request_too_large',
  },
]

test.each(RAW)('refuses $name', async ({ type, body, status, code }) => {
  const response = await fetch(`${vendor.url}/v1/token`, {
    method: 'POST',
    headers: type === '' ? { 'content-type': '' } : { 'content-type': type },
    body,
  })
  const answer: unknown = await response.json()
  expect(response.status).toBe(status)
  expect(answer).toMatchObject({ code })
})

test('names the parameter that is wrong', async () => {
  const { body } = await vendor.exchange(vendor.token(), { duration_seconds: '1h' })
  expect(body['error_description']).toContain('duration_seconds')
  expect((await vendor.get('/v1/admin/audit/events?colour=blue')).body).toMatchObject({
    status: 400,
    detail: 'colour',
  })
})

test('counts a body without a length while it reads it', async () => {
  const piece = new TextEncoder().encode('a'.repeat(8192))
  let pieces = 0
  const body = new ReadableStream({
    pull(controller) {
      pieces += 1
      controller.enqueue(piece)
    },
  })
  const request = fetch(`${vendor.url}/v1/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    duplex: 'half',
  } as RequestInit) // `duplex` is missing in the type of Node 24's RequestInit
  const status = await request.then(
    (response) => response.status,
    () => 413, // the server answered and closed before the client had sent everything
  )
  expect(status).toBe(413)
  expect(pieces).toBeLessThan(1000)
})

test('answers another method with what it takes', async () => {
  const response = await fetch(`${vendor.url}/v1/token`)
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
})

const REFUSED_TOKENS = [
  {
    name: 'another audience',
    claims: { aud: 'https://other.example.com' },
    code: 'identity_claim_rejected',
    event: 'aud_mismatch',
  },
  {
    name: 'an audience that is ours only as a substring',
    claims: { aud: 'http://127.0.0.1' },
    code: 'identity_claim_rejected',
    event: 'aud_mismatch',
  },
  {
    name: 'the admin audience beside ours',
    claims: { aud: ['OURS', 'stint-admin'] },
    code: 'identity_claim_rejected',
    event: 'aud_mismatch',
  },
  {
    name: 'an expired token',
    claims: { iat: 1_000_000_000, exp: 1_000_000_300 },
    code: 'expired_token',
    event: 'expired',
  },
  {
    name: 'a token of the future',
    claims: { nbf: 4_000_000_000 },
    code: 'expired_token',
    event: 'not_yet_valid',
  },
  {
    name: 'an issuer that nobody configured',
    claims: { iss: 'https://evil.example.com' },
    code: 'invalid_identity_token',
    event: 'unknown_issuer',
  },
  { name: 'a wrong branch', claims: { ref: 'refs/heads/evil' }, code: 'access_denied', event: 'no_mapping' },
  {
    name: 'an id that is a number',
    claims: { repository_id: 42 },
    code: 'access_denied',
    event: 'no_mapping',
  },
  {
    name: 'a claim that would widen the policy',
    claims: { repository: 'acme/*' },
    code: 'access_denied',
    event: 'claim_value_refused',
  },
  {
    name: 'a claim that climbs',
    claims: { repository: 'acme/../other' },
    code: 'access_denied',
    event: 'claim_value_refused',
  },
  {
    name: 'a claim that is a policy variable',
    claims: { repository: ['$', 'jwt:sub'].join('{').concat('}') },
    code: 'access_denied',
    event: 'claim_value_refused',
  },
]

test.each(REFUSED_TOKENS)('refuses $name, and the operator sees why', async ({ claims, code, event }) => {
  const ours =
    'aud' in claims && Array.isArray(claims.aud)
      ? { ...claims, aud: claims.aud.map((one) => (one === 'OURS' ? vendor.url : one)) }
      : claims
  const { status, body } = await vendor.exchange(vendor.token(ours))
  expect([status, body['code']]).toEqual([400, code])
  const found = (await vendor.events('type=assume.refused&type=assume.refused_summary&limit=100')).map(
    (one) => one.event,
  )
  const mine = found.find((one) => 'request' in one && one.request === body['request_id'])
  // A flood may have collapsed it: then its summary is written within a second, under the same id.
  if (mine !== undefined) expect(mine).toMatchObject({ code: event })
  else
    await expect
      .poll(async () =>
        (await vendor.events(`request=${String(body['request_id'])}`)).map((one) =>
          'code' in one.event ? one.event.code : '',
        ),
      )
      .toEqual([event])
})

test('no canary of a token or a secret is in the log, the audit or the database', async () => {
  const token = vendor.token({ jti: 'fine', unnamed_claim: 'canary-claim-91c2' })
  const { body } = await vendor.exchange(token)
  const credentials = body['credentials'] as Record<string, string> // our own answer, tested above
  const { readFile, readdir } = await import('node:fs/promises')
  const files = (await readdir(vendor.dataFolder)).filter((name) => /\.db/.test(name))
  const texts = await Promise.all(files.map((name) => readFile(`${vendor.dataFolder}/${name}`, 'latin1')))
  const all = [vendor.logged(), JSON.stringify(await vendor.events()), ...texts].join('\n')
  expect(files.length).toBeGreaterThan(1)
  expect(all).toContain(String(body['assumption_id']))
  const marks = [
    token,
    token.split('.')[2],
    'canary-claim-91c2',
    credentials['secret_access_key'],
    credentials['session_token'],
  ]
  for (const mark of marks) expect(all.includes(String(mark))).toBe(false)
})
