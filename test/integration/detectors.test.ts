import { afterAll, beforeAll, expect, test } from 'vitest'
import { findingsCommand } from '../../apps/vendor/src/cli/findings.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

const DAY = 86_400_000

let store: FakeSts
let vendor: ChildVendor
let ahead = 0

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ wallAheadMs: () => ahead })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
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
const detectorsOf = async (name: string) =>
  (await findings(`source=detector&name=${name}`)).map(({ detector }) => detector)

test('a mapping that gives sessions is not unused, and one that never does is, when its time of grace is over', async () => {
  const { status } = await vendor.exchange(vendor.token())
  expect(status).toBe(200)
  expect(await detectorsOf('app-main')).not.toContain('S02')
  expect(await detectorsOf('app-quick')).not.toContain('S02')
  ahead = 15 * DAY
  expect(await detectorsOf('app-quick')).toContain('S02')
  expect(await detectorsOf('app-main')).not.toContain('S02')
})

test('a mapping that was used once is unused after 90 days', async () => {
  ahead = 89 * DAY
  expect(await detectorsOf('app-main')).not.toContain('S01')
  ahead = 91 * DAY
  expect(await findings('detector=S01')).toMatchObject([
    { rule: 'unused', severity: 'warning', kind: 'mapping', name: 'app-main', evidence: { days: 91 } },
  ])
})

test('mappings of two roles that both match who was seen are told', async () => {
  expect(await findings('detector=S12')).toMatchObject([
    { name: 'app-main', evidence: { other: 'app-quick', role: 'app-artifacts', otherRole: 'quick-look' } },
  ])
})

test('the log hears of each finding once, and when it is gone', async () => {
  const eventsOf = async (type: string) =>
    (await vendor.events(`type=${type}&limit=500`)).flatMap(({ event }) =>
      event.type === 'finding.opened' || event.type === 'finding.closed' ? event.findings : [],
    )
  const opened = await eventsOf('finding.opened')
  const keys = opened.map(({ key }) => key)
  expect(keys).toContain('S01/mapping/app-main/unused')
  ahead = 92 * DAY
  await findings('')
  expect((await eventsOf('finding.opened')).length).toBe(keys.length)
  // It is used again: what was unused is not any more. The store lives in the same year.
  const later = (_: string, at: string) =>
    `<Expiration>${new Date(Date.parse(at) + ahead).toISOString()}</Expiration>`
  store.setFault({
    kind: 'rewrite',
    rewrite: (xml) => xml.replace(/<Expiration>([^<]*)<\/Expiration>/, later),
  })
  const { status } = await vendor.exchange(vendor.token())
  expect(status).toBe(200)
  ahead += 2 * 60_000
  expect(await findings('detector=S01')).toEqual([])
  expect((await eventsOf('finding.closed')).map(({ key }) => key)).toContain('S01/mapping/app-main/unused')
  const gone = await findings('state=gone')
  expect(gone.find(({ key }) => key === 'S01/mapping/app-main/unused')).toMatchObject({
    detector: 'S01',
    times: 1,
    firstSeen: expect.stringMatching(/Z$/),
    gone: expect.stringMatching(/Z$/),
  })
})

test('what was found is remembered over a restart, and not announced again', async () => {
  const before = await findings('detector=S02')
  expect(before).toHaveLength(1)
  await vendor.restart()
  const after = await findings('detector=S02')
  expect(after.map(({ key, firstSeen }) => [key, firstSeen])).toEqual(
    before.map(({ key, firstSeen }) => [key, firstSeen]),
  )
})

test('what a detector takes from the lint is found by the lint’s rule, and stands once', async () => {
  const { issuers, ...rest } = configurationFor(vendor, store.endpoint)
  const mappings = { ...rest.mappings, 'app-main': { ...rest.mappings['app-main'], owner: 'bob' } }
  expect((await vendor.apply({ ...rest, issuers, mappings })).status).toBe(200)
  const found = await findings('name=app-main')
  expect(found.filter(({ rule }) => rule === 'owner-unreachable')).toMatchObject([
    { detector: 'S10', source: 'detector', at: ['owner'] },
  ])
  // Nobody is asked for a second yes here, so that edit was approved by nobody.
  expect(found).toEqual(
    expect.arrayContaining([expect.objectContaining({ detector: 'S11', severity: 'warning' })]),
  )
})

test('findings are in one order, whatever the page', async () => {
  const whole = await findings('')
  const pages: unknown[] = []
  for (let after = 0; after < whole.length; after += 3) {
    const { body } = await vendor.get(`/v1/admin/findings?limit=3&after=${after}`)
    pages.push(...(body['findings'] as unknown[])) // as above
  }
  expect(pages).toEqual(whole)
})

test('stint findings says the detector, and since when', async () => {
  const { code, out } = await runCli((io) => findingsCommand(['--detector', 'S02'], io), { vendor })
  expect(code).toBe(0)
  expect(out).toMatch(/^warning never-used: mapping app-quick \[S02 since \d{4}-\d{2}-\d{2}\]\n/)
  const gone = await runCli((io) => findingsCommand(['--gone'], io), { vendor })
  expect(gone.out).toMatch(/^warning unused: mapping app-main \[S01\]\n/m)
})

test('refuses values that no finding has, by the name of the parameter', async () => {
  for (const query of [
    'detector=S21',
    'source=x',
    'kind=nothing',
    'severity=error',
    'state=gone&rule=unused',
  ])
    expect((await vendor.get(`/v1/admin/findings?${query}`)).status, query).toBe(400)
})

test('a large configuration is looked at in a thread of its own, with the same answer', async () => {
  const { mappings, ...rest } = configurationFor(vendor, store.endpoint)
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [
      `m-${at}`,
      { ...mappings['app-quick'], when: [{ claim: ['repository_id'], equals: `x-${at}` }] },
    ]),
  )
  expect((await vendor.apply({ ...rest, mappings: { ...mappings, ...many } })).status).toBe(200)
  ahead += 20 * DAY
  const found = await findings('detector=S02')
  expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['app-quick', 'm-0', 'm-299']))
})
