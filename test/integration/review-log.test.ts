import { afterAll, beforeAll, expect, test } from 'vitest'
import { reviewCommand } from '../../apps/vendor/src/cli/review.ts'
import { askApi } from '../support/admin-api.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { unpack } from '../support/packs.ts'
import { reviewClient, reviewedConfiguration } from '../support/reviews.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

const WHY = 'the host was suspended that night, ticket OPS-1234'
const HOUR_MS = 3_600_000
type Found = {
  readonly key: string
  readonly detector: string
  readonly standing: boolean
  readonly acknowledged: boolean
}

let store: FakeSts
let vendor: ChildVendor
let client: ReturnType<typeof reviewClient>
let id: string
let aheadMs = 0

/** The wall clock goes on by an hour in no time: what S19 tells of. */
async function suspended(): Promise<void> {
  for (let at = 0; at < 3; at++) await vendor.exchange(vendor.token())
  aheadMs += HOUR_MS
  for (let at = 0; at < 3; at++) await vendor.exchange(vendor.token())
}

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ wallAheadMs: () => aheadMs })
  client = reviewClient(vendor)
  expect((await vendor.apply(reviewedConfiguration(vendor, store.endpoint))).body).toMatchObject({
    applied: true,
  })
  await suspended()
  id = await client.running({ scope: { kinds: ['mapping'], mappings: ['app-quick'] } })
  const { item } = await client.item(id, 'app-quick')
  expect((await client.decide(id, item.n, { verdict: 'attest' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const found = async () => (await client.get(`/${id}/log`)).body['findings'] as readonly Found[]
const revision = async () => Number((await client.get(`/${id}`)).body['revision'])
async function acknowledge(keys: readonly string[], rationale = WHY, as = 'rita') {
  return client.post(`/${id}/log/acknowledge`, { keys, rationale }, { as, revision: await revision() })
}
const seal = async () => client.post(`/${id}/seal`, {}, { revision: await revision() })

test('what is found about the log has a place in the review, from when it was prepared', async () => {
  const all = await found()
  expect(all.length).toBeGreaterThan(0)
  expect(all[0]).toMatchObject({ detector: 'S19', rule: 'log-health', standing: true, acknowledged: false })
})

test('a reviewer acknowledges it with a reason, and nobody else; what is none of it is refused', async () => {
  const [{ key } = { key: '' }] = await found()
  expect((await acknowledge([key], 'too short')).status).toBe(400)
  expect((await acknowledge(['S19/log/audit/of-another-log'])).status).toBe(400)
  expect((await acknowledge([])).status).toBe(400)
  for (const as of ['ada', 'ann', 'abe', 'opal', 'vic'])
    expect((await acknowledge([key], WHY, as)).status).toBe(403)
  const stale = await client.post(`/${id}/log/acknowledge`, { keys: [key], rationale: WHY }, { revision: 1 })
  expect(stale.body).toMatchObject({ code: 'precondition_failed' })
  expect((await found()).some(({ acknowledged }) => acknowledged)).toBe(false)
})

test('a review is sealed only when all of it is acknowledged, what came meanwhile as well; and the pack says by whom and why', async () => {
  expect((await client.post(`/${id}/close`, {}, { revision: await revision() })).status).toBe(200)
  expect(await seal()).toMatchObject({ status: 409, body: { code: 'review_state' } })
  expect(vendor.logged()).toContain('"code":"review_log_unacknowledged"')
  const first = await found()
  expect((await acknowledge(first.map(({ key }) => key))).status).toBe(200)
  expect((await found()).every(({ acknowledged }) => acknowledged)).toBe(true)
  await suspended()
  expect((await seal()).status).toBe(409)
  const later = (await found()).filter(({ acknowledged }) => !acknowledged)
  expect(later.length).toBeGreaterThan(0)
  const shown = await runCli((io) => reviewCommand(['log', id], io), { vendor })
  expect(shown.out).toContain('waits notice S19')
  expect(shown.out).toContain('acknowledged notice S19')
  const [{ key: one } = { key: '' }, ...rest] = later
  const said = await runCli(
    (io) => reviewCommand(['acknowledge', id, '--key', one, '--rationale', WHY], io),
    { vendor },
  )
  expect([said.code, said.out]).toEqual([0, '1 findings acknowledged\n'])
  const asked = { keys: [one, ...rest.map(({ key }) => key)], rationale: WHY }
  const once = { revision: await revision(), key: 'acknowledged-once' }
  expect((await client.post(`/${id}/log/acknowledge`, asked, once)).status).toBe(200)
  // Sent again it is the same request.
  expect((await client.post(`/${id}/log/acknowledge`, asked, once)).status).toBe(200)
  const sealed = await seal()
  expect(sealed.body).toMatchObject({
    state: 'sealed',
    acknowledged: [{ rationale: WHY }, { rationale: WHY }, { rationale: WHY }],
  })
  expect((await acknowledge([first[0]?.key ?? ''])).body).toMatchObject({ code: 'review_state' })

  const made = await askApi(vendor, `/v1/admin/reviews/${id}/evidence`, {
    method: 'POST',
    as: 'ada',
    body: {},
  })
  expect(made.status).toBe(200)
  const token = vendor.admin.sign({ sub: 'ada', aud: 'stint-admin' })
  const tar = await fetch(`${vendor.url}/v1/admin/reviews/${id}/evidence.tar`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const files = new Map(
    unpack(Buffer.from(await tar.arrayBuffer())).map((file) => [file.name, String(file.content)]),
  )
  const table = files.get('08-log-findings.csv') ?? ''
  expect(table.trim().split('\r\n')).toHaveLength(1 + first.length + 1 + later.length)
  expect(table).toContain('rita@example.com')
  expect(files.get('log-events.jsonl')).toContain('review.acknowledged')
  const head = JSON.parse(files.get('03-snapshot.jsonl')?.split('\n')[0] ?? '{}')
  expect(head.ofLog).toEqual(first.map(({ key }) => expect.objectContaining({ key })))
  expect(files.get('index.html')).toContain('<figure>')
})

test('an issuer’s item says since when its oldest key is known, a target’s since when its own stands', async () => {
  const next = await client.running({ scope: { kinds: ['issuer', 'target'] } })
  for (const [kind, name] of [
    ['issuer', 'ci'],
    ['target', 'store'],
  ] as const) {
    const { item } = await client.item(next, name, kind)
    expect([kind, item['keySince']]).toEqual([kind, expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)])
  }
})
