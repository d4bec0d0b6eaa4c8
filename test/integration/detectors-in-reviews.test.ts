import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { reviewClient, reviewedConfiguration } from '../support/reviews.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

const DAY = 86_400_000
const ACCEPTED = 'condition_forgeable'

let store: FakeSts
let vendor: ChildVendor
let client: ReturnType<typeof reviewClient>
let ahead = 0

/** A role lives with a finding by name, and `app-main` says another purpose each time. */
async function edit(purpose: string): Promise<void> {
  const first = reviewedConfiguration(vendor, store.endpoint)
  const { mappings, roles } = first
  const edited = {
    ...first,
    roles: { ...roles, 'quick-look': { ...roles['quick-look'], accept: [ACCEPTED] } },
    mappings: { ...mappings, 'app-main': { ...mappings['app-main'], purpose } },
  }
  expect((await vendor.apply(edited)).status).toBe(200)
}

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ wallAheadMs: () => ahead })
  client = reviewClient(vendor)
  expect((await vendor.apply(reviewedConfiguration(vendor, store.endpoint))).status).toBe(200)
  await edit('the nightly build')
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

async function findings(query: string): Promise<readonly Record<string, unknown>[]> {
  const { status, body } = await vendor.get(`/v1/admin/findings?limit=1000&${query}`)
  expect(status).toBe(200)
  return body['findings'] as Record<string, unknown>[] // the admin door's own answer
}

test('what detectors find stands in the items of a review, with what to do', async () => {
  const id = await client.running()
  const { item } = await client.item(id, 'app-main')
  const [edited] = await findings('detector=S11')
  expect(edited).toMatchObject({ name: 'app-main', rule: 'edited-unapproved' })
  expect(item['findings']).toContainEqual({
    detector: 'S11',
    rule: 'edited-unapproved',
    severity: edited?.['severity'],
    message: edited?.['message'],
    fix: edited?.['fix'],
  })
  const exception = await client.item(id, `role/quick-look/${ACCEPTED}`, 'exception')
  expect(exception.item['findings']).toContainEqual(
    expect.objectContaining({ rule: 'exception-standing', severity: 'notice' }),
  )
})

test('a mapping that a reviewer attested is not told as edited and unapproved any more, until it is edited again', async () => {
  const id = await client.running({ scope: { kinds: ['mapping'], mappings: ['app-main'] } })
  const { item } = await client.item(id, 'app-main')
  expect(await findings('detector=S11')).toHaveLength(1)
  expect((await client.decide(id, item.n, { verdict: 'attest' })).status).toBe(200)
  ahead += 2 * 60_000
  expect(await findings('detector=S11')).toEqual([])
  await edit('the weekly build')
  expect(await findings('detector=S11')).toMatchObject([{ name: 'app-main', evidence: { version: 3 } }])
})

test('an exception that a reviewer attested is asked about half a year later, and not before', async () => {
  const own = () => findings('detector=S18&name=quick-look&rule=exception-standing')
  const id = await client.running({ scope: { kinds: ['exception'] } })
  const { item } = await client.item(id, `role/quick-look/${ACCEPTED}`, 'exception')
  expect((await client.decide(id, item.n, { verdict: 'attest' })).status).toBe(200)
  ahead += 2 * 60_000
  expect(await own()).toMatchObject([
    { severity: 'notice', evidence: { code: ACCEPTED, attested: expect.stringMatching(/^\d{4}-/) } },
  ])
  ahead += 181 * DAY
  expect(await own()).toMatchObject([{ severity: 'warning' }])
})
