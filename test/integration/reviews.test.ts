import { afterAll, beforeAll, expect, test } from 'vitest'
import { askApi } from '../support/admin-api.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { reviewClient, reviewedConfiguration } from '../support/reviews.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let client: ReturnType<typeof reviewClient>

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  client = reviewClient(vendor)
  const { body } = await vendor.apply(reviewedConfiguration(vendor, store.endpoint))
  expect(body).toMatchObject({ applied: true })
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

test('a review goes from a draft to its seal, and every step is an event of the log', async () => {
  const id = await client.running({ scope: { kinds: ['mapping'] } })
  const items = (await client.get(`/${id}/items`)).body['items'] as { item: { n: number; name: string } }[]
  expect(items.map(({ item }) => item.name).toSorted()).toEqual(['app-main', 'app-quick'])
  for (const { item } of items)
    expect((await client.decide(id, item.n, { verdict: 'attest' })).body).toMatchObject({
      standing: { state: 'attested' },
    })
  const { body: running } = await client.get(`/${id}`)
  const closed = await client.post(`/${id}/close`, {}, { revision: Number(running['revision']) })
  expect(closed.body).toMatchObject({ state: 'closed', closed: { counts: { attested: 2 } } })
  const sealed = await client.post(`/${id}/seal`, {}, { revision: Number(closed.body['revision']) })
  expect(sealed.body).toMatchObject({ state: 'sealed' })
  const events = await vendor.events('limit=500')
  const types = events.map(({ event }) => event.type).filter((type) => type.startsWith('review.'))
  expect(types.toReversed()).toEqual([
    'review.drafted',
    'review.prepared',
    'review.started',
    'review.decided',
    'review.decided',
    'review.closed',
    'review.sealed',
  ])
  expect((await client.get(`/${id}/report.json`)).body).toMatchObject({
    snapshot: { holds: true },
    breaches: [],
    counts: { attested: 2 },
  })
})

test('what is revoked is disabled, its sessions are ended, and a subject that it admitted is refused', async () => {
  const id = await client.running({ scope: { kinds: ['mapping'], mappings: ['app-quick'] } })
  const { item } = await client.item(id, 'app-quick')
  const { status, body } = await client.decide(id, item.n, { verdict: 'revoke' })
  expect(status).toBe(200)
  expect(body).toMatchObject({
    standing: {
      state: 'verified',
      remediation: { how: 'disable', detail: null },
      proof: { by: 'decided', holds: true, control: true, outcome: 'refused', live: 0 },
    },
    now: { state: 'disabled' },
  })
  const mapping = await askApi(vendor, '/v1/admin/mappings/app-quick')
  expect(mapping.body).toMatchObject({ state: 'disabled' })
})

test('a deferral lasts to thirty days after the due date at the latest, and the refusal says between which instants', async () => {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  const dueAt = day(60)
  const id = await client.running({ scope: { kinds: ['mapping'], mappings: ['app-main'] }, dueAt })
  const { item } = await client.item(id, 'app-main')
  const defer = (until: string, as?: string) => client.decide(id, item.n, { verdict: 'defer', until }, as)
  const last = new Date(Date.parse(dueAt) + 30 * 86_400_000).toISOString()
  for (const until of [day(20), dueAt, day(91)])
    expect(await defer(until)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', detail: expect.stringMatching(`${item.n}.*${dueAt}.*${last}`) },
    })
  expect((await defer(last)).body).toMatchObject({
    standing: { deferral: { until: last, confirmedBy: null } },
  })
  expect((await defer(last, 'rolf')).body).toMatchObject({
    standing: { state: 'deferred', deferral: { until: last, confirmedBy: { person: 'rolf@example.com' } } },
  })
})

test('a period ends before its last instant: in its use, and in what is asked of the log', async () => {
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  const midnight = new Date(new Date().setUTCHours(0, 0, 0, 0))
  const at = (days: number) => new Date(midnight.getTime() + days * 86_400_000).toISOString()
  const issuedIn = async (from: string, to: string) => {
    const scope = { kinds: ['mapping'], mappings: ['app-main'] }
    const id = await client.running({ period: { from, to }, scope })
    const { item } = await client.item(id, 'app-main')
    return (item['usage'] as { issued: number } | null)?.issued ?? 0 // the admin door's own answer
  }
  // The day of the session is in one of two periods that meet, and in no other.
  expect(await issuedIn(at(-1), at(0))).toBe(0)
  expect(await issuedIn(at(0), at(1))).toBeGreaterThan(0)
  expect(await issuedIn(at(1), at(2))).toBe(0)

  const [newest] = await vendor.events('type=assume.issued&limit=1')
  const instant = String(newest?.event.at)
  const seqs = async (query: string) =>
    (await vendor.events(`type=assume.issued&${query}`)).map(({ seq }) => seq)
  expect(await seqs(`from=${instant}`)).toContain(newest?.seq)
  expect(await seqs(`to=${instant}`)).not.toContain(newest?.seq)
  expect(await seqs(`to=${new Date(Date.parse(instant) + 1).toISOString()}`)).toContain(newest?.seq)
})

test('a period of days is whole over REST as well, and an end that leaves out its last second is refused with the one that is meant', async () => {
  const draft = (period: object) =>
    client.post('', { title: 'q', period, dueAt: new Date(Date.now() + 86_400_000).toISOString() })
  const { status, body } = await draft({ from: '2026-07-01', to: '2026-09-30' })
  expect([status, body]).toMatchObject([
    201,
    { plan: { period: { from: '2026-07-01T00:00:00.000Z', to: '2026-10-01T00:00:00.000Z' } } },
  ])
  for (const to of ['2026-09-30T23:59:59Z', '2026-09-30T23:59:59.999+00:00'])
    expect(await draft({ from: '2026-07-01', to })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', detail: expect.stringMatching(/2026-10-01T00:00:00.*2026-09-30$/) },
    })
  expect((await draft({ from: '2026-07-01', to: '2026-02-30' })).status).toBe(400)
})
