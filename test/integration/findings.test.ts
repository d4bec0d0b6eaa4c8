import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { configurationCommand } from '../../apps/vendor/src/cli/configuration.ts'
import { findingsCommand } from '../../apps/vendor/src/cli/findings.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

/** The usual configuration with so many mappings more that nobody can write to the owner of. */
function configuration(more: number) {
  const usual = configurationFor(vendor, store.endpoint)
  const one = {
    ...usual.mappings['app-main'],
    owner: 'bob',
    expires: '2027-01-01',
    purpose: 'a test of findings',
  }
  const many = Array.from({ length: more }, (_, at) => [
    `m-${at}`,
    { ...one, when: [{ claim: ['repository_id'], equals: `x-${at}` }] },
  ])
  return { ...usual, mappings: { ...usual.mappings, ...Object.fromEntries(many) } }
}
const yaml = (more: number) => ({ 'stint.yaml': stringify(configuration(more)) })

test('plan and apply show findings with file and line, and are not stopped by them', async () => {
  for (const verb of ['plan', 'apply'] as const) {
    const { code, err } = await runCli((io) => configurationCommand(verb, ['-f', 'stint.yaml'], io), {
      vendor,
      files: yaml(1),
    })
    expect(code).toBe(0)
    expect(err).toMatch(/^stint\.yaml:\d+:\d+ notice owner-unreachable mappings\.m-0\.owner: /m)
    expect(err).toMatch(/^stint\.yaml:\d+:\d+ notice no-budget targets\.store\.subjectBudget: /m)
  }
})

test('what stands is shown over REST, by filters and in pages, and by stint findings', async () => {
  expect((await vendor.apply(configuration(30))).status).toBe(200)
  const { body } = await vendor.get('/v1/admin/findings?rule=owner-unreachable&limit=20')
  expect(body).toMatchObject({ total: 30, next: 20 })
  expect(body['findings']).toHaveLength(20)
  const { body: rest } = await vendor.get('/v1/admin/findings?rule=owner-unreachable&limit=20&after=20')
  expect(rest).toMatchObject({ total: 30, next: null })
  const { body: one } = await vendor.get('/v1/admin/findings?kind=mapping&name=m-7')
  expect(one).toMatchObject({ findings: [{ rule: 'owner-unreachable', name: 'm-7', at: ['owner'] }] })
  const { code, out } = await runCli((io) => findingsCommand(['--severity', 'notice'], io), { vendor })
  expect(code).toBe(0)
  expect(out).toMatch(/^notice owner-unreachable: mapping m-7 owner \[S10 since [0-9-]{10}\]\n/m)
  expect(out).toMatch(/\n0 warnings, \d+ notices\n$/)
  const json = await runCli((io) => findingsCommand(['--json', '--rule', 'no-budget'], io), { vendor })
  expect(JSON.parse(json.out)).toMatchObject([{ rule: 'no-budget', kind: 'target', name: 'store' }])
})

test('a plan with hundreds of findings shows a hundred and says how many more there are', async () => {
  const { code, err } = await runCli((io) => configurationCommand('plan', ['-f', 'stint.yaml'], io), {
    vendor,
    files: yaml(300),
  })
  expect(code).toBe(0)
  expect(err.split('\n').length).toBeLessThan(110)
  expect(err).toMatch(/notice more_findings : \d+ more findings/)
})

test('a change takes its findings with it', async () => {
  expect((await vendor.apply(configuration(0))).status).toBe(200)
  expect((await vendor.get('/v1/admin/findings?rule=owner-unreachable')).body).toMatchObject({ total: 0 })
})

test('refuses a filter that it does not know, by name', async () => {
  for (const query of ['nope=1', 'limit=0', 'limit=1001', 'after=-1', 'rule=a&rule=b'])
    expect((await vendor.get(`/v1/admin/findings?${query}`)).status).toBe(400)
  expect((await runCli((io) => findingsCommand(['--nope'], io), { vendor })).code).toBe(2)
})
