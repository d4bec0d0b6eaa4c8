import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { getTableColumns } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { configurationCommand } from '../../apps/vendor/src/cli/configuration.ts'
import { configurationJsonSchema } from '../../apps/vendor/src/schema/configuration.ts'
import * as tables from '../../apps/vendor/src/storage/sqlite/schema.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

const ROOT = join(import.meta.dirname, '../..')
let store: FakeSts
let vendor: ChildVendor

beforeAll(async () => {
  store = await startFakeSts()
})
afterAll(() => store.stop())
afterEach(() => vendor?.stop())

type Run = { readonly code: number; readonly out: string; readonly err: string }

async function stint(verb: 'plan' | 'apply', yaml: string): Promise<Run> {
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
    now: () => new Date(),
    randomHex: () => '',
  }
  return { code: await configurationCommand(verb, ['-f', 'stint.yaml'], io), out, err }
}

const quickstart = () => readFileSync(join(ROOT, 'examples/quickstart/stint.yaml'), 'utf8')

test('plan says what would change, apply makes it so, and a second apply changes nothing', async () => {
  vendor = await startVendor()
  const planned = await stint('plan', quickstart())
  expect(planned.code).toBe(0)
  // The quickstart must run for years: its mappings end late, and that is all there is to say of it.
  const said = planned.err.split('\n').map((line) => line.split(' ').slice(1, 4).join(' '))
  expect(said).toEqual([
    'notice expires-late mappings.app-main.expires:',
    'notice expires-late mappings.app-quick-look.expires:',
    '',
  ])
  expect(planned.out).toContain('+ create mapping app-main (version 1)')
  expect((await vendor.events('type=config.changing')).length).toBe(0)
  expect((await stint('apply', quickstart())).code).toBe(0)
  const again = await stint('apply', quickstart())
  expect([again.code, again.out]).toEqual([0, 'nothing to change at generation 1\n'])
  expect(
    (await vendor.events('type=config.changing&type=config.changed')).map(({ event }) => event.type),
  ).toEqual(['config.changed', 'config.changing'])
})

test('what the file lacks is disabled, and comes back as a new version', async () => {
  vendor = await startVendor()
  const configuration = configurationFor(vendor, store.endpoint)
  await vendor.apply(configuration)
  const { 'app-main': _gone, ...mappings } = configuration.mappings
  await vendor.apply({ ...configuration, mappings })
  expect((await vendor.exchange(vendor.token())).body['code']).toBe('access_denied')
  const planned = await vendor.post('/v1/admin/config:plan', { configuration })
  expect(planned.body['changes']).toEqual([
    expect.objectContaining({ action: 'enable', name: 'app-main', version: 3 }),
  ])
  await vendor.apply(configuration)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
})

test('a stale plan is a conflict', async () => {
  vendor = await startVendor()
  const configuration = configurationFor(vendor, store.endpoint)
  await vendor.apply(configuration)
  const stale = await vendor.post('/v1/admin/config:apply', { configuration: {}, expectedGeneration: 0 })
  expect([stale.status, stale.body['code']]).toEqual([409, 'configuration_conflict'])
})

test('two applies at once: one after the other, never half of each', async () => {
  vendor = await startVendor()
  const configuration = configurationFor(vendor, store.endpoint)
  const expectedGeneration = 0
  const both = await Promise.all(
    [1, 2].map(() => vendor.post('/v1/admin/config:apply', { configuration, expectedGeneration })),
  )
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409])
})

