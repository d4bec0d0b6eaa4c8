import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockCommand, revokeCommand } from '../../apps/vendor/src/cli/revoke.ts'
import { administrators, askApi } from '../support/admin-api.ts'
import { runCli } from '../support/cli.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import type { Answer } from '../support/vendor.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

let vendor: ChildVendor
let minio: RunningMinio

/** Three mappings, told apart by `repository_id`, so that one test’s lock is nobody else’s. */
const IDS = ['1', '2', '3', '4', '5', '6', '7']
const configure = (endpoint: string) => {
  const base = configurationFor(vendor, endpoint)
  const staff = administrators(vendor)
  const when = (id: string) => [{ claim: ['repository_id'], equals: id }]
  const mappings = Object.fromEntries(
    IDS.map((id) => [`map-${id}`, { ...base.mappings['app-main'], when: when(id) }]),
  )
  return { ...base, mappings, issuers: { ...base.issuers, ...staff.issuers }, admins: staff.admins }
}

beforeAll(async () => {
  vendor = await startVendor({ env: { STINT_APPROVALS: 'on' } })
  minio = await startTrustingMinio(vendor, configure)
})
afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
})

type Session = { readonly id: string; readonly code: () => Promise<string | undefined> }

const ask = (id: string, sub = 'repo:acme/app') => vendor.exchange(vendor.token({ repository_id: id, sub }))

async function session(id: string, sub?: string): Promise<Session> {
  const { status, body } = await ask(id, sub)
  expect(status).toBe(200)
  const found = body['credentials'] as Record<string, string>
  const caller = s3Caller(minio.endpoint, {
    accessKeyId: found['access_key_id'] ?? '',
    secretAccessKey: found['secret_access_key'] ?? '',
    sessionToken: found['session_token'] ?? '',
  })
  const [intent] = await vendor.events('type=assume.intent&limit=1')
  const id_ = intent?.event.type === 'assume.intent' ? intent.event.assumption : ''
  const code = async () => (await caller('GET', '/artifacts/acme/app/none')).code
  // A session that never lived would be dead for no reason of ours.
  alive(await code())
  return { id: id_, code }
}

const revoke = (path: string, body: object = {}, as = 'opal'): Promise<Answer> =>
  askApi(vendor, `/v1/admin/${path}:revoke`, { method: 'POST', as, body: { reason: 'a test', ...body } })

const ALIVE = 'NoSuchKey'
const DEAD = 'InvalidAccessKeyId'
// Without the right to list, a missing key is AccessDenied: the session lives, and that is all that is asked.
const alive = (code: string | undefined) => expect([ALIVE, 'AccessDenied']).toContain(code)

test('one session is ended and proved, its siblings live, and issue goes on', async () => {
  const [one, two] = [await session('1'), await session('1')]
  const { status, body } = await revoke(`assumptions/${one.id}`)
  expect([status, body['lock'], body['sessions'], body['proved'], body['unproved']]).toEqual([
    200,
    null,
    1,
    1,
    [],
  ])
  expect(await one.code()).toBe(DEAD)
  alive(await two.code())
  alive(await (await session('1')).code())
})

test('a mapping: nothing is issued from the answer on, all of its sessions die, those of others live', async () => {
  const mine = await Promise.all([1, 2, 3, 4, 5].map(() => session('2')))
  const other = await session('3')
  const { body } = await revoke('mappings/map-2')
  expect([body['sessions'], body['proved'], body['unproved'], body['moreUnproved']]).toEqual([5, 5, [], 0])
  expect(Number(body['lastMs'])).toBeGreaterThanOrEqual(Number(body['stoppedMs']))
  for (const one of mine) expect(await one.code()).toBe(DEAD)
  alive(await other.code())
  expect((await ask('2')).body['code']).toBe('access_denied')
  const [refused] = await vendor.events('type=assume.refused&limit=1')
  expect(refused?.event).toMatchObject({ code: 'locked' })
  const [finished] = await vendor.events('type=revoke.finished&limit=1')
  expect(finished?.event).toMatchObject({ of: { kind: 'mapping', name: 'map-2' }, sessions: 5, proved: 5 })
})

test('sessions that a restarted MinIO has forgotten are ended and proved', async () => {
  const one = await session('4')
  await minio.kill()
  await minio.restart()
  const { body } = await revoke('mappings/map-4')
  expect([body['sessions'], body['proved']]).toEqual([1, 1])
  expect(await one.code()).toBe(DEAD)
})

test('a subject is stopped wherever he comes from, others are served, and a lock outlives a restart', async () => {
  const [his, hers] = [await session('5', 'mallory'), await session('5', 'alice')]
  const { body } = await revoke('subjects', { issuer: 'ci', sub: 'mallory' })
  expect([body['sessions'], body['proved']]).toEqual([1, 1])
  expect(await his.code()).toBe(DEAD)
  alive(await hers.code())
  expect((await ask('6', 'mallory')).status).toBe(400)
  await vendor.restart()
  expect((await ask('5', 'mallory')).status).toBe(400)
  expect((await ask('5', 'alice')).status).toBe(200)
})

test('a lock is one however often it is set, and somebody else lifts it', async () => {
  const first = await revoke('mappings/map-6', {}, 'first-administrator')
  const again = await revoke('mappings/map-6', {}, 'first-administrator')
  expect(again.body['lock']).toBe(first.body['lock'])
  const lock = String(first.body['lock'])
  const lift = (as: string) =>
    askApi(vendor, `/v1/admin/locks/${lock}:lift`, { method: 'POST', as, body: { reason: 'a test' } })
  expect((await lift('first-administrator')).body['code']).toBe('second_person_required')
  expect((await lift('opal')).body['code']).toBe('forbidden')
  expect((await ask('6')).status).toBe(400)
  expect((await lift('abe')).status).toBe(200)
  expect((await ask('6')).status).toBe(200)
  expect((await lift('abe')).status).toBe(404)
})

