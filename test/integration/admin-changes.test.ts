import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { changeCommand } from '../../apps/vendor/src/cli/change.ts'
import { administrators, askApi } from '../support/admin-api.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let standing: ReturnType<typeof configuration>

const configuration = () => {
  const base = configurationFor(vendor, store.endpoint)
  const staff = administrators(vendor)
  return { ...base, issuers: { ...base.issuers, ...staff.issuers }, admins: staff.admins }
}
const apply = (as: string, content: unknown) =>
  askApi(vendor, '/v1/admin/config:apply', { method: 'POST', as, body: { configuration: content } })

type Waiting = { readonly id: string; readonly generation: number; readonly hash: string }
const answer = (as: string, { id, generation, hash }: Waiting, verb = 'approve', more: object = {}) =>
  askApi(vendor, `/v1/admin/changes/${id}:${verb}`, {
    method: 'POST',
    as,
    body: { generation, hash, ...more },
  })
const generation = async () => (await askApi(vendor, '/v1/admin/mappings')).body['generation']

/** One that widens: a mapping prolonged, by a date of its own. */
let year = 2100
const wider = () => {
  year += 1
  const main = { ...standing.mappings['app-main'], expires: `${year}-01-01` }
  return { ...standing, mappings: { ...standing.mappings, 'app-main': main } }
}
async function waiting(as = 'ann', content: unknown = wider()): Promise<Waiting> {
  const asked = await apply(as, content)
  expect([asked.status, asked.body['applied'], asked.body['waits']]).toEqual([202, false, true])
  return asked.body['change'] as Waiting // its schema is held elsewhere
}

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ env: { STINT_APPROVALS: 'on' } })
  standing = configuration()
  // Somebody must be the first: generation 0 needs no second person.
  expect((await apply('first-administrator', standing)).status).toBe(200)
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})
beforeEach(async () => {
  const now = await askApi(vendor, '/v1/admin/mappings/app-main')
  const expires = (now.body['body'] as { expires: string }).expires
  standing = {
    ...standing,
    mappings: { ...standing.mappings, 'app-main': { ...standing.mappings['app-main'], expires } },
  }
})

test('what widens waits with nothing of it applied, and a second person’s yes applies it', async () => {
  const before = await generation()
  const change = await waiting()
  expect(await generation()).toBe(before)
  const approved = await answer('bob', change, 'approve', { reason: 'agreed in the meeting' })
  expect([approved.status, approved.body['applied']]).toEqual([200, true])
  expect(await generation()).toBe(Number(before) + 1)
  const shown = await askApi(vendor, `/v1/admin/changes/${change.id}`)
  expect(shown.body).toMatchObject({
    state: 'applied',
    author: { sub: 'ann', person: 'ann@example.com' },
    decided: { by: { sub: 'bob' } },
    plan: { widens: [{ kind: 'mapping', name: 'app-main', code: 'mapping_prolonged' }] },
  })
  const events = await vendor.events('type=change.asked&type=change.approved&type=config.changing&limit=3')
  expect(events.map(({ event }) => event)).toMatchObject([
    {
      type: 'config.changing',
      actor: { sub: 'ann' },
      approval: { change: change.id, approver: { sub: 'bob' } },
    },
    {
      type: 'change.approved',
      actor: { sub: 'bob' },
      author: { sub: 'ann' },
      reason: 'agreed in the meeting',
    },
    { type: 'change.asked', change: change.id, actor: { sub: 'ann' } },
  ])
})

test('what narrows does not wait', async () => {
  const main = { ...standing.mappings['app-main'], expires: '2050-01-01' }
  const applied = await apply('ann', { ...standing, mappings: { ...standing.mappings, 'app-main': main } })
  expect([applied.status, applied.body['applied']]).toEqual([200, true])
})

test.each([
  { name: 'the author himself', as: 'ann', code: 'forbidden' },
  { name: 'the author through a second binding', as: 'ann-2', code: 'second_person_required' },
  { name: 'somebody who may only look', as: 'vic', code: 'forbidden' },
])('refuses the yes of $name', async ({ as, code }) => {
  const change = await waiting()
  const before = await generation()
  const refused = await answer(as, change)
  expect([refused.status, refused.body['code']]).toEqual([403, code])
  expect(await generation()).toBe(before)
  expect((await answer('ann', change, 'withdraw')).status).toBe(200)
})

test('an author who is an approver too cannot say yes to his own', async () => {
  const change = await waiting('bob')
  expect((await answer('bob', change)).body['code']).toBe('second_person_required')
  expect((await answer('abe', change)).status).toBe(200)
})

