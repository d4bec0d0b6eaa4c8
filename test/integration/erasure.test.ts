import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditEraseCommand } from '../../apps/vendor/src/cli/audit-erase.ts'
import { whyCommand } from '../../apps/vendor/src/cli/why.ts'
import type { StoredEvent } from '../../apps/vendor/src/ports.ts'
import { administrators, askApi } from '../support/admin-api.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { unpack, verifyPacks } from '../support/packs.ts'
import { reviewClient } from '../support/reviews.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { verifyBoth } from '../support/verify-both.ts'

const JANE = 'user:jane.doe@example.org'
const JOHN = 'user:john.roe@example.org'
const IP = '203.0.113.77'
const AGENT = 'janes-own-agent/7.1'
const ACTOR = 'jane-doe-of-acme'
const NAMED = 'janes-session-name'
const STRANGE_IP = '198.51.100.23'
const DAY_MS = 86_400_000

type World = { readonly vendor: ChildVendor; readonly store: FakeSts; ahead: number }

async function startWorld(env: Readonly<Record<string, string>>): Promise<World> {
  const world = { ahead: 0 } as { ahead: number; vendor: ChildVendor; store: FakeSts }
  world.store = await startFakeSts({ nowMs: () => Date.now() + world.ahead })
  world.vendor = await startVendor({
    env: { STINT_TRUSTED_PROXIES: '127.0.0.0/8', ...env },
    wallAheadMs: () => world.ahead,
  })
  const base = configurationFor(world.vendor, world.store.endpoint)
  const staff = administrators(world.vendor)
  const when = [
    { claim: ['repository_id'], equals: '42' },
    { claim: ['actor'], anyOf: [ACTOR, 'john-roe-of-acme'] },
  ]
  const applied = await world.vendor.apply({
    ...base,
    issuers: { ...base.issuers, ...staff.issuers },
    admins: staff.admins,
    mappings: {
      ...base.mappings,
      'app-main': { ...base.mappings['app-main'], when },
      'app-seen': { ...base.mappings['app-main'], when: [when[1]], mode: 'shadow' },
    },
  })
  expect(applied.status, JSON.stringify(applied.body)).toBe(200)
  return world
}

type Ask = { readonly sub: string; readonly actor: string; readonly ip?: string; readonly more?: object }

async function ask({ vendor }: World, { sub, actor, ip = IP, more = {} }: Ask): Promise<number> {
  const token = vendor.token({ sub, actor, email: `${actor}@example.org`, ...more })
  return (await asked(vendor, token, ip)).status
}