test('two who lock at once set one lock, and letting go of it lets go', async () => {
  const reports = await Promise.all([1, 2, 3].map(() => revoke('mappings/map-7')))
  const ids = new Set(reports.map(({ body }) => body['lock']))
  expect([ids.size, ids.has(null)]).toEqual([1, false])
  const listed = await askApi(vendor, '/v1/admin/locks')
  const locks = (listed.body['locks'] as { id: string; of: { name?: string } }[]).filter(
    ({ of }) => of.name === 'map-7',
  )
  expect(locks.map(({ id }) => id)).toEqual([...ids])
  const lifted = await askApi(vendor, `/v1/admin/locks/${[...ids][0]}:lift`, {
    method: 'POST',
    body: { reason: 'over' },
  })
  expect(lifted.status).toBe(200)
  await vendor.restart()
  expect((await ask('7')).status).toBe(200)
})

test('an assumption that nobody made is not said to be revoked', async () => {
  const unknown = await revoke('assumptions/asm_01a20d10-8b7e-7e18-9e48-458f8fa55bf7')
  expect(unknown.status).toBe(404)
})

test('an apply of the file does not lift a lock', async () => {
  await revoke('mappings/map-7')
  await askApi(vendor, '/v1/admin/mappings/map-7:disable', { method: 'POST', headers: { 'if-match': '"1"' } })
  const back = await askApi(vendor, '/v1/admin/mappings/map-7:enable', {
    method: 'POST',
    as: 'ann',
    headers: { 'if-match': '"2"' },
  })
  const change = back.body['change'] as { id: string; generation: number; hash: string }
  const { id, generation, hash } = change
  await askApi(vendor, `/v1/admin/changes/${id}:approve`, {
    method: 'POST',
    as: 'abe',
    body: { generation, hash },
  })
  expect((await ask('7')).status).toBe(400)
})

test('the commands say what is proved, who locked, and refuse to go without a reason', async () => {
  const one = await session('3')
  const run = (...argv: string[]) => runCli((io) => revokeCommand(argv, io), { vendor })
  expect((await run('assumption', one.id)).code).toBe(2)
  const done = await run('assumption', one.id, '--reason', 'leaked in a log')
  expect([done.code, done.out.split('\n')[1]?.startsWith('1 session, 1 proved')]).toEqual([0, true])
  const locks = await runCli((io) => lockCommand(['list'], io), { vendor })
  expect(locks.out).toContain('subject mallory of ci')
  expect((await run('mapping', 'nobody', '--reason', 'x')).code).toBe(1)
})

test('an exchange under way when the lock comes is withheld, and its session is ended', async () => {
  const store = await startFakeSts()
  const own = await startVendor()
  await own.apply(configurationFor(own, store.endpoint))
  const gate = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: gate.promise })
  const exchange = own.exchange(own.token())
  await store.asked(1)
  const revoked = askApi(own, '/v1/admin/roles/app-artifacts:revoke', {
    method: 'POST',
    body: { reason: 'x' },
  })
  await until('the lock', async () => (await own.events('type=revoke.begun')).length === 1)
  gate.resolve()
  expect((await exchange).status).toBe(503)
  const { body } = await revoked
  expect(body['unproved']).toEqual([])
  const [withheld] = await own.events('type=assume.withheld')
  expect(withheld?.event).toMatchObject({ changed: [{ kind: 'lock' }] })
  await until('its end', () => store.sessions.every((one) => one.revoked))
  await own.stop()
  await store.stop()
})

test('a store that is gone: issue is stopped, the sessions are named with their end, and tried again', async () => {
  const store = await startFakeSts()
  const own = await startVendor()
  await own.apply(configurationFor(own, store.endpoint))
  expect((await own.exchange(own.token())).status).toBe(200)
  await store.stop()
  const { body } = await askApi(own, '/v1/admin/targets/store:revoke', {
    method: 'POST',
    body: { reason: 'x' },
  })
  expect([body['sessions'], body['proved'], body['lastMs']]).toEqual([1, 0, null])
  expect(body['unproved']).toEqual([
    expect.objectContaining({ target: 'store', latestExpiry: expect.stringMatching(/Z$/) }),
  ])
  await own.restart()
  const back = await startFakeSts({ port: Number(new URL(store.endpoint).port) })
  await until('a proof', async () => {
    const events = await own.events('type=assume.revoked')
    return events.some(({ event }) => event.type === 'assume.revoked' && event.proof === 'proved')
  })
  expect((await own.exchange(own.token())).status).toBe(400)
  await own.stop()
  await back.stop()
}, 60_000)

test('a revocation that a kill cut short is finished by the next start', async () => {
  const store = await startFakeSts()
  const own = await startVendor({ child: true })
  await own.apply(configurationFor(own, store.endpoint))
  for (let at = 0; at < 3; at++) expect((await own.exchange(own.token())).status).toBe(200)
  store.setFault({ kind: 'hang' })
  const before = store.calls()
  const cut = askApi(own, '/v1/admin/mappings/app-main:revoke', {
    method: 'POST',
    body: { reason: 'x' },
  }).catch(() => null)
  await store.asked(before + 1)
  await own.kill()
  await cut
  store.setFault(undefined)
  await own.restart()
  await until('the end', async () => (await own.events('type=revoke.finished')).length === 1)
  const [finished] = await own.events('type=revoke.finished')
  expect(finished?.event).toMatchObject({ request: null, sessions: 3, proved: 3 })
  expect((await own.exchange(own.token())).status).toBe(400)
  await own.stop()
  await store.stop()
}, 60_000)
