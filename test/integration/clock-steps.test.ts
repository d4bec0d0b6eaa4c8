import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readEvents } from '../support/audit-file.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { verifyBoth } from '../support/verify-both.ts'

/** F13: the wall clock is set while Stint runs. Durations go by the monotonic clock, which no setting touches. */
const HOUR = 3_600_000
const YEARS = 10 * 365 * 24 * HOUR

let store: FakeSts
let vendor: ChildVendor
/** What the wall clock is ahead of the real one, of Stint, its issuers and its store; the monotonic one never steps. */
let aheadMs = 0

beforeAll(async () => {
  store = await startFakeSts({ nowMs: () => Date.now() + aheadMs })
  vendor = await startVendor({ wallAheadMs: () => aheadMs })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).body).toMatchObject({ applied: true })
})
beforeEach(async () => {
  // What was seen of a later time is forgotten with the process.
  if (aheadMs !== 0) {
    aheadMs = 0
    await vendor.restart()
  }
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const logFile = () => join(vendor.dataFolder, 'audit.db')
const steps = () => readEvents(logFile()).flatMap((event) => (event.type === 'clock.step' ? [event] : []))

/** Sets the wall clock, and waits until the log has it. */
async function set(toMs: number): Promise<void> {
  const before = steps().length
  const byMs = toMs - aheadMs
  aheadMs = toMs
  await expect.poll(() => steps().length, { timeout: 5_000, interval: 50 }).toBe(before + 1)
  expect(Math.abs((steps().at(-1)?.ms ?? 0) - byMs)).toBeLessThan(1_000)
}

/** A clock that went back is told, and takes nobody out of service. */
async function clockCheck(): Promise<string> {
  const answer = await fetch(`${vendor.url}/readyz`)
  expect(answer.status).toBe(200)
  return await answer.text()
}
const CODE = 'expired_token'

test.each([
  ['an hour', HOUR],
  ['ten years', YEARS],
])('a clock that goes forward by %s: what is over is refused, what is new is vended', async (_name, step) => {
  const old = vendor.token()
  await set(step)
  expect(await vendor.exchange(old)).toMatchObject({ status: 400, body: { code: CODE } })
  const { status, body } = await vendor.exchange(vendor.token())
  expect(status).toBe(200)
  const leftMs = Number(body['expires_in']) * 1000
  expect(leftMs).toBeGreaterThan(HOUR - 60_000)
  expect(leftMs).toBeLessThanOrEqual(HOUR)
})

test('a clock that goes back makes no token good again, and the next start forgets what was seen', async () => {
  const old = vendor.token()
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  await set(HOUR)
  expect(await vendor.exchange(old)).toMatchObject({ status: 400, body: { code: CODE } })
  await set(0)
  // By the wall clock alone it would be good for four minutes more.
  expect(await vendor.exchange(old)).toMatchObject({ status: 400, body: { code: CODE } })
  expect(await vendor.exchange(vendor.token())).toMatchObject({ status: 400, body: { code: CODE } })
  expect(await clockCheck()).toContain('went_back')
  await vendor.restart()
  expect(await clockCheck()).toContain('steady')
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
})

test('a clock that goes back by less than issuers may differ by refuses nobody', async () => {
  await set(-30_000)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  expect(await clockCheck()).toContain('steady')
})

test('a step while the store is asked loses nothing: the intent has its answer', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const calls = store.calls()
  store.setFault({ kind: 'wait', until: promise }, 1)
  const answer = vendor.exchange(vendor.token())
  await store.asked(calls + 1)
  await set(-HOUR)
  resolve()
  expect((await answer).status).toBe(200)
  const ofNewest = readEvents(logFile()).filter(({ type }) => type.startsWith('assume.'))
  expect(ofNewest.slice(-2).map(({ type }) => type)).toEqual(['assume.intent', 'assume.issued'])
})

test('what was left open ten years ahead is not looked at without a pause when the clock is right again', async () => {
  await set(YEARS)
  store.setFault({ kind: 'cut', at: 'in_body' }, 1)
  expect((await vendor.exchange(vendor.token())).status).toBe(503)
  const ended = () => readEvents(logFile()).filter(({ type }) => type === 'assume.revoked').length
  const before = ended()
  aheadMs = 0
  await vendor.restart()
  await expect.poll(ended, { timeout: 5_000, interval: 50 }).toBeGreaterThan(before)
  // Time for dozens of looks, if there were no pause between them.
  for (let at = 0; at < 20; at++) expect((await vendor.exchange(vendor.token())).status).toBe(200)
  expect(ended() - before).toBeLessThanOrEqual(2)
})

test('the order of the log is its numbers, whatever its times say, and both verifiers hold it for good', async () => {
  const events = readEvents(logFile())
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
  const times = events.map(({ at }) => Date.parse(at))
  expect(times.some((time, at) => time < (times[at - 1] ?? time) - HOUR / 2)).toBe(true)
  const [said] = await verifyBoth([{ path: logFile(), keys: [], anchors: [] }])
  expect(said?.ours).toMatchObject({ ok: true })
  expect(said?.python).toEqual(said?.ours)
})
