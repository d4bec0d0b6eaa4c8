import { expect, test } from 'vitest'
import type { AuditEvent } from '../domain/audit-event.ts'
import { createClockWatch } from './clock-watch.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const HOUR = 3_600_000

async function watched(newestAt: string | null = null) {
  let [wallMs, monotonicMs, due] = [START, 0, () => {}]
  const events: AuditEvent[] = []
  const watch = createClockWatch({
    clock: { nowMs: () => wallMs, monotonicMs: () => monotonicMs },
    timers: {
      after(_ms, work) {
        due = work
        return () => {}
      },
    },
    audit: {
      append: async (event) => void events.push(event),
      // Of the log only the time of its newest event is looked at.
      page: async () => ({
        events: newestAt === null ? [] : [{ event: { at: newestAt } } as never],
        next: null,
      }),
    },
    log: { info() {}, warn() {}, error() {} },
  })
  await watch.begin()
  return {
    watch,
    events,
    second: (step = 0) => {
      monotonicMs += 1_000
      wallMs += 1_000 + step
      due()
    },
  }
}

test('a clock that is only slewed is no event', async () => {
  const { events, second } = await watched()
  for (let at = 0; at < 100; at++) second(at % 2 === 0 ? 40 : -40)
  expect(events).toEqual([])
})

test.each([
  ['an hour forward', HOUR],
  ['an hour back', -HOUR],
  ['ten years forward', 10 * 365 * 24 * HOUR],
  ['six seconds back', -6_000],
])('%s is one event, with what was expected and found', async (_name, step) => {
  const { events, second } = await watched()
  second()
  second(step)
  second()
  expect(events).toEqual([
    {
      type: 'clock.step',
      expected: new Date(START + 2_000).toISOString(),
      found: new Date(START + 2_000 + step).toISOString(),
      ms: step,
    },
  ])
})

test('tokens are judged by no earlier time than was seen, less a minute', async () => {
  const { watch, second } = await watched()
  second()
  expect(watch.forTokens.nowMs()).toBe(START + 1_000)
  second(-30_000)
  expect(watch.forTokens.nowMs()).toBe(START + 2_000 - 30_000)
  expect(watch.isBehind()).toBe(false)
  second(-HOUR)
  expect(watch.forTokens.nowMs()).toBe(START + 1_000 - 60_000)
  expect(watch.isBehind()).toBe(true)
  second(HOUR + 30_000)
  expect(watch.forTokens.nowMs()).toBe(START + 4_000)
  expect(watch.isBehind()).toBe(false)
})

test('a start before the newest event of the log says so', async () => {
  const later = new Date(START + HOUR).toISOString()
  const { events } = await watched(later)
  expect(events).toMatchObject([{ type: 'clock.step', expected: later, ms: -HOUR }])
  expect((await watched(new Date(START + 30_000).toISOString())).events).toEqual([])
})
