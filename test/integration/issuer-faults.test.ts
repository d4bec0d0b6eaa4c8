import { afterAll, beforeAll, expect, test } from 'vitest'
import { ISSUER_FAULTS, type IssuerFault } from '../corpus/issuer-faults.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { type Answer, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { AUDIENCE, verifierFor } from '../support/verifier.ts'

let store: FakeSts
let vendor: ChildVendor
let issuers: readonly TestIssuer[]

const nameOf = (at: number) => `bad-${at}`

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  issuers = await Promise.all(ISSUER_FAULTS.map(() => startTestIssuer()))
  for (const [at, issuer] of issuers.entries()) spoil(issuer, ISSUER_FAULTS[at])
  const usual = configurationFor(vendor, store.endpoint)
  const more = Object.fromEntries(issuers.map(({ url }, at) => [nameOf(at), { ...usual.issuers.ci, url }]))
  const mappings = Object.fromEntries(
    issuers.map((_, at) => [`m-${at}`, { ...usual.mappings['app-main'], issuer: nameOf(at) }]),
  )
  const applied = await vendor.apply({
    ...usual,
    issuers: { ...usual.issuers, ...more },
    mappings: { ...usual.mappings, ...mappings },
  })
  expect(applied.status, JSON.stringify(applied.body)).toBe(200)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
})

afterAll(async () => {
  await vendor.stop()
  await Promise.all([store.stop(), ...issuers.map((issuer) => issuer.stop())])
})

function spoil(issuer: TestIssuer, row: IssuerFault | undefined): void {
  if (row === undefined) return
  if ('discovery' in row) issuer.setDiscovery(row.discovery)
  else issuer.setFault(row.document, row.fault)
}

const CLAIMS = { sub: 'repo:acme/app', repository: 'acme/app', repository_id: '42', ref: 'refs/heads/main' }

test('every fault ends in time, coded and in the log with its reason, and other issuers vend meanwhile', async () => {
  let finished = false
  const bad = Promise.all(
    issuers.map((issuer) => vendor.exchange(issuer.sign({ ...CLAIMS, aud: vendor.url }))),
  ).finally(() => {
    finished = true
  })
  // Good traffic beside all of them: a caller after the other, for as long as the last fault takes.
  const beside: Answer[] = []
  while (!finished) beside.push(await vendor.exchange(vendor.token()))
  const answers = await bad
  expect(new Set(beside.map(({ status }) => status))).toEqual(new Set([200]))
  expect(beside.length).toBeGreaterThan(20)
  expect(
    answers.flatMap(({ status, body }, at) =>
      status === 503 && body['code'] === 'identity_provider_unavailable'
        ? []
        : [`${ISSUER_FAULTS[at]?.name}: ${status}`],
    ),
  ).toEqual([])
  const refused = await vendor.events('code=jwks_unavailable&limit=500')
  expect(refused.length).toBeGreaterThan(0)
  await expect.poll(async () => (await reasons()).size, { timeout: 15_000 }).toBe(issuers.length)
  const told = await reasons()
  expect(ISSUER_FAULTS.map(({ name }, at) => [name, told.get(nameOf(at))])).toEqual(
    ISSUER_FAULTS.map(({ name, reason }) => [name, reason]),
  )
})

/** The reason in the log, by issuer. */
async function reasons(): Promise<ReadonlyMap<string, string>> {
  const events = await vendor.events('type=jwks.fetch_failed&limit=500')
  return new Map(
    events.flatMap(({ event }) =>
      event.type === 'jwks.fetch_failed' ? [[event.issuer, event.reason] as const] : [],
    ),
  )
}

test.each(ISSUER_FAULTS)('keys that are at hand outlive $name, and the log says since when', async (row) => {
  await using one = await startTestIssuer()
  const own = verifierFor(one)
  const token = (aheadSeconds: number) => {
    const iat = Math.floor(Date.now() / 1000) + aheadSeconds
    return one.sign({ sub: 's', aud: AUDIENCE, iat, exp: iat + 300 })
  }
  expect(await own.code(token(0))).toBe('ok')
  spoil(one, row)
  own.advance(2 * 3_600_000)
  expect(await own.code(token(7_200))).toBe('ok')
  expect(own.events.at(-1)?.type).toMatch(/^jwks\.(stale_used|fetch_failed)$/)
  expect(own.events.map(({ type }) => type)).toContain('jwks.stale_used')
  await own.close()
})

test('an outage is one event a reason, however often it is tried, and its end is another', async () => {
  await using one = await startTestIssuer()
  const own = verifierFor(one)
  const code = () => own.code(one.sign({ sub: 's', aud: AUDIENCE }))
  one.setFault('jwks', { kind: 'status', status: 500 })
  for (let attempt = 0; attempt < 5; attempt++) {
    expect(await code()).toBe('jwks_unavailable')
    own.advance(31_000)
  }
  one.setFault('jwks', { kind: 'body', body: '[]' })
  expect(await code()).toBe('jwks_unavailable')
  one.setFault('jwks', undefined)
  // Not beyond the leeway of the token, whose time the test's own clock is ahead of.
  own.advance(31_000)
  const now = Math.floor(Date.now() / 1000) + 200
  expect(await own.code(one.sign({ sub: 's', aud: AUDIENCE, iat: now, exp: now + 300 }))).toBe('ok')
  const told = own.events.map((event) => [event.type, 'reason' in event ? event.reason : null])
  expect(told).toEqual([
    ['jwks.fetch_failed', 'jwks_status'],
    ['jwks.fetch_failed', 'jwks_not_json'],
    ['jwks.key_added', null],
    ['jwks.refreshed', null],
  ])
  await own.close()
})
