import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { configurationCommand } from '../../apps/vendor/src/cli/configuration.ts'
import type { StoredEvent } from '../../apps/vendor/src/ports.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { manyMappings } from '../support/many-mappings.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const MANY = 100_000
let store: FakeSts
let vendor: ChildVendor

beforeAll(async () => {
  store = await startFakeSts()
})
afterAll(() => store.stop())
afterEach(() => vendor?.stop())

/** The mapping `app-main` admits one repository; everything else stays as it is. */
function admitting(repository: string, count: number) {
  const base = configurationFor(vendor, store.endpoint)
  const when = [{ claim: ['repository_id'], equals: repository }]
  const steady = { ...base.mappings['app-main'], when: [{ claim: ['repository_id'], equals: '7' }] }
  const mappings = { ...base.mappings, 'app-main': { ...base.mappings['app-main'], when }, steady }
  return manyMappings({ ...base, mappings }, count)
}

type Asked = {
  readonly request: unknown
  readonly repository: string
  readonly begun: number
  readonly ms: number
  readonly status: number
}

/** Exchanges without end for three repositories in turn, each caller the next as soon as it is answered. */
function startTraffic() {
  const asked: Asked[] = []
  const repositories = ['7', '42', '43']
  let stopped = false
  const tokens = repositories.map((repository) => vendor.token({ repository_id: repository }))
  const callers = repositories.map(async (repository, at) => {
    while (!stopped) {
      const begun = performance.now()
      const { status, body } = await vendor.exchange(tokens[at] ?? '')
      asked.push({ request: body['request_id'], repository, begun, ms: performance.now() - begun, status })
    }
  })
  return {
    asked,
    async stop() {
      stopped = true
      await Promise.all(callers)
    },
  }
}

async function decisions(): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = []
  let before = ''
  for (;;) {
    const { body } = await vendor.get(
      `/v1/admin/audit/events?type=assume.intent&type=assume.refused&limit=500${before}`,
    )
    const { events, next } = body as { events: StoredEvent[]; next: number | null } // the admin door's own answer
    found.push(...events)
    if (next === null) return found.toReversed()
    before = `&before=${next}`
  }
}

test('a configuration of 100,000 mappings comes in beside traffic: nothing dropped, nothing stale', async () => {
  vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  expect((await vendor.apply(admitting('42', 3))).status).toBe(200)
  const [large, back] = [admitting('43', MANY), admitting('42', MANY)]
  const traffic = startTraffic()
  await until('traffic', () => traffic.asked.length > 30)
  expect((await vendor.apply(large)).status).toBe(200)
  const second = performance.now()
  const seen = traffic.asked.length
  await until('traffic after the apply', () => traffic.asked.length > seen + 30)
  const changedBack = performance.now()
  const applied = await vendor.apply(back)
  expect([applied.status, (applied.body['changes'] as unknown[]).length]).toEqual([200, 1])
  const third = performance.now()
  const now = traffic.asked.length
  await until('traffic after the change of one', () => traffic.asked.length > now + 30)
  await traffic.stop()

  const statuses = (repository: string, from = 0, to = Number.POSITIVE_INFINITY) => [
    ...new Set(
      traffic.asked
        .filter((one) => one.repository === repository && one.begun >= from && one.begun + one.ms <= to)
        .map(({ status }) => status),
    ),
  ]
  expect(statuses('7')).toEqual([200])
  // From the answer of an apply on, every decision is by it.
  expect([statuses('42', second, changedBack), statuses('43', second, changedBack)]).toEqual([[400], [200]])
  expect([statuses('42', third), statuses('43', third)]).toEqual([[200], [400]])
  // What was decided before and answered after is withheld, and nothing else fails.
  const failed = traffic.asked.filter(({ status }) => status !== 200 && status !== 400)
  for (const { request, repository } of failed) {
    expect(repository).not.toBe('7')
    const types = (await vendor.events(`request=${request}`)).map(({ event }) => event.type)
    expect(types).toContain('assume.withheld')
  }

  let last = 0
  for (const { event } of await decisions()) {
    if (event.type !== 'assume.intent' && event.type !== 'assume.refused') throw new Error(event.type)
    const generation = event.decision?.generation ?? 0
    expect(generation).toBeGreaterThanOrEqual(last)
    last = generation
    const id = event.subject?.claims.find(({ path }) => path[0] === 'repository_id')?.value
    const admitted = generation === 2 ? '43' : '42'
    expect([id, event.type]).toEqual([id, id === '7' || id === admitted ? 'assume.intent' : 'assume.refused'])
  }
  expect(last).toBe(3)
  const slowest = Math.max(
    ...traffic.asked.filter(({ repository }) => repository === '7').map(({ ms }) => ms),
  )
  console.log(`slowest exchange beside the applies: ${slowest.toFixed(0)} ms of ${traffic.asked.length}`)
  expect(slowest).toBeLessThan(2_000)
}, 240_000)

