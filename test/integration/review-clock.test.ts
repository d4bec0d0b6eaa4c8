import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type EventSink, startEventSink } from '../support/event-sink.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type Item, reviewClient, reviewedWithMore } from '../support/reviews.ts'
import { ACCOUNT, type ChildVendor, startVendor } from '../support/vendor.ts'

const DAY_MS = 86_400_000
const WHY = 'looked at with its owner, ticket OPS-1234'
/** Beside the two of the usual configuration, so that a fifth of them is two. */
const MORE = Array.from({ length: 9 }, (_, at) => `more-${at + 1}`)

let store: FakeSts
let vendor: ChildVendor
let client: ReturnType<typeof reviewClient>
let receiver: EventSink
let aheadMs = 0

beforeAll(async () => {
  store = await startFakeSts()
  receiver = await startEventSink()
  // Only what persons must hear of.
  const types = ['review.reminded', 'review.held', 'review.suspended']
  const sinks = { chat: { url: receiver.url, types, allowPrivateAddresses: ['127.0.0.0/8'] } }
  vendor = await startVendor({ wallAheadMs: () => aheadMs, env: { STINT_SINKS: JSON.stringify(sinks) } })
  client = reviewClient(vendor)
})
beforeEach(async () => {
  const configuration = reviewedWithMore(vendor, store.endpoint, MORE)
  // What an earlier test ended is on again.
  expect((await vendor.apply(configuration)).body).toMatchObject({ waits: false })
})
afterAll(async () => {
  await vendor.stop()
  await receiver.stop()
  await store.stop()
})

/** Days pass while the service is off, which is when most of what is due comes due. */
async function pass(days: number): Promise<void> {
  aheadMs += days * DAY_MS
  await vendor.restart()
}

async function until(type: string, id: string, count = 1): Promise<void> {
  const of = async () =>
    (await vendor.events(`type=${type}&limit=500`)).filter(({ event }) => JSON.stringify(event).includes(id))
  await expect.poll(async () => (await of()).length, { timeout: 10_000, interval: 100 }).toBe(count)
}

async function attestAllBut(id: string, names: readonly string[]): Promise<void> {
  const items = (await client.get(`/${id}/items?limit=500`)).body['items'] as readonly Item[]
  for (const { item, standing } of items) {
    if (names.includes(String(item['name'])) || standing.state !== 'pending') continue
    expect((await client.decide(id, item.n, { verdict: 'attest' })).status).toBe(200)
  }
}

type Told = { readonly type: string; readonly review: string }
/** What the webhook was told of it: a CloudEvent each, and one that came twice is one. */
function told(type: string, id: string): readonly unknown[] {
  const all = receiver.events() as readonly (ReturnType<EventSink['events']>[number] & {
    /** The event as the log has it. */
    readonly data: Told
  })[]
  const mine = all.filter(({ data }) => data.type === type && data.review === id)
  return [...new Map(mine.map((one) => [one.id, one.data])).values()]
}

const stateOf = async (name: string) => {
  const { body } = await vendor.get(`/v1/admin/mappings/${name}`)
  return body['state']
}
const quickLook = () =>
  vendor.exchange(vendor.token(), { resource: `arn:aws:iam::${ACCOUNT}:role/quick-look` })
const due = () => new Date(Date.now() + aheadMs + 30 * DAY_MS).toISOString()
const scope = { kinds: ['mapping'] }