function asked(vendor: ChildVendor, token: string, ip: string): Promise<Response> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    resource: 'arn:aws:iam::123456789012:role/app-artifacts',
    role_session_name: NAMED,
  }
  return fetch(`${vendor.url}/v1/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { 'user-agent': AGENT, 'x-forwarded-for': ip },
  })
}

/** What happened is the same in every world. */
async function tellStory(world: World): Promise<void> {
  expect(await ask(world, { sub: JANE, actor: ACTOR })).toBe(200)
  expect(await ask(world, { sub: JANE, actor: ACTOR, ip: '203.0.114.5' })).toBe(200)
  expect(await ask(world, { sub: JOHN, actor: 'john-roe-of-acme' })).toBe(200)
  expect(await ask(world, { sub: JANE, actor: 'somebody-else' })).toBe(400)
  expect((await asked(world.vendor, 'no.token.at-all', STRANGE_IP)).status).toBe(400)
}

const erase = (world: World, body: object, as = 'pia') =>
  askApi(world.vendor, '/v1/admin/subjects:erase', {
    ...{ method: 'POST', as },
    body: { issuer: 'ci', sub: JANE, reason: 'she asked for it', ...body },
  })

let world: World
let plain: World
let review = ''
let pack: Buffer

beforeAll(async () => {
  world = await startWorld({ STINT_ERASABLE: 'on' })
  plain = await startWorld({})
  await tellStory(world)
  await tellStory(plain)
}, 60_000)
afterAll(async () => {
  for (const one of [world, plain]) {
    await one?.vendor.stop()
    await one?.store.stop()
  }
})

async function fetchPack(): Promise<Buffer> {
  const token = world.vendor.admin.sign({ sub: 'ada', aud: 'stint-admin' })
  const answer = await fetch(`${world.vendor.url}/v1/admin/reviews/${review}/evidence.tar`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

const auditFile = (of: World) => join(of.vendor.dataFolder, 'audit.db')
const bytesOf = (of: World, wal = true) =>
  [auditFile(of), ...(wal ? [`${auditFile(of)}-wal`] : [])].map((path) => {
    try {
      return readFileSync(path, 'latin1')
    } catch {
      return ''
    }
  })
const PERSONAL = [JANE, JOHN, IP, AGENT, ACTOR, NAMED, STRANGE_IP, 'john-roe-of-acme', 'jane.doe']

test('nothing personal stands in any file of the log in clear; without the mode everything does', () => {
  const found = (of: World) => PERSONAL.filter((text) => bytesOf(of).some((bytes) => bytes.includes(text)))
  expect(found(plain)).toEqual(PERSONAL)
  expect(found(world)).toEqual([])
})

/** The answers of the page, of REST and of the commands, without what is of the moment. */
async function answers(of: World) {
  const { vendor } = of
  const events = await decisions(of)
  const refused = events.find(({ event }) => event.type === 'assume.refused' && event.subject !== null)
  const request = refused !== undefined && 'request' in refused.event ? refused.event.request : ''
  const explained = await vendor.get(`/v1/admin/explain/${request}`)
  const draft = {
    ...configurationFor(vendor, of.store.endpoint),
  }
  const replayed = await vendor.post('/v1/admin/config:replay?days=1', { configuration: draft })
  expect(replayed.status, JSON.stringify(replayed.body)).toBe(200)
  const told = (one: object) =>
    JSON.parse(
      JSON.stringify(one)
        .replaceAll(vendor.ci.url, 'ISSUER')
        .replaceAll(vendor.url, 'URL')
        .replaceAll(/(req|asm|evt)_[0-9a-f-]{36}/g, '$1')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'AT')
        .replaceAll(/"(hashAfter|digest|thumbprint|kid|sha256|sessionPolicySha256)":"[^"]*"/g, '"$1":"…"')
        .replaceAll(
          /"(firstMs|lastMs|first|last|ms|fromMs|toMs|n|mono|boot|chain|leaf)":("[^"]*"|\d+)/g,
          '"$1":0',
        ),
    )
  return told({
    events: events.map(({ event }) => event),
    explained: explained.body,
    replayed: replayed.body,
    subjects: (await vendor.get('/v1/admin/mappings/app-main/subjects')).body,
    usage: (await vendor.get('/v1/admin/mappings/app-main/usage?step=day')).body,
    shadow: (await vendor.get('/v1/admin/mappings/app-seen/shadow')).body,
  })
}

test('events, explanations, replay, usage and shadow answer as they do without the mode', async () => {
  const [on, off] = [await answers(world), await answers(plain)]
  expect(on).toEqual(off)
  // And they say who it was.
  expect(JSON.stringify(on.subjects)).toContain(JANE)
  expect(JSON.stringify(on.explained)).toContain(JANE)
  expect(on.events[0]).toMatchObject({ source: { userAgent: AGENT } })
})

test('what leaves the log has commitments alone, the same for the same text of a person', async () => {
  const token = world.vendor.admin.sign({ sub: 'first-administrator', aud: 'stint-admin' })
  for (const format of ['jsonl', 'ocsf', 'cloudtrail', 'cloudevents']) {
    const answer = await fetch(`${world.vendor.url}/v1/admin/audit/export?format=${format}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const text = await answer.text()
    expect([format, answer.status]).toEqual([format, 200])
    for (const one of PERSONAL) expect(text, format).not.toContain(one)
    expect(text).toContain('personal:sha256:')
  }
  const connection = new Database(auditFile(world), { readonly: true })
  const subs = connection
    .prepare<[], string>(
      "SELECT body ->> '$.subject.sub' FROM event WHERE type = 'assume.intent' ORDER BY seq",
    )
    .pluck()
    .all()
  const addresses = connection
    .prepare<[], string>("SELECT body ->> '$.source.ip' FROM event WHERE type = 'assume.intent' ORDER BY seq")
    .pluck()
    .all()
  connection.close()
  expect(new Set(subs).size).toBe(2)
  expect(subs[0]).toBe(subs[1])
  // Jane and John came from one address, and nobody who has the log alone can tell.
  expect(addresses[0]).not.toBe(addresses[2])
})

test('who may not erase is refused, and so is whoever names nobody, no reason, or himself', async () => {
  for (const as of ['opal', 'ada', 'ann', 'rita', 'abe'])
    expect([as, (await erase(world, {}, as)).status]).toEqual([as, 403])
  expect((await erase(world, { issuer: 'nobody' })).body).toMatchObject({
    code: 'invalid_request',
    detail: 'issuer',
  })
  expect((await erase(world, { reason: '' })).status).toBe(400)
  const oneself = await erase(world, { issuer: 'staff', sub: 'pia' })
  expect([oneself.status, oneself.body['code']]).toEqual([409, 'erasure_conflict'])
})