async function stint(yaml: string) {
  let [out, err] = ['', '']
  const io = {
    env: {
      STINT_SERVER: vendor.url,
      STINT_ADMIN_TOKEN: vendor.admin.sign({ sub: 'first-administrator', aud: 'stint-admin' }),
    },
    stdout: (text: string) => {
      out += text
    },
    stderr: (text: string) => {
      err += text
    },
    readFile: async () => yaml,
    fetch,
    randomHex: () => '',
    now: () => new Date(0),
  }
  const code = await configurationCommand('plan', ['-f', 'stint.yaml'], io)
  const problems = err.split('\n').filter((line) => line.startsWith('stint.yaml:'))
  return { code, out, problems }
}

/** As YAML: everything but the mappings in one line each, for JSON is YAML, and each mapping in its lines. */
function yamlOf(count: number): string {
  const { mappings: _others, ...base } = configurationFor(vendor, store.endpoint)
  const head = Object.entries(base).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
  const rows = Array.from(
    { length: count },
    (_, at) => `  app-${at}:
    { issuer: ci, role: app-artifacts, when: [ { claim: [id], equals: "${at}" } ],
      owner: team, purpose: builds, expires: 2099-12-31 }
`,
  )
  return `${head.join('')}mappings:\n${rows.join('')}`
}

const lineOf = (text: string, words: string) => text.slice(0, text.indexOf(words)).split('\n').length

test('one wrong line of 100,000 mappings is named', async () => {
  vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  const yaml = yamlOf(MANY)
  const [from, to] = ['equals: "70000" }', 'equal: "70000" }']
  expect(yaml).toContain(from)
  const spoilt = yaml.replace(from, to)
  const { code, problems } = await stint(spoilt)
  expect(code).toBe(3)
  const at = `stint.yaml:${lineOf(spoilt, to)}:`
  expect(problems.filter((line) => !line.startsWith(at))).toEqual([])
  expect(
    problems.some((line) => line.includes(' error member_unknown mappings.app-70000.when.0.equal: ')),
  ).toBe(true)
}, 60_000)

const WRONG = [
  { name: 'a key that stands twice', from: '  app-4000:', to: '  app-17:', code: 'yaml_invalid' },
  {
    name: 'a role that nobody declared',
    from: 'role: app-artifacts, when: [ { claim: [id], equals: "4000"',
    to: 'role: app-artefacts, when: [ { claim: [id], equals: "4000"',
    code: 'role_unknown',
  },
  {
    name: 'a member that is none',
    from: '[id], equals: "4000" } ],',
    to: '[id], equals: "4000" } ], why: x,',
    code: 'member_unknown',
  },
] as const

test.each(WRONG)('among thousands of mappings $name is named by its line', async ({ from, to, code }) => {
  vendor = await startVendor()
  const yaml = yamlOf(5_000)
  expect(yaml).toContain(from)
  const spoilt = yaml.replace(from, to)
  // The second of the two, where the words stand twice.
  const line = spoilt.slice(0, spoilt.lastIndexOf(to)).split('\n').length
  const found = await stint(spoilt)
  expect(found.code).toBe(3)
  expect(found.problems).toEqual([
    expect.stringMatching(new RegExp(`^stint\\.yaml:${line}:\\d+ error ${code} `)),
  ])
})

test('thousands of wrong lines are told up to a bound, and the rest is counted', async () => {
  vendor = await startVendor()
  const { code, problems } = await stint(yamlOf(3_000).replaceAll('purpose: builds', 'purpos: builds'))
  expect(code).toBe(3)
  expect(problems.length).toBe(201)
  expect(problems.at(-1)).toBe('stint.yaml: and 5800 more problems')
})