test('who is silent is reminded, then suspended, may be restored for two weeks, and is over after them', async () => {
  const id = await client.running({ scope, dueAt: due() })
  await attestAllBut(id, ['app-quick', 'more-1'])
  expect((await quickLook()).status).toBe(200)
  const handed = await client.item(id, 'more-1')
  const to = { to: 'rolf@example.com', rationale: WHY }
  const revision = handed.standing.revision
  expect((await client.post(`/${id}/items/${handed.item.n}/delegate`, to, { revision })).status).toBe(200)

  await pass(24)
  await until('review.reminded', id)
  const [reminded] = await vendor.events('type=review.reminded')
  expect(reminded?.event).toMatchObject({ review: id, daysLeft: 7, undecided: 2 })
  // Neither a restart nor another look reminds twice.
  await vendor.restart()
  await until('review.reminded', id)
  await expect
    .poll(() => told('review.reminded', id), { timeout: 10_000 })
    .toEqual([
      expect.objectContaining({
        title: 'fourth quarter',
        daysLeft: 7,
        undecided: 2,
        persons: expect.arrayContaining([{ person: 'rolf@example.com', undecided: 1 }]),
      }),
    ])

  await pass(7)
  await until('review.suspended', id)
  expect((await client.get(`/${id}`)).body).toMatchObject({ state: 'grace', due: { unanswered: 2 } })
  expect([await stateOf('app-quick'), await stateOf('more-1'), await stateOf('more-2')]).toEqual([
    'disabled',
    'disabled',
    'enabled',
  ])
  expect((await quickLook()).body).toMatchObject({ error: 'invalid_target' })

  const suspended = await client.item(id, 'more-1')
  const restored = await client.post(
    `/${id}/items/${suspended.item.n}/restore`,
    { rationale: WHY },
    { as: 'rolf', revision: suspended.standing.revision },
  )
  expect(restored.body).toMatchObject({ standing: { state: 'restored' }, now: { state: 'enabled' } })
  // Whoever restored it made what stands now, so another person decides over it.
  expect((await client.decide(id, suspended.item.n, { verdict: 'attest' }, 'rolf')).status).toBe(403)
  const back = { to: 'rita@example.com', rationale: WHY }
  const { standing } = await client.item(id, 'more-1')
  const ask = { as: 'rolf', revision: standing.revision }
  expect((await client.post(`/${id}/items/${suspended.item.n}/delegate`, back, ask)).status).toBe(200)
  expect((await client.decide(id, suspended.item.n, { verdict: 'attest' }, 'rita')).status).toBe(200)

  await pass(15)
  await until('review.revoked', id)
  expect(await client.item(id, 'app-quick')).toMatchObject({
    standing: { state: 'auto_revoked', proof: { by: 'decided', holds: true, outcome: 'refused' } },
  })
  expect([await stateOf('app-quick'), await stateOf('more-1')]).toEqual(['disabled', 'enabled'])
}, 60_000)

test('more than a fifth loses nothing by silence alone: it is held until a person says so', async () => {
  const id = await client.running({ scope, dueAt: due() })
  await attestAllBut(id, ['more-1', 'more-2', 'more-3'])
  await pass(31)
  await until('review.held', id)
  expect((await client.get(`/${id}`)).body).toMatchObject({ state: 'grace', held: { would: 3, active: 11 } })
  await expect
    .poll(() => told('review.held', id), { timeout: 10_000 })
    .toEqual([expect.objectContaining({ would: 3, active: 11 })])
  expect(await stateOf('more-1')).toBe('enabled')
  const { body } = await client.get(`/${id}`)
  const revision = Number(body['revision'])
  const reason = 'all three are of a team that is gone'
  expect((await client.post(`/${id}/release`, { reason }, { as: 'rita', revision })).status).toBe(403)
  expect((await client.post(`/${id}/release`, { reason }, { as: 'abe', revision })).status).toBe(200)
  await until('review.suspended', id)
  expect(await Promise.all(['more-1', 'more-2', 'more-3', 'more-4'].map(stateOf))).toEqual([
    'disabled',
    'disabled',
    'disabled',
    'enabled',
  ])
}, 60_000)

test('where the plan says keep, silence changes nothing and is written down', async () => {
  const id = await client.running({
    scope: { ...scope, mappings: ['more-4'] },
    dueAt: due(),
    noResponse: 'keep',
  })
  await pass(31)
  await until('review.unanswered', id)
  expect(await client.item(id, 'more-4')).toMatchObject({ standing: { state: 'unanswered' } })
  expect(await stateOf('more-4')).toBe('enabled')
}, 30_000)

test('many small reviews take no more by silence than a large one, and what they took counts for a quarter', async () => {
  const ids: string[] = []
  for (const name of MORE)
    ids.push(await client.running({ scope: { ...scope, mappings: [name] }, dueAt: due() }))
  const of = async (type: string) => {
    const seen = (await vendor.events(`type=${type}&limit=500`)).map(({ event }) => JSON.stringify(event))
    return ids.filter((id) => seen.some((event) => event.includes(id)))
  }
  const suspended = async () => (await of('review.suspended')).length
  await pass(31)
  await expect
    .poll(async () => (await of('review.suspended')).length + (await of('review.held')).length, {
      timeout: 20_000,
      interval: 100,
    })
    .toBe(MORE.length)
  // A fifth of 11 is two.
  expect(await suspended()).toBe(2)
  const [held = ''] = await of('review.held')
  expect((await client.get(`/${held}`)).body).toMatchObject({ held: { would: 3, active: 11 } })
  expect((await Promise.all(MORE.map(stateOf))).filter((state) => state === 'disabled')).toHaveLength(2)

  await pass(59)
  await until('review.revoked', (await of('review.suspended'))[0] ?? '')
  expect(await suspended()).toBe(2)
  // What is left is nine in force, of which one is less than a fifth.
  await pass(32)
  await expect.poll(suspended, { timeout: 20_000, interval: 100 }).toBe(3)
}, 90_000)