/** Each row spoils the quickstart at one place; the problem must stand at that line, with that code. */
const PROBLEMS = [
  {
    name: 'a misspelt member',
    from: 'mode: enforce',
    to: 'modus: enforce',
    code: 'member_unknown',
    line: 'modus: enforce',
  },
  {
    name: 'a mapping without an owner',
    from: '    owner: team-app@example.com\n    purpose: the nightly',
    to: '    purpose: the nightly',
    code: 'member_missing',
    line: 'app-main:',
  },
  {
    name: 'a role that nobody declared',
    from: 'role: app-artifacts',
    to: 'role: app-artefacts',
    code: 'role_unknown',
    line: 'role: app-artefacts',
  },
  {
    name: 'an issuer that nobody declared',
    from: 'issuer: ci\n    role: app',
    to: 'issuer: cy\n    role: app',
    code: 'issuer_unknown',
    line: 'issuer: cy',
  },
  {
    name: 'a policy that nobody declared',
    from: 'use: artifacts-write@1',
    to: 'use: artifacts-write@2',
    code: 'policy_unknown',
    line: 'artifacts-write@2, with',
  },
  {
    name: 'a policy without a number',
    from: 'artifacts-write@1:',
    to: 'artifacts-write:',
    code: 'name_invalid',
    line: 'artifacts-write:',
  },
  {
    name: 'a target that nobody declared',
    from: 'target: store',
    to: 'target: stove',
    code: 'target_unknown',
    line: 'target: stove',
  },
  {
    name: 'a lifetime above twelve hours',
    from: 'max: 1h',
    to: 'max: 13h',
    code: 'lifetime_too_long',
    line: 'max: 13h',
  },
  {
    name: 'a default above the maximum',
    from: '{ default: 1h, max: 1h }',
    to: '{ default: 2h, max: 1h }',
    code: 'lifetime_order',
    line: 'default: 2h',
  },
  {
    name: 'a lifetime that is over before it is used',
    from: '{ default: 10s, max: 10s }',
    to: '{ default: 2s, max: 10s }',
    code: 'lifetime_too_short',
    line: 'default: 2s',
  },
  {
    name: 'a date that is none',
    from: 'expires: 2099-12-31',
    to: 'expires: 2099-02-30',
    code: 'value_invalid',
    line: 'expires: 2099-02-30',
  },
  {
    name: 'http to the internet',
    from: '    allowPrivateAddresses: [127.0.0.0/8]\n\ntargets',
    to: '\ntargets',
    code: 'url_not_https',
    line: 'url: http',
  },
  {
    name: 'no kind',
    from: '    for: machine\n    # http',
    to: '    # http',
    code: 'for_required',
    line: 'ci:',
  },
  {
    name: 'a human role for machines',
    from: 'lifetime: { default: 10s, max: 10s }\n    for: machine',
    to: 'lifetime: { default: 10s, max: 10s }\n    for: human',
    code: 'kind_mismatch',
    line: 'app-quick-look:',
  },
  {
    name: 'a bare star',
    from: 'Action: [s3:GetObject, s3:PutObject, s3:AbortMultipartUpload, s3:ListMultipartUploadParts]',
    to: 'Action: ["*"]',
    code: 'action_star',
    line: 'use: artifacts-write@1',
  },
  {
    name: 'the admin audience at the vend door',
    from: 'audiences: [http://127.0.0.1:9400]',
    to: 'audiences: [stint-admin]',
    code: 'audience_is_admin',
    line: 'audiences: [stint-admin]',
  },
  {
    name: 'a number that no double holds',
    from: 'equals: "42" }',
    to: 'equals: 9007199254740993 }',
    code: 'value_invalid',
    line: 'equals: 9007199254740993',
  },
  {
    name: 'a glob whose delimiter is the star',
    from: 'equals: "42" }',
    to: 'glob: "4*", delimiter: "*" }',
    code: 'value_invalid',
    line: 'delimiter: "*"',
  },
  {
    name: 'a mapping without any use',
    from: 'expires: 2099-12-31',
    to: 'expires: 2099-12-31\n    maxUses: 0',
    code: 'value_invalid',
    line: 'maxUses: 0',
  },
  {
    name: 'a budget for no time',
    from: '\n\npolicies',
    to: '\n    subjectBudget: { sessions: 5, per: 0s }\n\npolicies',
    code: 'value_invalid',
    line: 'per: 0s',
  },
  {
    name: 'a condition without a comparison',
    from: 'equals: "42" }\n      - { claim: [ref], equals',
    to: 'equal: "42" }\n      - { claim: [ref], equals',
    code: 'member_unknown',
    line: 'equal: "42"',
  },
  {
    name: 'a key twice',
    from: 'issuers:\n',
    to: 'roles: {}\nissuers:\n',
    code: 'yaml_invalid',
    line: 'roles:',
  },
  { name: 'what is no YAML', from: 'issuers:', to: 'issuers: [', code: 'yaml_invalid', line: '' },
]

test.each(PROBLEMS)(
  'names file, line and path of $name, and applies nothing',
  async ({ from, to, code, line }) => {
    vendor = await startVendor()
    const text = quickstart()
    expect(text).toContain(from)
    const spoilt = text.replace(from, to)
    const run = await stint('apply', spoilt)
    expect(run.code).toBe(3)
    const problem = run.err.split('\n').find((words) => words.includes(` error ${code} `))
    expect(problem, run.err).toMatch(/^stint\.yaml:\d+:\d+ error /)
    const at = Number(/^stint\.yaml:(\d+)/.exec(problem ?? '')?.[1])
    expect(spoilt.split('\n')[at - 1]).toContain(line)
    expect((await vendor.events('type=config.changing')).length).toBe(0)
  },
)

