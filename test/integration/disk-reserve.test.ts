import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { RESERVE_BYTES } from '../../apps/vendor/src/audit/reserve.ts'
import type { StoredEvent } from '../../apps/vendor/src/ports.ts'
import { verifyLog } from '../../apps/vendor/src/verify/verify-log.ts'
import { readEvents } from '../support/audit-file.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type SmallDisk, startSmallDisk } from '../support/small-disk.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

const CLI = join(import.meta.dirname, '../../apps/vendor/src/cli.ts')
const MIB = 1024 * 1024

/** A service whose data is on that disk, with a role at the store. */
async function startOn(disk: SmallDisk, store: FakeSts): Promise<ChildVendor> {
  const vendor = await startVendor({
    dataFolder: join(disk.folder, 'data'),
    program: disk.on([process.execPath, CLI]),
    env: { PATH: String(process.env['PATH']), STINT_LOG_LEVEL: 'warn' },
  })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  return vendor
}

const reserveOf = (disk: SmallDisk) => join(disk.outside, 'data/audit.reserve')

/** What readiness says, and of the log. */
async function audit(vendor: ChildVendor) {
  const response = await fetch(`${vendor.url}/readyz`)
  // As http/ops.ts prints it.
  const { checks } = (await response.json()) as { checks: readonly { name: string; detail: string }[] }
  return [response.status, checks.find(({ name }) => name === 'audit_log')?.detail]
}

/** Of one that is starting. */
async function untilNotWritable(vendor: ChildVendor): Promise<void> {
  const said = () => audit(vendor).catch(() => null)
  await expect.poll(said, { timeout: 20_000 }).toEqual([503, 'not_writable'])
}

async function startsOf(vendor: ChildVendor): Promise<number> {
  return (await vendor.events('limit=500')).filter(({ event }) => event.type === 'process.start').length
}

const ENDS = ['assume.issued', 'assume.unresolved', 'assume.withheld', 'assume.upstream_failed']

function openIntents(events: readonly StoredEvent[]): readonly string[] {
  const ofTypes = (types: readonly string[]) =>
    events.flatMap(({ event }) =>
      types.includes(event.type) && 'assumption' in event ? [String(event.assumption)] : [],
    )
  const ended = new Set(ofTypes(ENDS))
  return ofTypes(['assume.intent']).filter((assumption) => !ended.has(assumption))
}

/** Vends until the log has no room: its write-ahead log uses again what it has. Answers what was given until then. */
async function vendUntilFull(vendor: ChildVendor, disk: SmallDisk): Promise<readonly string[]> {
  const issued: string[] = []
  for (let round = 0; round < 200; round++) {
    if (round > 0) disk.fill()
    const answers = await Promise.all(Array.from({ length: 16 }, () => vendor.exchange(vendor.token())))
    for (const { status, body } of answers) if (status === 200) issued.push(String(body['assumption_id']))
    if (answers.every(({ status }) => status === 503)) return issued
  }
  throw new Error('the disk never became full')
}

function countedUpTo(path: string): unknown {
  const connection = new Database(path, { readonly: true })
  try {
    return connection.prepare('SELECT seq FROM usage_cursor').pluck().get()
  } finally {
    connection.close()
  }
}

const DENIED = { kind: 'answer', status: 403, body: '<x/>' } as const

/** Begins so many exchanges and holds them at the store, which mints when it is told to; or answers `then`. */
async function holdExchanges(vendor: ChildVendor, store: FakeSts, count: number, then?: typeof DENIED) {
  const { promise: until, resolve: release } = Promise.withResolvers<void>()
  const before = store.calls()
  store.setFault({ kind: 'wait', until, ...(then === undefined ? {} : { then }) })
  const answers = Promise.allSettled(Array.from({ length: count }, () => vendor.exchange(vendor.token())))
  await store.asked(before + count)
  store.setFault(undefined)
  return { release, answers }
}

