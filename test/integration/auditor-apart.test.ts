import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { sha256Hex } from '../../apps/vendor/src/runtime.ts'
import { askApi } from '../support/admin-api.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { reviewClient, reviewedConfiguration } from '../support/reviews.ts'
import { type Answer, type ChildVendor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let client: ReturnType<typeof reviewClient>

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ child: true })
  client = reviewClient(vendor)
  expect((await vendor.apply(configured())).body).toMatchObject({ applied: true })
}, 60_000)
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const bound = (sub: string, person: string, ...roles: string[]) => ({ issuer: 'staff', sub, person, roles })

function configured(more: Readonly<Record<string, object>> = {}) {
  const base = reviewedConfiguration(vendor, store.endpoint)
  const oda = bound('oda', 'oda@example.com', 'reviewer', 'auditor')
  return { ...base, admins: { ...base.admins, oda, ...more } }
}

const refusals = (answer: Answer) => {
  const problems = (answer.body['problems'] ?? []) as readonly { code: string; path: readonly string[] }[]
  return problems.flatMap(({ code, path }) => (code === 'auditor_of_own_work' ? [path[1]] : []))
}

test.each([
  ['author in the same binding', { eve: bound('eve', 'eve@example.com', 'auditor', 'author') }, ['eve']],
  ['approver in another one', { oda2: bound('oda-2', 'oda@example.com', 'approver') }, ['oda', 'oda2']],
  ['a person spelt otherwise', { oda2: bound('oda-2', 'ODA @example.com', 'author') }, ['oda', 'oda2']],
  ['another person of the same subject', { oda2: bound('oda', 'someone', 'author') }, ['oda', 'oda2']],
  [
    'an author who is to audit',
    { ann4: bound('ann-4', 'Ann@example.com', 'auditor') },
    ['ann', 'ann-again', 'ann4'],
  ],
])('a configuration that would make an auditor also %s is refused', async (_name, more, names) => {
  const answer = await vendor.apply(configured(more))
  expect([answer.status, answer.body['code']]).toEqual([422, 'configuration_invalid'])
  expect(refusals(answer)).toEqual(names)
})

test('so is one binding over REST, its dry run, and to enable one that was disabled', async () => {
  const at = '/v1/admin/admins/oda-author'
  const body = bound('oda-9', 'oda@example.com', 'author')
  const headers = { 'if-none-match': '*' }
  for (const query of ['', '?plan=true'])
    expect(refusals(await askApi(vendor, at + query, { method: 'PUT', headers, body }))).toEqual([
      'oda',
      'oda-author',
    ])
  // Made while nobody of that name audits, disabled, and wanted back when she does.
  const who = { ...body, person: 'zoe@example.com' }
  expect((await askApi(vendor, at, { method: 'PUT', headers, body: who })).status).toBe(200)
  const match = (version: number) => ({ method: 'POST', headers: { 'if-match': `"${version}"` } })
  expect((await askApi(vendor, `${at}:disable`, match(1))).status).toBe(200)
  const zoe = bound('zoe', 'zoe@example.com', 'auditor')
  expect((await askApi(vendor, '/v1/admin/admins/zoe', { method: 'PUT', headers, body: zoe })).status).toBe(
    200,
  )
  expect(refusals(await askApi(vendor, `${at}:enable`, match(2)))).toEqual(['oda-author', 'zoe'])
})

test('an auditor reviews, reads and looks on; none of that makes anything', async () => {
  const answer = await vendor.apply(
    configured({ odb: bound('odb', 'oda@example.com', 'viewer', 'operator') }),
  )
  expect(answer.body).toMatchObject({ applied: true })
})

