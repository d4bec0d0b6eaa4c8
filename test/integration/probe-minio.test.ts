import { afterAll, beforeAll, expect, test } from 'vitest'
import { probeCommand } from '../../apps/vendor/src/cli/probe.ts'
import { targetCommand } from '../../apps/vendor/src/cli/target.ts'
import { TARGET_TRIES } from '../../apps/vendor/src/domain/probe/catalogue.ts'
import type { ShownSheet } from '../../apps/vendor/src/domain/probe/sheet.ts'
import { ADMINISTRATOR_TRIES } from '../../apps/vendor/src/domain/probe/tries/administrator.ts'
import { COMMUNITY_MINIO } from '../corpus/probe.ts'
import { runCli } from '../support/cli.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { storedSessions } from '../support/minio-sessions.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type Answer, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

let vendor: ChildVendor
let minio: RunningMinio
let sheet: ShownSheet

const BUCKET = 'stint-probe'

function configure(endpoint: string) {
  const base = configurationFor(vendor, endpoint)
  const anyBucket = [{ use: 'artifacts-write@1', with: { bucket: { claim: ['project'] }, prefix: 'in' } }]
  const roles = { ...base.roles, 'any-bucket': { ...base.roles['app-artifacts'], policies: anyBucket } }
  return { ...base, roles, targets: { store: { ...base.targets.store, probe: { bucket: BUCKET } } } }
}

beforeAll(async () => {
  vendor = await startVendor()
  minio = await startTrustingMinio(vendor, configure)
  await s3Caller(minio.endpoint, minio.root)('PUT', `/${BUCKET}`)
  sheet = await probed('targets/store')
}, 120_000)
afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
})

const ask = (of: string, body: object = {}): Promise<Answer> => vendor.post(`/v1/admin/${of}:probe`, body)

async function probed(of: string, body: object = {}): Promise<ShownSheet> {
  const { status, body: answer } = await ask(of, body)
  expect([status, answer['code'] ?? null]).toEqual([200, null])
  return answer as ShownSheet // the admin door's own answer, whose shape the OpenAPI test holds
}

/** What a probe leaves to an administrator of the store. */
const ADMINISTERED = Object.fromEntries(ADMINISTRATOR_TRIES.map(({ id }) => [id, 'not_tried']))
const verdictsOf = ({ tries }: ShownSheet) =>
  Object.fromEntries(tries.map(({ id, verdict }) => [id, verdict]))

test('the sheet of community MinIO shows each row as it was measured by hand', () => {
  // The role `any-bucket` leaves the wall open, so that this row cannot be tried here; the test of the wall below does.
  expect(verdictsOf(sheet)).toEqual({
    ...COMMUNITY_MINIO,
    'wall-other-buckets': 'not_tried',
    ...ADMINISTERED,
  })
  expect(sheet).toMatchObject({ outcome: 'completed', broken: [], immune: false, blind: false })
  expect(sheet.identity?.server).toBe('MinIO')
  for (const { verdict, reason } of sheet.tries) expect(verdict === 'not_tried').toBe(reason !== null)
})

test('a forged condition is found by the forged step alone: the honest one is refused', () => {
  const forged = sheet.tries.filter(({ group }) => group === 'forged')
  for (const { steps } of forged) {
    const honest = steps.find(({ is }) => is === 'claim')
    expect([honest?.meaning, honest?.code]).toEqual(['refused', 'AccessDenied'])
    expect(steps.some(({ is, meaning }) => is === 'claim' && meaning === 'allowed')).toBe(true)
  }
})