test('an administrator who disabled his binding is the same person still', async () => {
  const as = { sub: 'first-administrator', person: 'ann@example.com', issuer: 'staff', roles: ['author'] }
  const bound = { ...standing, admins: { ...standing.admins, first: as } }
  expect((await answer('abe', await waiting('bob', bound))).status).toBe(200)
  const off = await askApi(vendor, '/v1/admin/admins/first:disable', {
    method: 'POST',
    headers: { 'if-match': '"1"' },
  })
  expect(off.status).toBe(200)
  const change = await waiting('first-administrator')
  expect((await answer('ann-2', change)).body['code']).toBe('second_person_required')
  expect((await answer('abe', change)).status).toBe(200)
})

test('a yes is to one hash and one generation, and to what stands', async () => {
  const change = await waiting()
  const otherHash = await answer('bob', { ...change, hash: '0'.repeat(64) })
  const otherGeneration = await answer('bob', { ...change, generation: change.generation + 1 })
  expect([otherHash.body['code'], otherGeneration.body['code']]).toEqual([
    'change_conflict',
    'change_conflict',
  ])
  const main = { ...standing.mappings['app-main'], owner: 'somebody@example.com' }
  expect(
    (await apply('ann', { ...standing, mappings: { ...standing.mappings, 'app-main': main } })).status,
  ).toBe(200)
  expect((await answer('bob', change)).body['code']).toBe('change_conflict')
  const shown = await askApi(vendor, `/v1/admin/changes/${change.id}`)
  expect([shown.body['state'], shown.body['stale']]).toEqual(['pending', true])
  expect((await answer('abe', change, 'reject')).body['state']).toBe('rejected')
  expect((await answer('abe', change, 'reject')).body['code']).toBe('change_conflict')
})

test('asked twice it is one change, and two yeses at once apply it once', async () => {
  const content = wider()
  const [one, two] = [await waiting('ann', content), await waiting('ann', content)]
  expect(one.id).toBe(two.id)
  const before = await generation()
  const both = await Promise.all(['bob', 'abe'].map((as) => answer(as, one)))
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409])
  expect(await generation()).toBe(Number(before) + 1)
})

test('a change of one resource waits as well, and a stranger cannot take it back', async () => {
  const now = await askApi(vendor, '/v1/admin/mappings/app-quick')
  const body = { ...(now.body['body'] as object), expires: '2150-01-01' }
  const put = await askApi(vendor, '/v1/admin/mappings/app-quick', {
    method: 'PUT',
    as: 'ann',
    headers: { 'if-match': now.headers.get('etag') ?? '' },
    body,
  })
  expect([put.status, put.headers.get('etag')]).toEqual([202, null])
  const change = put.body['change'] as Waiting
  expect((await answer('bob', change, 'withdraw')).status).toBe(403)
  expect((await answer('abe', change)).body['applied']).toBe(true)
})

test('a change that was written into the file past the service is not applied', async () => {
  const change = await waiting()
  const file = new Database(`${vendor.dataFolder}/config.db`)
  const forged = { issuer: vendor.admin.url, sub: 'nobody', person: 'nobody@example.com' }
  file.exec('DROP TRIGGER change_request_only_decided')
  file.prepare('UPDATE change_request SET author = ? WHERE id = ?').run(JSON.stringify(forged), change.id)
  file.close()
  const before = await generation()
  expect((await answer('bob', change)).status).toBe(500)
  expect((await answer('ann-2', change)).status).toBe(500)
  expect(await generation()).toBe(before)
  expect(vendor.logged()).toContain('change_tampered')
  expect((await answer('abe', change, 'reject')).status).toBe(200)
})

test('a yes and a no at once: one of them counts, and the log says that one alone', async () => {
  for (const verb of ['reject', 'withdraw'] as const) {
    const change = await waiting('ann')
    const [yes, no] = await Promise.all([
      answer('bob', change),
      answer(verb === 'reject' ? 'abe' : 'ann', change, verb),
    ])
    expect([yes.status, no.status].toSorted()).toEqual([200, 409])
    const types = ['change.approved', 'change.rejected', 'change.withdrawn']
    const events = await vendor.events(`${types.map((type) => `type=${type}`).join('&')}&limit=10`)
    const said = events.filter(({ event }) => 'change' in event && event.change === change.id)
    expect(said).toHaveLength(1)
  }
})