test('what stood before stands: it opens, warns, takes other changes; but such a person attests and seals nothing', async () => {
  const id = await client.running({ scope: { kinds: ['mapping'] } })
  await vendor.process().stop()
  alsoAuthor('oda')
  const refusal = String(await vendor.restart().catch((error: unknown) => error))
  await vendor.restart(['--accept-config', /"found":"([0-9a-f]{64})"/.exec(refusal)?.[1] ?? ''])

  const findings = await vendor.get('/v1/admin/findings')
  expect(findings.body['findings']).toContainEqual(
    expect.objectContaining({ rule: 'auditor-of-own-work', kind: 'admin_binding', name: 'oda' }),
  )
  const { body: standing } = await vendor.get('/v1/admin/admins/oda')
  expect(standing).toMatchObject({ body: { roles: ['reviewer', 'auditor', 'author'] } })
  const kept = { oda: bound('oda', 'oda@example.com', 'reviewer', 'auditor', 'author') }
  expect((await vendor.apply(configured({ ...kept, new: bound('new', 'n', 'viewer') }))).body).toMatchObject({
    applied: true,
  })
  // One duty more is one too many, though.
  const more = { oda: bound('oda', 'oda@example.com', 'reviewer', 'auditor', 'author', 'approver') }
  expect(refusals(await vendor.apply(configured(more)))).toEqual(['oda'])

  const main = await client.item(id, 'app-main')
  const quick = await client.item(id, 'app-quick')
  const refused = { status: 403, body: { code: 'separation_of_duties' } }
  expect(await client.decide(id, main.item.n, { verdict: 'attest' }, 'oda')).toMatchObject(refused)
  const items = [{ n: quick.item.n, seenVersion: quick.item.version }]
  const bulk = { verdict: 'attest', rationale: 'looked at with its owner', items }
  expect(await client.post(`/${id}/items:bulk-decide`, bulk, { as: 'oda' })).toMatchObject(refused)
  expect(vendor.logged()).toContain('"code":"review_auditor_of_own_work"')

  for (const { item } of [main, quick])
    expect((await client.decide(id, item.n, { verdict: 'attest' })).status).toBe(200)
  // That the service was started on an accepted configuration is found about the log, and has its answer.
  const { body: log } = await client.get(`/${id}/log`)
  const keys = (log['findings'] as readonly { key: string }[]).map(({ key }) => key)
  const { body: running } = await client.get(`/${id}`)
  const why = { keys, rationale: 'the administrator was put there by this test' }
  const looked = { revision: Number(running['revision']) }
  expect((await client.post(`/${id}/log/acknowledge`, why, looked)).status).toBe(200)
  for (const step of ['close', 'seal']) {
    const { body } = await client.get(`/${id}`)
    const revision = Number(body['revision'])
    expect(await client.post(`/${id}/${step}`, {}, { as: 'oda', revision })).toMatchObject(refused)
    expect((await client.post(`/${id}/${step}`, {}, { revision })).status).toBe(200)
  }
  // To part the roles is all it takes.
  expect((await vendor.apply(configured())).body).toMatchObject({ applied: true })
  const next = await client.running({ scope: { kinds: ['mapping'] } })
  const { item } = await client.item(next, 'app-main')
  expect((await client.decide(next, item.n, { verdict: 'attest' }, 'oda')).status).toBe(200)
}, 90_000)

/** As an older version of Stint let it be saved. */
function alsoAuthor(name: string): void {
  const surgeon = new Database(join(vendor.dataFolder, 'config.db'))
  const at = surgeon
    .prepare<[string], { version: number; body: string; generation: number }>(
      `SELECT v.version, v.body, v.generation FROM resource r JOIN resource_version v USING (kind, name, version)
       WHERE kind = 'admin_binding' AND name = ?`,
    )
    .get(name)
  if (at === undefined) throw new Error(`no binding ${name}`)
  const body = JSON.parse(at.body)
  const text = canonicalize({ ...body, roles: [...body.roles, 'author'] })
  surgeon
    .prepare("INSERT INTO resource_version VALUES ('admin_binding', ?, ?, 'enabled', ?, ?, 'x y', 0, ?)")
    .run(name, at.version + 1, text, sha256Hex(text), at.generation)
  surgeon
    .prepare("UPDATE resource SET version = version + 1 WHERE kind = 'admin_binding' AND name = ?")
    .run(name)
  surgeon.close()
}