test('warns of a number where the issuer sends text', async () => {
  vendor = await startVendor()
  const spoilt = quickstart()
    .replace('preset: generic', 'preset: github-actions')
    .replace('equals: "42"', 'equals: 42')
  const run = await stint('plan', spoilt)
  expect([run.code, run.err]).toEqual([
    0,
    expect.stringContaining('warning claim_is_text mappings.app-main.when.0'),
  ])
})

test('reports every problem of a file in one answer', async () => {
  vendor = await startVendor()
  const spoilt = quickstart().replace('max: 1h', 'max: 13h').replace('default: 10s', 'default: 1s')
  expect((await stint('plan', spoilt)).err.trim().split('\n').length).toBeGreaterThanOrEqual(2)
})

test('a policy whose document changed under its number is refused', async () => {
  vendor = await startVendor()
  await stint('apply', quickstart())
  const run = await stint(
    'apply',
    quickstart().replace(
      'Action: [s3:GetObject, s3:PutObject, s3:AbortMultipartUpload, s3:ListMultipartUploadParts]',
      'Action: [s3:GetObject]',
    ),
  )
  expect([run.code, run.err]).toEqual([3, expect.stringContaining('policy_version_changed')])
})

test('a configuration that was changed behind its back stops the start, until its hash is accepted', async () => {
  vendor = await startVendor({ child: true })
  await vendor.apply(configurationFor(vendor, store.endpoint))
  await vendor.process().stop()
  const surgeon = new Database(join(vendor.dataFolder, 'config.db'))
  surgeon.exec(
    "UPDATE resource SET state = 'disabled' WHERE kind = 'mapping'; INSERT INTO resource_version SELECT kind, name, version + 1, state, body, sha256, author, at_ms, generation FROM resource_version WHERE kind = 'mapping'",
  )
  surgeon.close()
  const refusal = await vendor.restart().catch((error: unknown) => String(error))
  expect(refusal).toContain('configuration_tampered')
  const found = /"found":"([0-9a-f]{64})"/.exec(String(refusal))?.[1] ?? ''
  await expect(vendor.restart(['--accept-config', 'f'.repeat(64)])).rejects.toThrow('configuration_tampered')
  await vendor.restart(['--accept-config', found])
  expect((await vendor.events('type=config.exception'))[0]?.event).toMatchObject({ acceptedHash: found })
  // What was accepted once is what the log says from then on.
  await vendor.restart()
  expect((await vendor.exchange(vendor.token())).body['code']).toBe('access_denied')
})

const CUTS = [
  {
    name: 'before the commit',
    sql: "DELETE FROM event WHERE type = 'config.changed' AND seq = (SELECT max(seq) FROM event WHERE type = 'config.changed')",
    configuration: 'old',
  },
  {
    name: 'after the commit',
    sql: "DELETE FROM event WHERE type = 'config.changed' AND seq = (SELECT max(seq) FROM event WHERE type = 'config.changed')",
    configuration: 'new',
  },
] as const