test('on a full disk nothing is given, what was begun is ended and recorded in the room of the reserve, and it heals by itself', async () => {
  await using disk = await startSmallDisk(32 * MIB)
  await using store = await startFakeSts()
  await using vendor = await startOn(disk, store)
  expect(statSync(reserveOf(disk)).size).toBe(RESERVE_BYTES)
  expect(statSync(reserveOf(disk)).mode & 0o777).toBe(0o600)

  const held = await holdExchanges(vendor, store, 16)
  const issued = await vendUntilFull(vendor, disk)
  expect(issued.length).toBeGreaterThan(0)
  expect(await audit(vendor)).toEqual([503, 'not_writable'])
  expect(existsSync(reserveOf(disk))).toBe(false)
  // Nobody can write down that these were refused, so they are not told so.
  expect((await vendor.exchange('a.b.c')).status).toBe(503)
  expect((await vendor.exchange(vendor.token({ ref: 'refs/heads/x' }))).status).toBe(503)

  held.release()
  const refused = { status: 'fulfilled', value: { status: 503, body: { code: 'service_unavailable' } } }
  expect(await held.answers).toMatchObject(Array.from({ length: 16 }, () => refused))
  const last = issued.at(-1) ?? ''
  const revoked = await vendor.post(`/v1/admin/assumptions/${last}:revoke`, { reason: 'its key is in a log' })
  expect(revoked).toMatchObject({ status: 200, body: { sessions: 1, proved: 1 } })
  expect(disk.freeBytes()).toBeLessThan(RESERVE_BYTES)
  // What was minted for nobody is ended at the store, and that is in the log while the disk is full.
  await expect
    .poll(() => store.sessions.filter((session) => !session.revoked).length, { timeout: 20_000 })
    .toBe(issued.length - 1)
  await expect.poll(async () => openIntents(await vendor.events('limit=500'))).toEqual([])
  expect(await audit(vendor)).toEqual([503, 'not_writable'])

  disk.empty()
  await expect.poll(() => audit(vendor), { timeout: 10_000 }).toEqual([200, 'writable'])
  expect(statSync(reserveOf(disk)).size).toBe(RESERVE_BYTES)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  await vendor.halt()
  const copy = await disk.copyOf('data')
  expect(verifyLog({ path: copy, keys: [], anchors: [] })).toMatchObject({ ok: true })
  const events = readEvents(join(copy, 'audit.db'))
  // What came while nothing was counted is counted.
  expect(countedUpTo(join(copy, 'audit.db'))).toBe(events.length)
  const ofType = (type: string) => events.filter((event) => event.type === type)
  expect(ofType('assume.issued')).toHaveLength(issued.length + 1)
  expect(ofType('assume.unresolved').length).toBeGreaterThanOrEqual(16)
  expect(ofType('revoke.finished')).toMatchObject([{ sessions: 1, proved: 1 }])
}, 60_000)

test('what ends something is written although it came together with what the full disk refuses', async () => {
  await using disk = await startSmallDisk(32 * MIB)
  await using store = await startFakeSts()
  await using vendor = await startOn(disk, store)
  const held = await holdExchanges(vendor, store, 32, DENIED)
  disk.fill()
  // The store's refusals and new intents meet in the writer, which learns by them that there is no room.
  held.release()
  const others = await Promise.all(Array.from({ length: 32 }, () => vendor.exchange(vendor.token())))
  expect(others.map(({ status }) => status)).toContain(503)
  await held.answers
  expect(existsSync(reserveOf(disk))).toBe(false)
  expect(await audit(vendor)).toEqual([503, 'not_writable'])
  const events = await vendor.events('limit=500')
  expect(events.filter(({ event }) => event.type === 'assume.upstream_failed')).toHaveLength(32)
  await expect.poll(async () => openIntents(await vendor.events('limit=500'))).toEqual([])
}, 60_000)

test('a start with less room than the reserve takes ends what was open, gives nothing, and heals by itself', async () => {
  await using disk = await startSmallDisk(32 * MIB)
  await using store = await startFakeSts()
  await using vendor = await startOn(disk, store)
  const held = await holdExchanges(vendor, store, 4)
  store.setFault({ kind: 'hang' })
  const before = store.calls()
  const probing = vendor.post('/v1/admin/targets/store:probe', {}).catch(() => null)
  await store.asked(before + 1)
  store.setFault(undefined)
  await vendor.kill()
  held.release()
  await Promise.all([held.answers, probing])
  rmSync(reserveOf(disk))
  disk.fill(2 * MIB)

  const restarted = vendor.restart()
  await untilNotWritable(vendor)
  const types = async () => (await vendor.events('limit=500')).map(({ event }) => event.type)
  // The fifth is of the probe.
  await expect.poll(async () => (await types()).filter((type) => type === 'assume.unresolved').length).toBe(5)
  expect(await startsOf(vendor)).toBe(2)
  // The end of a probe that was cut is none of them: a start goes on without it, and the next one says it.
  expect(await types()).toContain('probe.begun')
  expect(await types()).not.toContain('probe.finished')
  expect((await vendor.exchange(vendor.token())).status).toBe(503)
  disk.empty()
  await restarted
  expect(await audit(vendor)).toEqual([200, 'writable'])
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  await vendor.restart()
  expect(await types()).toContain('probe.finished')
}, 60_000)

test('a start without any room has that of the reserve which the process before left', async () => {
  await using disk = await startSmallDisk(32 * MIB)
  await using store = await startFakeSts()
  await using vendor = await startOn(disk, store)
  await vendor.kill()
  disk.fill()
  const restarted = vendor.restart()
  await untilNotWritable(vendor)
  expect(existsSync(reserveOf(disk))).toBe(false)
  expect(await startsOf(vendor)).toBe(2)
  disk.empty()
  await restarted
  expect(await audit(vendor)).toEqual([200, 'writable'])
  expect(statSync(reserveOf(disk)).size).toBe(RESERVE_BYTES)
}, 60_000)
