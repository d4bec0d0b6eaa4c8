import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditHashCommand } from '../../apps/vendor/src/cli/audit-hash.ts'
import { askApi } from '../support/admin-api.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>
const simulate = (body: unknown, query = '') =>
  askApi(vendor, `/v1/admin/simulate${query}`, { method: 'POST', body })
const sizeOf = async () => (await vendor.events('limit=1'))[0]?.seq

test.each([
  ['what is granted', {}],
  ['another branch', { ref: 'refs/heads/other' }],
  ['another repository', { repository_id: '43' }],
  ['a claim of another type', { repository_id: 42 }],
])('claims get what a token with them gets at the door: %s', async (_name, claims) => {
  const token = vendor.token(claims)
  const { status } = await vendor.exchange(token)
  const [event] = await vendor.events('type=assume.intent&type=assume.refused&limit=1')
  const { body } = await simulate({ claims: claimsOf(token), role: 'app-artifacts' })
  const decided = event?.event
  if (decided?.type !== 'assume.intent' && decided?.type !== 'assume.refused') throw new Error('no decision')
  expect([body['outcome'], body['code']]).toEqual([
    status === 200 ? 'granted' : 'refused',
    decided.type === 'assume.refused' ? decided.code : null,
  ])
  expect(body['decision']).toEqual(decided.decision)
  expect(body['notes']).toEqual([])
  expect(body['sessionPolicy'] === null).toBe(status !== 200)
})

test('says of each of the nearest mappings what stands in its way', async () => {
  const claims = claimsOf(vendor.token({ ref: 'refs/heads/other' }))
  const { body } = await simulate({ claims, role: 'app-artifacts' }, '?limit=1')
  const mappings = body['mappings'] as { name: string; inTheWay: { mend: string }[] }[]
  expect(mappings).toHaveLength(1)
  expect(mappings[0]?.inTheWay.length).toBeGreaterThan(0)
  expect(Number(body['mappingsInAll'])).toBeGreaterThan(1)
})

test('says what the door would refuse of the claims before anything is decided', async () => {
  const claims = { ...claimsOf(vendor.token()), aud: 'https://another.example.com', exp: 1 }
  const notes = (await simulate({ claims })).body['notes'] as { code: string }[]
  expect(notes.map(({ code }) => code)).toEqual(['aud_mismatch', 'expired'])
  const stranger = await simulate({ claims: { ...claims, iss: 'https://nobody.example.com' } })
  expect(stranger.body).toMatchObject({ outcome: 'refused', code: 'unknown_issuer', decision: null })
})

test('nothing is asked of a store, used up or recorded', async () => {
  const [calls, size] = [store.calls(), await sizeOf()]
  expect((await simulate({ claims: claimsOf(vendor.token()) })).status).toBe(200)
  expect([store.calls(), await sizeOf()]).toEqual([calls, size])
})

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
test.each([
  ['no claims', {}],
  ['claims that are a list', { claims: [] }],
  ['an issuer that nobody has', { claims: {}, issuer: 'nobody' }],
  ['a lifetime that is none', { claims: {}, lifetime: 'soon' }],
  ['a role by its ARN', { claims: {}, role: 'arn:aws:iam::123456789012:role/x' }],
  ['claims deeper than a token may be', { claims: { a: deep(40) } }],
  ['claims as deep as a body is long', { claims: { a: deep(3_000) } }],
  ['a member that is none', { claims: {}, colour: 'red' }],
])('refuses %s by the member', async (_name, body) => {
  expect(await simulate(body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('a token in hand is found in the log by its digest, and by nothing that shows it', async () => {
  // Of its own: two tokens of one second may be the same.
  const token = vendor.token({ run_id: 'a run of its own' })
  expect((await vendor.exchange(token)).status).toBe(200)
  const files = { 'leaked.jwt': `${token}\n` }
  const { code, out, err } = await runCli((io) => auditHashCommand(['leaked.jwt'], io), { vendor, files })
  expect([code, err]).toEqual([0, ''])
  const digest = out.trim()
  expect(digest).toMatch(/^[\w-]{32}$/)
  const found = (await vendor.events('type=assume.intent')).filter(({ event }) =>
    JSON.stringify(event).includes(digest),
  )
  expect(found).toHaveLength(1)
  const others = await askApi(vendor, '/v1/admin/audit/hash', {
    method: 'POST',
    body: { token: `${token}x` },
  })
  expect(others.body['digest']).not.toBe(digest)
  const long = { token: 'x'.repeat(16_385) }
  const refused = await askApi(vendor, '/v1/admin/audit/hash', { method: 'POST', body: long })
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request', detail: 'token' } })
  expect(JSON.stringify(refused.body)).not.toContain('xxxx')
})
