import { createHmac } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import type { Sink } from '../../apps/vendor/src/domain/sink.ts'
import { createDelivering } from '../../apps/vendor/src/flows/delivering.ts'
import type { AuditLog } from '../../apps/vendor/src/ports.ts'
import { createRandom, systemClock, systemTimers } from '../../apps/vendor/src/runtime.ts'
import { createSinkHttp } from '../../apps/vendor/src/sinks/sink-http.ts'
import { readEvents } from '../support/audit-file.ts'
import { EXPORTER } from '../support/event-examples.ts'
import { type EventSink, startEventSink } from '../support/event-sink.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import { keyBeside } from '../support/log-key.ts'
import { configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/audit')
const silent = { info() {}, warn() {}, error() {} }
let folder: string
let audit: AuditLog
let receiver: EventSink
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stint-sinks-'))
  receiver = await startEventSink()
  audit = await openLog()
})
afterEach(async () => {
  await audit.close()
  await receiver.stop()
  rmSync(folder, { recursive: true, force: true })
})

const openLog = () => {
  const path = join(folder, 'audit.db')
  return openAuditLog({
    ...{ path, migrations: MIGRATIONS, key: keyBeside(path), log: silent, bootId: 'b' },
    clock: systemClock,
    random: createRandom(),
  })
}
const said = async (...reasons: string[]) => {
  for (const reason of reasons) await audit.append({ type: 'process.stop', reason })
}

/** Waits are cut short, so that a test needs no minutes; how long they would be is the domain's own test. */
const quick = { after: (ms: number, work: () => void) => systemTimers.after(Math.min(ms, 20), work) }

function deliver(more: Partial<Sink> = {}, url = receiver.url, ahead = () => 0) {
  const sink: Sink = {
    ...{ name: 'siem', url, format: 'cloudevents', types: [], auth: null, from: 'beginning' },
    allowPrivateAddresses: ['127.0.0.0/8'],
    ...more,
  }
  const http = createSinkHttp({ ...sink, clock: systemClock, totalMs: 300 })
  const clock = { nowMs: systemClock.nowMs, monotonicMs: () => systemClock.monotonicMs() + ahead() }
  const deps = { audit, clock, timers: quick, random: () => 1, exporter: EXPORTER, log: silent }
  return createDelivering(deps, [{ sink, post: http.post }])
}

const got = () => receiver.events().map(({ sequence }) => Number(sequence))
const has = (most: number) => until(`event ${most} arrived`, () => got().includes(most))

test('a sink gets every event in the order of the log, from its first on, and new ones as they are written', async () => {
  await said('a', 'b')
  const delivering = deliver()
  await delivering.begin()
  await has(2)
  await said('c')
  await has(3)
  await delivering.stop()
  expect(got()).toEqual([1, 2, 3])
  expect(receiver.accepted[0]?.headers['content-type']).toBe('application/cloudevents-batch+json')
  expect(await audit.sinkDelivered('siem')).toBe(3)
})