test('who is to say yes reads of what is new all that it says, and nothing that its author made for a terminal', async () => {
  const purpose = 'looks harmless\n! widens: nothing\u001b[2K\u202e'
  const eve = { issuer: 'staff', sub: 'eve', person: 'eve@example.com', roles: ['approver'] }
  const many = { claim: ['repository_id'], anyOf: Array.from({ length: 60 }, (_, nth) => `number-${nth}`) }
  const far = {
    ...standing.issuers.ci,
    url: 'https://far.example.com',
    audiences: ['https://far.example.com/a'],
  }
  const change = await waiting('ann', {
    ...standing,
    issuers: { ...standing.issuers, far },
    targets: { ...standing.targets, spare: { kind: 'minio', endpoint: 'https://spare.example.com' } },
    admins: { ...standing.admins, eve },
    mappings: {
      ...standing.mappings,
      extra: { ...standing.mappings['app-main'], when: [many], purpose, maxUses: 3 },
    },
  })
  const { body } = await askApi(vendor, `/v1/admin/changes/${change.id}`)
  const { changes } = body['plan'] as { changes: { name: string; lines: string[] }[] }
  const linesOf = (name: string) => changes.find((one) => one.name === name)?.lines.join('\n') ?? ''
  expect(linesOf('eve')).toBe('issuer: staff\nperson: eve@example.com\nroles: approver\nsub: eve')
  expect(linesOf('far')).toContain('url: https://far.example.com')
  expect(linesOf('far')).toContain('audiences: https://far.example.com/a')
  expect(linesOf('spare')).toContain('endpoint: https://spare.example.com')
  expect(linesOf('extra')).toContain('maxUses: 3')
  // A value that is cut from the words is one that nobody said yes to.
  expect(linesOf('extra')).toContain('number-59')
  expect(linesOf('extra')).toContain('looks harmless\\n! widens: nothing\\u001b[2K\\u202e')
  const renamed = {
    ...standing.mappings['app-main'],
    owner: 'a\u001b[31m@example.com',
    expires: '2199-01-01',
  }
  const edit = await waiting('ann', { ...standing, mappings: { ...standing.mappings, 'app-main': renamed } })
  const shown = JSON.stringify((await askApi(vendor, `/v1/admin/changes/${edit.id}`)).body['plan'])
  expect(JSON.parse(shown).changes[0].lines.join()).toMatch(/^[\x20-\x7e→\n]*$/)
  for (const one of [change, edit]) expect((await answer('ann', one, 'withdraw')).status).toBe(200)
})

test('a person in other letters is the same person', async () => {
  const twin = { issuer: 'staff', sub: 'ann-3', person: '\uff21nn@Example.com\u200b ', roles: ['approver'] }
  const content = { ...standing, admins: { ...standing.admins, twin } }
  expect((await answer('abe', await waiting('ann', content))).status).toBe(200)
  const change = await waiting('ann')
  expect((await answer('ann-3', change)).body['code']).toBe('second_person_required')
  expect((await answer('ann', change, 'withdraw')).status).toBe(200)
})

test.each([
  ['ways of widening', "widens = '[]'"],
  ['lines of the plan', `plan = CAST(replace(CAST(plan AS TEXT), 'create', 'change') AS BLOB)`],
])('%s that were written over in the file are missed: the log knows them', async (_name, edit) => {
  const extra = { ...standing.mappings['app-main'], purpose: 'one more' }
  const change = await waiting('ann', { ...standing, mappings: { ...standing.mappings, extra } })
  const file = new Database(`${vendor.dataFolder}/config.db`)
  file.exec('DROP TRIGGER IF EXISTS change_request_only_decided')
  file.prepare(`UPDATE change_request SET ${edit} WHERE id = ?`).run(change.id)
  file.close()
  expect((await answer('bob', change)).status).toBe(500)
  expect((await answer('abe', change, 'reject')).status).toBe(200)
})

test('a mapping that limits others is not taken away alone', async () => {
  const quick = standing.mappings['app-main']
  const limited = {
    ...standing,
    mappings: { ...standing.mappings, bound: { ...quick, bindToToken: true, expires: '2060-01-01' } },
  }
  expect((await answer('abe', await waiting('ann', limited))).status).toBe(200)
  const off = await askApi(vendor, '/v1/admin/mappings/bound:disable', {
    method: 'POST',
    as: 'ann',
    headers: { 'if-match': '"1"' },
  })
  expect([off.status, off.body['widens']]).toEqual([
    202,
    [{ kind: 'mapping', name: 'bound', code: 'mapping_limit' }],
  ])
  expect((await answer('abe', off.body['change'] as Waiting)).status).toBe(200)
})

test('what waits outlives a restart', async () => {
  const change = await waiting()
  await vendor.restart()
  expect((await answer('bob', change)).body['applied']).toBe(true)
})

test('the command lists, shows and answers', async () => {
  const change = await waiting('bob')
  const run = (...argv: string[]) => runCli((io) => changeCommand(argv, io), { vendor })
  expect((await run('list')).out).toContain(`${change.id} pending`)
  const shown = await run('show', change.id)
  expect(shown.out).toContain('! widens: mapping app-main: a mapping admits for longer (mapping_prolonged)')
  const wrong = await run('approve', change.id, '--hash', 'f'.repeat(64))
  expect([wrong.code, wrong.err.includes('change_conflict')]).toEqual([5, true])
  expect((await run('approve', change.id)).code).toBe(0)
  expect((await run('approve', change.id)).code).toBe(5)
  expect((await run('list')).out).not.toContain(change.id)
})