test('a person is not erased while a session may live, or while a revocation of the person stands', async () => {
  const early = await erase(world, {})
  expect([early.status, early.body['code']]).toEqual([409, 'erasure_conflict'])
  expect(world.vendor.logged()).toContain('erasure_too_early')
  const revoked = await askApi(world.vendor, '/v1/admin/subjects:revoke', {
    ...{ method: 'POST', as: 'opal' },
    body: { issuer: 'ci', sub: JANE, reason: 'a test' },
  })
  // By the pseudonym of the log both sessions of hers are found, and none of his.
  expect(revoked.body).toMatchObject({ sessions: 2 })
  expect(await ask(world, { sub: JANE, actor: ACTOR })).toBe(400)
  world.ahead += 2 * DAY_MS
  await world.vendor.restart()
  // The lock was read back from the log, in clear.
  expect(await ask(world, { sub: JANE, actor: ACTOR })).toBe(400)
  const [newest] = await world.vendor.events('type=assume.refused&limit=1')
  expect(newest?.event).toMatchObject({ code: 'locked', subject: { sub: JANE } })
  const locked = await erase(world, {})
  expect(locked.status).toBe(409)
  expect(world.vendor.logged()).toContain('erasure_locked')
  const lock = String(revoked.body['lock'])
  const lifted = await askApi(world.vendor, `/v1/admin/locks/${lock}:lift`, {
    ...{ method: 'POST', as: 'abe' },
    body: { reason: 'a test' },
  })
  expect(lifted.status).toBe(200)
})

test('an evidence pack has commitments alone', async () => {
  const client = reviewClient(world.vendor)
  review = await client.running({ scope: { kinds: ['mapping'], mappings: ['app-main'] } })
  const { item } = await client.item(review, 'app-main')
  const decided = await client.decide(review, item.n, { verdict: 'attest' })
  expect(decided.status, JSON.stringify(decided.body)).toBe(200)
  await client.sealed(review)
  expect((await client.post(`/${review}/evidence`, {})).body).toMatchObject({ state: 'ready' })
  pack = await fetchPack()
  const files = unpack(pack).map(({ content }) => content.toString('latin1'))
  // What a condition of a mapping names stands in the configuration, and so in the item that is reviewed.
  for (const one of [JANE, JOHN, IP, AGENT, NAMED, STRANGE_IP])
    expect(files.filter((file) => file.includes(one))).toEqual([])
  expect(files.some((file) => file.includes('personal:sha256:'))).toBe(true)
  const path = join(world.vendor.dataFolder, '../pack.tar')
  writeFileSync(path, pack)
  const [both] = await verifyPacks([{ path, keys: [] }])
  expect(both?.ours).toMatchObject({ ok: true })
  expect(both?.python).toEqual(both?.ours)
})

