import { afterAll, beforeAll, expect, test } from 'vitest'
import { mappingCommand } from '../../apps/vendor/src/cli/mapping.ts'
import { replayCommand } from '../../apps/vendor/src/cli/replay.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ child: true })
  const applied = await vendor.apply(configurationFor(vendor, store.endpoint))
  expect(applied.status, JSON.stringify(applied.body)).toBe(200)
  const answers = [
    await vendor.exchange(vendor.token()),
    await vendor.exchange(vendor.token()),
    await vendor.exchange(vendor.token({ ref: 'refs/heads/other' })),
    await vendor.exchange(vendor.token({ environment: 'production' })),
    await vendor.exchange(vendor.token(), { duration_seconds: '100000' }),
    await vendor.exchange(`${vendor.token()}x`),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 200, 400, 400])
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const TODAY = new Date().toISOString().slice(0, 10)

test('the use of a mapping is there when the exchange is answered, and outlives a kill', async () => {
  const { status, body } = await vendor.get('/v1/admin/mappings/app-main/usage?step=day')
  expect(status).toBe(200)
  const counts = { issued: 3, redelivered: 0, refused: 1, withheld: 0, upstreamFailed: 0 }
  expect(body).toMatchObject({
    ...{ mapping: 'app-main', to: TODAY, step: 'day', counts },
    versions: [{ version: 1, issuer: 'ci', role: 'app-artifacts', counts }],
    ...{ subjects: { count: 1, more: false }, networks: { count: 1, more: false } },
    points: [{ from: TODAY, counts, refusals: { lifetime_refused: 1 } }],
  })
  const subjects = await vendor.get('/v1/admin/mappings/app-main/subjects')
  expect(subjects.body).toMatchObject({
    subjects: [{ issuer: 'ci', sub: 'repo:acme/app', count: 3, firstNetwork: '127.0.0.0/24' }],
    networks: [{ network: '127.0.0.0/24', firstSubject: { issuer: 'ci', sub: 'repo:acme/app' } }],
  })
  const role = await vendor.get('/v1/admin/roles/app-artifacts/usage')
  // The refusal that no mapping matched is one of the role that was asked for.
  expect(role.body).toMatchObject({
    points: [{ counts: { issued: 3, refused: 2 }, refusals: { lifetime_refused: 1, no_mapping: 1 } }],
  })
  await vendor.kill()
  await vendor.restart()
  const again = await vendor.get('/v1/admin/mappings/app-main/usage?step=day')
  expect(again.body).toEqual(body)
})

test('a mapping that stands and was never used has no use, and one that is none is not found', async () => {
  const unused = await vendor.get('/v1/admin/mappings/app-quick/usage')
  expect([unused.status, unused.body]).toMatchObject([200, { used: null, ever: null, points: [] }])
  expect((await vendor.get('/v1/admin/mappings/nobody/usage')).status).toBe(404)
  const wrong = ['from=2026-02-30', 'from=2026-03-02&to=2026-03-01', 'to=x', 'step=hour']
  for (const query of wrong) {
    const { status, body } = await vendor.get(`/v1/admin/mappings/app-main/usage?${query}`)
    expect([query, status, body['code']]).toEqual([query, 400, 'invalid_request'])
  }
})

async function run(command: typeof replayCommand, argv: readonly string[], file = '') {
  let [stdout, stderr] = ['', '']
  const exit = await command([...argv, '--server', vendor.url], {
    ...{
      env: { STINT_ADMIN_TOKEN: vendor.admin.sign({ sub: 'first-administrator', aud: 'stint-admin' }) },
      fetch,
      readFile: async () => file,
    },
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    now: () => new Date(),
    randomHex: () => '',
  })
  return { exit, stdout, stderr }
}

test('`stint mapping usage` tells it', async () => {
  const { exit, stdout } = await run(mappingCommand, ['usage', 'app-main'])
  expect([exit, stdout]).toMatchObject([0, expect.stringContaining('3 given, 1 refused')])
  expect(stdout).toContain('version 1 (ci → app-artifacts)')
  expect((await run(mappingCommand, ['usage', 'nobody'])).exit).not.toBe(0)
  expect((await run(mappingCommand, ['usage'])).exit).toBe(2)
})

type Report = {
  readonly decisions: number
  readonly counts: Readonly<Record<string, number>>
  readonly refuses: { readonly items: readonly Record<string, unknown>[] }
  readonly cannot_tell: { readonly items: readonly Record<string, unknown>[] }
  readonly notReplayed: Readonly<Record<string, number>>
}

/** The usual configuration with `app-main` asking for other claims. */
const drafted = (when: readonly object[]) => {
  const usual = configurationFor(vendor, store.endpoint)
  return { ...usual, mappings: { ...usual.mappings, 'app-main': { ...usual.mappings['app-main'], when } } }
}
const replay = async (configuration: object) => {
  const { status, body } = await vendor.post('/v1/admin/config:replay?days=2', { configuration })
  expect([status, body]).toMatchObject([200, { decisions: 5 }])
  return body as unknown as Report // the replay door's own answer
}
const MAIN = [
  { claim: ['repository_id'], equals: '42' },
  { claim: ['ref'], equals: 'refs/heads/main' },
]

test('replay says what a draft would newly allow and refuse, and that nothing changes where nothing does', async () => {
  const same = await replay(configurationFor(vendor, store.endpoint))
  expect(same.counts).toEqual({ refuses: 0, allows: 0, differs: 0, cannot_tell: 0, unchanged: 5 })
  expect(same.notReplayed).toEqual({ chained: 0, unverified: 1, limited: 0, summarised: 0, pruned: 0 })
  const other = await replay(drafted([{ claim: ['ref'], equals: 'refs/heads/other' }]))
  expect(other.counts).toEqual({ refuses: 3, allows: 1, differs: 0, cannot_tell: 0, unchanged: 1 })
  expect(other.refuses.items).toMatchObject([
    {
      ...{ issuer: 'ci', sub: 'repo:acme/app', count: 3, recorded: 'granted' },
      ...{ present: { code: null, role: 'app-artifacts' }, drafted: { code: 'no_mapping', role: null } },
    },
  ])
})

test('what hangs on a claim that was not recorded cannot be told, and the claim is named', async () => {
  const asking = await replay(drafted([...MAIN, { claim: ['environment'], equals: 'production' }]))
  // The one refused for its lifetime is refused whether or not the mapping matches; the one of another branch as well.
  expect(asking.counts).toEqual({ refuses: 0, allows: 0, differs: 0, cannot_tell: 3, unchanged: 2 })
  expect(asking.cannot_tell.items).toMatchObject([{ count: 3, unknown: [['environment']], drafted: null }])
})

test('`stint replay` tells it with progress, and what is wrong with the file by its place', async () => {
  const file = JSON.stringify(drafted([{ claim: ['ref'], equals: 'refs/heads/other' }]))
  const { exit, stdout, stderr } = await run(replayCommand, ['-f', 'stint.yaml', '--days', '2'], file)
  expect(exit).toBe(0)
  expect(stdout).toContain('would newly refuse 3, newly allow 1')
  expect(stdout).toContain('3 × ci "repo:acme/app" → ')
  expect(stderr).toContain('100 %')
  const usual = configurationFor(vendor, store.endpoint)
  const broken = { ...usual, mappings: { 'app-main': { ...usual.mappings['app-main'], role: 'nobody' } } }
  const wrong = await run(replayCommand, ['-f', 'stint.yaml'], JSON.stringify(broken))
  expect([wrong.exit, wrong.stderr]).toMatchObject([3, expect.stringContaining('role_unknown')])
})
