import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBreaker } from './breaker.ts'
import { createConcurrencyLimit, LEAST_AT_ONCE, MOST_AT_ONCE } from './concurrency.ts'

/** A breaker that is asked and answered in one go; answers whether it let the call through. */
function driven() {
  const breaker = createBreaker()
  const call = (nowMs: number, came: 'ok' | 'failed') => {
    const entry = breaker.enter(nowMs)
    return entry === 'refused' ? entry : (breaker.leave(entry, came, nowMs) ?? entry)
  }
  return { breaker, call }
}

test('opens at the twentieth call where half of them failed, and not before', () => {
  const { call } = driven()
  for (let at = 0; at < 19; at += 1) expect(call(at, at % 2 === 0 ? 'failed' : 'ok')).toBe('pass')
  expect(call(19, 'failed')).toBe('opened')
  expect(call(20, 'ok')).toBe('refused')
})

test('a share below half never opens it', () => {
  const { call } = driven()
  for (let at = 0; at < 10_000; at += 1) expect(call(at * 3, at % 5 < 2 ? 'failed' : 'ok')).toBe('pass')
})

test('what failed ten seconds ago counts no more', () => {
  const { breaker, call } = driven()
  for (let at = 0; at < 19; at += 1) call(0, 'failed')
  expect(breaker.counted(9_999)).toEqual({ calls: 19, failures: 19 })
  expect(call(10_000, 'failed')).toBe('pass')
  expect(breaker.counted(10_000)).toEqual({ calls: 1, failures: 1 })
})

test('open, one call every two seconds finds out; its success closes it, its failure does not', () => {
  const { breaker, call } = driven()
  for (let at = 0; at < 20; at += 1) call(0, 'failed')
  expect([breaker.state(), call(1_999, 'ok')]).toEqual(['open', 'refused'])
  const probe = breaker.enter(2_000)
  expect([probe, breaker.state(), breaker.enter(2_001), breaker.enter(60_000)]).toEqual([
    'probe',
    'half_open',
    'refused',
    'refused',
  ])
  expect([breaker.leave('probe', 'failed', 2_500), breaker.state()]).toEqual([null, 'open'])
  expect([call(3_999, 'ok'), call(4_000, 'ok'), breaker.state()]).toEqual(['refused', 'closed', 'closed'])
  expect(breaker.counted(4_000)).toEqual({ calls: 0, failures: 0 })
})

test('a probe that never got as far as the store leaves it open', () => {
  const { breaker, call } = driven()
  for (let at = 0; at < 20; at += 1) call(0, 'failed')
  expect([breaker.enter(2_000), breaker.leave('probe', 'cancelled', 2_000), breaker.state()]).toEqual([
    'probe',
    null,
    'open',
  ])
})

test('whatever happens: open lets through at most one call in two seconds, and a well store closes it', () => {
  const steps = fc.array(fc.record({ afterMs: fc.nat(3_000), failed: fc.boolean() }), { maxLength: 400 })
  fc.assert(
    fc.property(steps, (all) => {
      const { breaker, call } = driven()
      let nowMs = 0
      let lastProbe = Number.NEGATIVE_INFINITY
      for (const { afterMs, failed } of all) {
        nowMs += afterMs
        const before = breaker.state()
        const answer = call(nowMs, failed ? 'failed' : 'ok')
        if (before === 'closed' || answer === 'refused') continue
        expect(nowMs - lastProbe).toBeGreaterThanOrEqual(2_000)
        lastProbe = nowMs
      }
      call(nowMs + 2_000, 'ok')
      expect(breaker.state()).toBe('closed')
    }),
    { seed: 6, numRuns: 300 },
  )
})

test('fewer calls at once where the store fails or takes long, one cut a moment, and never below four', () => {
  const limit = createConcurrencyLimit()
  const slow = { failed: false, latencyMs: 1_500, busy: true }
  expect(limit.limit()).toBe(MOST_AT_ONCE)
  limit.observe(slow, 0)
  limit.observe(slow, 499)
  expect(limit.limit()).toBe(48)
  for (let at = 1; at < 50; at += 1) limit.observe({ ...slow, failed: true }, at * 500)
  expect(limit.limit()).toBe(LEAST_AT_ONCE)
  const well = { failed: false, latencyMs: 5, busy: true }
  limit.observe({ ...well, busy: false }, 60_000)
  expect(limit.limit()).toBe(LEAST_AT_ONCE)
  for (let at = 0; at < 3_000; at += 1) limit.observe(well, 60_000)
  expect(limit.limit()).toBe(MOST_AT_ONCE)
})