test.each(CUTS)(
  'a kill $name leaves a configuration that starts, and its missing end is written',
  async ({ configuration }) => {
    vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
    const first = configurationFor(vendor, store.endpoint)
    await vendor.apply(first)
    const { 'app-main': _gone, ...mappings } = first.mappings
    const saved = join(vendor.dataFolder, '../config.old')
    await vendor.process().stop()
    const { copyFileSync } = await import('node:fs')
    copyFileSync(join(vendor.dataFolder, 'config.db'), saved)
    await vendor.restart()
    await vendor.apply({ ...first, mappings })
    await vendor.kill()
    // The log is cut right behind the last config.changing, as a kill there would have left it.
    const log = new Database(join(vendor.dataFolder, 'audit.db'))
    log.exec(
      "DROP TRIGGER event_no_delete; DELETE FROM event WHERE seq > (SELECT max(seq) FROM event WHERE type = 'config.changing'); CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    )
    log.close()
    if (configuration === 'old') {
      const { rmSync } = await import('node:fs')
      for (const suffix of ['-wal', '-shm'])
        rmSync(join(vendor.dataFolder, `config.db${suffix}`), { force: true })
      copyFileSync(saved, join(vendor.dataFolder, 'config.db'))
    }
    await vendor.restart()
    expect((await vendor.exchange(vendor.token())).status).toBe(configuration === 'old' ? 200 : 400)
    expect((await vendor.events('type=config.changed&limit=1'))[0]?.event).toMatchObject({ recovered: true })
  },
  30_000,
)

const ADMIN = [
  { name: 'no token', token: '', status: 401 },
  { name: 'garbage', token: 'x.y.z', status: 401 },
  {
    name: 'a token for the vend door',
    claims: { sub: 'first-administrator', aud: 'https://elsewhere' },
    status: 401,
  },
  {
    name: 'a token for both doors',
    claims: { sub: 'first-administrator', aud: ['stint-admin', 'VEND'] },
    status: 401,
  },
  {
    name: 'an expired token',
    claims: { sub: 'first-administrator', aud: 'stint-admin', iat: 1_000_000_000, exp: 1_000_000_100 },
    status: 401,
  },
  { name: 'somebody else', claims: { sub: 'nobody', aud: 'stint-admin' }, status: 403 },
] as const

test.each(ADMIN)('the admin door refuses $name', async (row) => {
  vendor = await startVendor()
  await vendor.apply(configurationFor(vendor, store.endpoint))
  const claims =
    'claims' in row
      ? { ...row.claims, aud: [row.claims.aud].flat().map((one) => (one === 'VEND' ? vendor.url : one)) }
      : null
  const token = claims === null ? ('token' in row ? row.token : '') : vendor.admin.sign(claims)
  for (const answer of [
    await vendor.post('/v1/admin/config:plan', { configuration: {} }, token),
    await vendor.get('/v1/admin/audit/events', token),
  ]) {
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      row.status,
      'application/problem+json',
    ])
  }
})

test('an admin binding gives its roles and no more', async () => {
  vendor = await startVendor()
  const configuration = configurationFor(vendor, store.endpoint)
  const admins = { anna: { issuer: 'ci', sub: 'anna', person: 'anna@example.com', roles: ['auditor'] } }
  expect((await vendor.apply({ ...configuration, admins })).status).toBe(200)
  const token = vendor.ci.sign({ sub: 'anna', aud: 'stint-admin' })
  expect((await vendor.get('/v1/admin/audit/events', token)).status).toBe(200)
  expect((await vendor.post('/v1/admin/config:apply', { configuration: {} }, token)).status).toBe(403)
  expect((await vendor.events('type=admin.refused'))[0]?.event).toMatchObject({
    subject: { sub: 'anna', person: 'anna@example.com' },
  })
})

const BAD_BODIES = [
  { name: 'no JSON', body: 'configuration', status: 400 },
  { name: 'an extra member', body: '{"configuration":{},"force":true}', status: 400 },
  { name: 'a generation that is text', body: '{"configuration":{},"expectedGeneration":"1"}', status: 400 },
  { name: 'a configuration that is a list', body: '{"configuration":[]}', status: 422 },
  { name: 'a prototype', body: '{"configuration":{"issuers":{"__proto__":{}}}}', status: 400 },
]

test.each(BAD_BODIES)('config:apply refuses $name', async ({ body, status }) => {
  vendor = await startVendor()
  const token = vendor.admin.sign({ sub: 'first-administrator', aud: 'stint-admin' })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${vendor.url}/v1/admin/config:apply`, { method: 'POST', headers, body })
  expect(response.status).toBe(status)
})

test('the JSON Schema for editors is the one that the code checks by', () => {
  const checkedIn: unknown = JSON.parse(readFileSync(join(ROOT, 'docs/stint.schema.json'), 'utf8'))
  expect(JSON.parse(JSON.stringify(configurationJsonSchema()))).toEqual(checkedIn)
  expect(Object.keys(parse(quickstart()) as object).toSorted()).toEqual([
    'issuers',
    'mappings',
    'policies',
    'roles',
    'targets',
  ])
})

test('drizzle’s tables are those of the migrated file', async () => {
  vendor = await startVendor()
  const connection = new Database(join(vendor.dataFolder, 'config.db'), { readonly: true })
  for (const [table, columns] of [
    ['resource', tables.resource],
    ['resource_version', tables.resourceVersion],
    ['generation', tables.generation],
  ] as const) {
    const migrated = connection
      .prepare<[string], { name: string; type: string; notnull: number }>(
        'SELECT name, type, "notnull" FROM pragma_table_info(?)',
      )
      .all(table)
    const declared = Object.values(getTableColumns(columns)).map((column) => [
      column.name,
      column.getSQLType().toUpperCase(),
    ])
    expect(declared).toEqual(migrated.map(({ name, type }) => [name, type]))
  }
  connection.close()
})