test('an erasure takes one person out of every event and every file, for good; the log stays whole', async () => {
  const { vendor } = world
  const before = await decisions(world)
  const leaves = before.map(({ leaf }) => leaf)
  const salts = saltsOf(world)
  const proof = await vendor.get(`/v1/admin/audit/proof?seq=${before.at(-1)?.seq}`)
  const run = await runCli(
    (io) => auditEraseCommand(['--issuer', 'ci', '--sub', JANE, '--reason', 'she asked for it', '--yes'], io),
    { vendor, as: 'pia' },
  )
  expect([run.code, run.err]).toEqual([0, ''])
  expect(run.out).toMatch(/^erased: [0-9]+ values\nin the events it is personal:sha256:[\w-]{43}\n$/)
  const pseudonym = /personal:sha256:[\w-]{43}/.exec(run.out)?.[0] ?? ''

  const after = await decisions(world)
  expect(after.map(({ leaf }) => leaf)).toEqual(leaves)
  const hers = after.filter(({ event }) => subOf(event) === pseudonym)
  // Two intents, and three refusals: two of them while she was locked.
  expect(hers).toHaveLength(5)
  expect(JSON.stringify(hers)).not.toContain(IP)
  expect(JSON.stringify(hers)).not.toContain(ACTOR)
  // His stay, with the address that was hers as well.
  const his = after.filter(({ event }) => subOf(event) === JOHN)
  expect(his.map(({ event }) => 'source' in event && event.source)).toMatchObject([
    { ip: IP, userAgent: AGENT },
  ])

  const [erased] = await vendor.events('type=log.erased&limit=1')
  expect(erased?.event).toMatchObject({
    of: { kind: 'subject', issuer: 'ci', url: vendor.ci.url },
    subs: [pseudonym],
    actor: { person: 'pia@example.com' },
    reason: 'she asked for it',
  })
  // Once more is nothing, and is not recorded; the pseudonym names nobody any more.
  const again = await erase(world, {})
  expect([again.status, again.body]).toMatchObject([200, { values: 0, subs: [] }])
  expect((await erase(world, { sub: pseudonym })).body).toMatchObject({ values: 0 })
  expect((await vendor.events('type=log.erased&limit=9')).length).toBe(1)

  // The salt is nowhere, so that what it sealed is noise and nobody can try names.
  const gone = salts.filter((salt) => !saltsOf(world).includes(salt))
  expect(gone).toHaveLength(1)
  for (const bytes of bytesOf(world)) for (const salt of gone) expect(bytes.includes(salt)).toBe(false)
  // Evidence that an auditor has is evidence that he would be given.
  rmSync(join(vendor.dataFolder, 'evidence', `${review}.tar`))
  expect((await reviewClient(vendor).post(`/${review}/evidence`, {})).body).toMatchObject({ state: 'ready' })
  expect((await fetchPack()).equals(pack)).toBe(true)
  // A receipt of before still leads to the tree.
  const now = await vendor.get(`/v1/admin/audit/proof?seq=${before.at(-1)?.seq}`)
  expect(now.body['leaf']).toBe(proof.body['leaf'])
  await vendor.restart()
  const [both] = await verifyBoth([{ path: auditFile(world), keys: [], anchors: [] }])
  expect(both?.ours).toMatchObject({ ok: true, pruned: 0 })
  expect(both?.python).toEqual(both?.ours)
})

test('whoever asks why of an erased person is told that nobody can tell, and a replay says so', async () => {
  const [refused] = (await world.vendor.events('type=assume.refused&limit=500')).filter(
    ({ event }) => event.type === 'assume.refused' && event.code === 'no_mapping',
  )
  const request = refused !== undefined && 'request' in refused.event ? String(refused.event.request) : ''
  const run = await runCli((io) => whyCommand([request], io), { vendor: world.vendor })
  expect(run.out).toContain('(erased)')
  expect(run.out).not.toContain('somebody-else')
  const draft = configurationFor(world.vendor, world.store.endpoint)
  const main = { ...draft.mappings['app-main'], when: [{ claim: ['actor'], equals: 'nobody' }] }
  const replayed = await world.vendor.post('/v1/admin/config:replay?days=30', {
    configuration: { ...draft, mappings: { 'app-main': main } },
  })
  expect(replayed.status, JSON.stringify(replayed.body)).toBe(200)
  expect(JSON.stringify(replayed.body)).toContain('cannot_tell')
})

test('a person who comes again is somebody new, and what was nobody’s is erased by its day', async () => {
  expect(await ask(world, { sub: JANE, actor: ACTOR })).toBe(200)
  const [intent] = await world.vendor.events('type=assume.intent&limit=1')
  expect(subOf(intent?.event)).toBe(JANE)
  const strange = (await world.vendor.events('type=assume.refused&limit=500')).find(({ event }) =>
    JSON.stringify(event).includes(STRANGE_IP),
  )
  const day = strange?.event.at.slice(0, 10)
  const erased = await askApi(world.vendor, '/v1/admin/audit/days:erase', {
    ...{ method: 'POST', as: 'pia' },
    body: { day, reason: 'no longer needed' },
  })
  expect([erased.status, erased.body]).toMatchObject([200, { subs: [], wiped: true }])
  expect(Number(erased.body['values'])).toBeGreaterThan(0)
  const after = await world.vendor.events('limit=500')
  expect(JSON.stringify(after)).not.toContain(STRANGE_IP)
})

async function decisions({ vendor }: World): Promise<readonly StoredEvent[]> {
  const events = await vendor.events('limit=500')
  return events.filter(({ event }) => event.type === 'assume.intent' || event.type === 'assume.refused')
}

function subOf(event: StoredEvent['event'] | undefined): string | null {
  return event !== undefined && 'subject' in event && event.subject !== null ? event.subject.sub : null
}

/** Latin-1, as they lie in the file; those that are written over are not among them. */
function saltsOf(of: World): readonly string[] {
  const connection = new Database(auditFile(of), { readonly: true })
  const salts = connection.prepare<[], Buffer>('SELECT salt FROM person').pluck().all()
  connection.close()
  return salts.map((salt) => salt.toString('latin1')).filter((salt) => /[^\0]/.test(salt))
}