test('every session of it is proved to be over, on the store’s own drive too, and no object is left', async () => {
  const { minted, proved, unproved } = sheet.sessions
  expect([proved, unproved, sheet.left]).toEqual([minted, [], []])
  expect(minted).toBeGreaterThan(20)
  const answered = (await vendor.events('type=probe.answered&limit=500')).flatMap(({ event }) =>
    event.type === 'probe.answered' && event.accessKeyId !== null
      ? [{ key: event.accessKeyId, isOver: Date.parse(event.expires ?? '') < Date.now() }]
      : [],
  )
  expect(answered.length).toBeGreaterThanOrEqual(minted)
  const stored = new Set(storedSessions(minio.dataDir).map(({ accessKeyId }) => accessKeyId))
  // MinIO forgets the file of a session that ended by itself when it cleans up.
  expect(answered.filter(({ key, isOver }) => stored.has(key) && !isOver)).toEqual([])
  const root = s3Caller(minio.endpoint, minio.root)
  const listed = await root('GET', `/${BUCKET}`, { query: { 'list-type': '2' } })
  expect(listed.body.toString()).toContain('<KeyCount>0</KeyCount>')
})

test('it is in the log: an intent before each session, and the whole sheet at the end', async () => {
  const events = (await vendor.events(`limit=500`)).map(({ event }) => event).toReversed()
  const ours = events.filter((event) => 'probe' in event && event.probe === sheet.probe)
  expect([ours[0]?.type, ours.at(-1)?.type]).toEqual(['probe.begun', 'probe.finished'])
  const opened = new Set<string>()
  for (const event of ours) {
    if (event.type === 'probe.intent') opened.add(event.assumption)
    if (event.type === 'probe.answered') expect(opened.has(event.assumption)).toBe(true)
  }
  const { tries, ...head } = sheet
  const found = (await vendor.get(`/v1/admin/probes/${sheet.probe}`)).body
  expect(found).toEqual({ ...head, tries })
  const nobody = `${sheet.probe.slice(0, -1)}${sheet.probe.endsWith('0') ? '1' : '0'}`
  expect(await vendor.get(`/v1/admin/probes/${nobody}`)).toMatchObject({ status: 404 })
})

test('a role is given its longest policy, may do what it says, and nothing beside it', async () => {
  const { role, tries, sessions, left } = await probed('roles/app-artifacts')
  // It may write and not delete: what it wrote is told.
  const written = '/artifacts/stint-probe/stint-probe'
  expect([role?.name, left, sessions.proved]).toEqual(['app-artifacts', [written], sessions.minted])
  expect(tries.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['role-longest', 'holds'],
    ['role-inside', 'holds'],
    ['role-other-verb', 'holds'],
    ['role-other-prefix', 'holds'],
    ['role-other-bucket', 'holds'],
  ])
  const inside = tries.find(({ id }) => id === 'role-inside')?.steps.map(({ says }) => says)
  expect(inside).toEqual([
    'mint session a',
    'PUT artifacts/stint-probe/stint-probe',
    'GET artifacts/stint-probe/stint-probe',
  ])
})

test('a bucket that comes from a claim must be said; what is said of nothing is refused', async () => {
  expect((await ask('roles/any-bucket')).body).toMatchObject({
    code: 'invalid_request',
    detail: 'with.bucket',
  })
  for (const given of [{ bucket: 'artifacts', nobody: 'x' }, { bucket: 'Not*One' }, { prefix: 'x' }])
    expect((await ask('roles/any-bucket', { with: given })).status).toBe(400)
  const { tries } = await probed('roles/any-bucket', { with: { bucket: 'artifacts' } })
  expect(tries.find(({ id }) => id === 'role-inside')?.verdict).toBe('holds')
})

test('one of a kind at a time, none of what is locked, none of what is not there', async () => {
  const first = ask('targets/store')
  await until('it runs', async () => {
    const { body } = await vendor.get('/v1/admin/probe-schedule')
    return JSON.stringify(body).includes('"running":true')
  })
  expect((await ask('targets/store')).body).toMatchObject({ code: 'probe_conflict', status: 409 })
  expect((await first).status).toBe(200)
  expect((await ask('targets/nobody')).status).toBe(404)
  expect((await ask('roles/nobody')).status).toBe(404)
  const locked = await vendor.post('/v1/admin/roles/quick-look:revoke', { reason: 'a test' })
  expect((await ask('roles/quick-look')).body).toMatchObject({ code: 'probe_conflict', status: 409 })
  await vendor.post(`/v1/admin/locks/${locked.body['lock']}:lift`, { reason: 'a test' })
  expect((await ask('roles/quick-look')).status).toBe(200)
}, 120_000)