const FAULTS = [
  ['answers 500', { kind: 'status', status: 500 }],
  ['is asked too often', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }],
  ['hangs', { kind: 'hang' }],
  ['answers in drops', { kind: 'drip' }],
  ['says 410', { kind: 'status', status: 410 }],
  ['says 400', { kind: 'status', status: 400 }],
  ['sends elsewhere', { kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
  ['takes it and cuts the answer', { kind: 'taken_and_cut' }],
] as const

test.each(FAULTS)(
  'a sink that %s three times loses nothing, and others are not held up',
  async (_name, fault) => {
    receiver.setFault(fault, 3)
    await said('a', 'b', 'c')
    const delivering = deliver()
    await delivering.begin()
    await said('d')
    await has(4)
    await delivering.stop()
    expect([...new Set(got())]).toEqual([1, 2, 3, 4])
    // What came twice has the same id: whoever gets it can tell.
    const byPlace = Map.groupBy(receiver.events(), ({ sequence }) => sequence)
    for (const same of byPlace.values()) expect(new Set(same.map(({ id }) => id)).size).toBe(1)
  },
)

test('too much at once is sent in halves, down to one event', async () => {
  await said(...Array.from({ length: 20 }, (_, at) => String(at)))
  receiver.setFault({ kind: 'status', status: 413 }, 4)
  const delivering = deliver()
  await delivering.begin()
  await has(20)
  await delivering.stop()
  expect(got()).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
})

test('a sink that was down gets everything when it is back, in another process, and one that is new begins as it says', async () => {
  const { port } = receiver
  await receiver.stop()
  await said('a', 'b')
  const first = deliver()
  await first.begin()
  await until('it failed', () => first.standings()[0]?.failing === true)
  expect(first.standings()).toMatchObject([{ name: 'siem', delivered: 0, lag: 2 }])
  await first.stop()
  await audit.close()
  audit = await openLog()
  receiver = await startEventSink(port)
  const second = deliver()
  await second.begin()
  await has(2)
  await second.stop()
  const third = deliver({ name: 'late', from: 'now' })
  await third.begin()
  await said('c')
  await has(3)
  await third.stop()
  expect(got()).toEqual([1, 2, 3])
})

test('a failure of a minute is one event, and so is its end; shorter ones, however many, are none', async () => {
  await said('a')
  let ahead = 0
  receiver.setFault({ kind: 'status', status: 503 })
  const delivering = deliver({}, receiver.url, () => ahead)
  await delivering.begin()
  await until('it was asked', () => receiver.requests() > 2)
  expect(await audit.last('log.sink_failed')).toBeNull()
  ahead = 61_000
  await until('it is said', async () => (await audit.last('log.sink_failed')) !== null)
  receiver.setFault(undefined)
  await until('its end is said', async () => (await audit.last('log.sink_recovered')) !== null)
  await has(3)
  // From here on every second request fails: that is never a minute, so nothing is written that would be sent, too.
  const before = audit.tree.size()
  for (let at = 0; at < 5; at++) {
    receiver.setFault({ kind: 'status', status: 500 }, 1)
    await said('x')
    await has(before + at + 1)
  }
  expect(audit.tree.size()).toBe(before + 5)
  await delivering.stop()
  expect((await audit.last('log.sink_failed'))?.event).toMatchObject({ sink: 'siem', reason: 'http_503' })
})

test('only the types that it wants are sent, and its cursor passes the others', async () => {
  await said('a')
  await audit.append({ type: 'log.anchor_failed', anchor: 'x', reason: 'x' })
  await said('b')
  const delivering = deliver({ types: ['log.*'] })
  await delivering.begin()
  await has(2)
  await until('it came to the end', () => delivering.standings()[0]?.lag === 0)
  await delivering.stop()
  expect(got()).toEqual([2])
  expect(await audit.sinkDelivered('siem')).toBe(3)
})

test('signs each request as Standard Webhooks say, with the key that the file holds at that time; others can read no file', async () => {
  const file = join(folder, 'secret')
  const key = Buffer.from('a key of thirty-two bytes, or so.')
  writeFileSync(file, `whsec_${key.toString('base64')}\n`, { mode: 0o400 })
  await said('a')
  const delivering = deliver({ auth: { kind: 'signature', file } })
  await delivering.begin()
  await has(1)
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.accepted
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const wanted = createHmac('sha256', key).update(text).digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${wanted}`)
  chmodSync(file, 0o444)
  await said('b')
  await until('it failed', () => delivering.standings()[0]?.failing === true)
  chmodSync(file, 0o400)
  await has(2)
  await delivering.stop()
})

test('goes to no address that was not allowed, whatever the name says', async () => {
  await said('a')
  for (const url of [receiver.url, receiver.url.replace('127.0.0.1', 'localhost')]) {
    const delivering = deliver({ allowPrivateAddresses: [] }, url)
    await delivering.begin()
    await until('it failed', () => delivering.standings()[0]?.failing === true)
    await delivering.stop()
  }
  expect(receiver.requests()).toBe(0)
})

test('a service whose sink is dead vends, says so in readiness and metrics, and killed between delivery and cursor it sends again and loses nothing', async () => {
  await using store = await startFakeSts()
  const sinks = { siem: { url: receiver.url, allowPrivateAddresses: ['127.0.0.0/8'] } }
  const vendor = await startVendor({ child: true, env: { STINT_SINKS: JSON.stringify(sinks) } })
  receiver.setFault({ kind: 'hang' })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  receiver.setFault({ kind: 'status', status: 500 })
  await until('readiness tells', async () => {
    const { checks } = (await (await fetch(`${vendor.url}/readyz`)).json()) as { checks: object[] }
    return checks.some((check) => JSON.stringify(check).includes('"detail":"some_failing"'))
  })
  expect((await fetch(`${vendor.url}/readyz`)).status).toBe(200)
  // Taken, and the process is gone before it can keep that.
  receiver.setFault(undefined)
  await until('it took something', () => receiver.accepted.length > 0, { timeoutMs: 30_000 })
  await vendor.kill()
  const events = readEvents(join(vendor.dataFolder, 'audit.db'))
  await vendor.restart()
  await until('everything arrived', () => new Set(got()).size >= events.length, { timeoutMs: 30_000 })
  const wanted = readEvents(join(vendor.dataFolder, 'audit.db')).map(({ id }) => id)
  await vendor.stop()
  const ids = new Set(receiver.events().map(({ id }) => id))
  expect(wanted.filter((id) => !ids.has(id))).toEqual([])
}, 90_000)