test('the command prints the sheet, its transcript, those before it, and how targets stand', async () => {
  const run = (...argv: string[]) => runCli((io) => probeCommand(argv, io), { vendor })
  const shown = await run('--show', sheet.probe, '--transcript')
  expect(shown.code).toBe(0)
  for (const { id } of TARGET_TRIES) expect(shown.out).toContain(id)
  expect(shown.out).toContain('with the header Prefix: a/: allowed ≠ refused, 200')
  expect(shown.out).toContain(
    `${sheet.sessions.minted} sessions minted, ${sheet.sessions.minted} proved to be over`,
  )
  // A name alone is that of a target, else of a role.
  expect((await run('app-artifacts')).out).toMatch(/^role app-artifacts at target store: minio/)
  expect((await run('any-bucket')).err).toContain('invalid_request')
  expect((await run('any-bucket', '--with', 'bucket=artifacts')).code).toBe(0)
  expect((await run('--list', '--target', 'store')).out).toContain(sheet.probe)
  expect(JSON.parse((await run('--show', sheet.probe, '--json')).out)).toEqual(sheet)
  expect((await run('--schedule')).out).toMatch(/^store: probed .*; next .*, every 24 h\n$/)
  const show = await runCli((io) => targetCommand(['show', 'store'], io), { vendor })
  expect([show.code, show.out.includes('probed ')]).toEqual([0, true])
  for (const argv of [[], ['a', 'b'], ['--list', 'a'], ['store', '--with', 'x'], ['--nope']])
    expect((await run(...argv)).code).toBe(2)
  expect((await run('nobody')).code).toBe(1)
}, 120_000)

test('a base policy that is none is found out, and even what it let the probe mint is ended', async () => {
  const root = s3Caller(minio.endpoint, minio.root)
  const name = { name: 'stint-store' }
  const open = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }],
  }
  await root('PUT', '/minio/admin/v3/add-canned-policy', { query: name, body: JSON.stringify(open) })
  const found = await onClosedConfiguration(() => probed('targets/store'))
  expect(found.broken).toEqual(['wall-long', 'wall-other-buckets'])
  expect(found.sessions.proved).toBe(found.sessions.minted)
  const { body } = await vendor.get('/v1/admin/findings?rule=probe-broken')
  expect(body).toMatchObject({ total: 1, findings: [{ kind: 'target', name: 'store', severity: 'warning' }] })
  const closed = await onClosedConfiguration(async () => {
    const { basePolicy } = (await vendor.get('/v1/admin/targets/store/setup')).body
    const own = { query: name, body: JSON.stringify(basePolicy) }
    await root('PUT', '/minio/admin/v3/add-canned-policy', own)
    return probed('targets/store')
  })
  expect(verdictsOf(closed)).toEqual({ ...COMMUNITY_MINIO, ...ADMINISTERED })
  expect(closed.broken).toEqual([])
  expect((await vendor.get('/v1/admin/findings?rule=probe-broken')).body).toMatchObject({ total: 0 })
}, 120_000)

/** Without the role whose bucket comes from a claim the wall is one. */
async function onClosedConfiguration<T>(work: () => Promise<T>): Promise<T> {
  const whole = configure(minio.endpoint)
  const { 'any-bucket': _open, ...roles } = whole.roles
  expect((await vendor.apply({ ...whole, roles })).status).toBe(200)
  try {
    return await work()
  } finally {
    await vendor.apply(whole)
  }
}
