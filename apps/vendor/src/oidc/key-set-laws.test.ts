import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  attempted,
  COLD,
  failed,
  fetched,
  type KeySetState,
  mayAskForKid,
  STALE_MS,
  standing,
} from './key-set-state.ts'
import type { ReadKeySet } from './read-key-set.ts'

const keys = (...kids: readonly string[]): ReadKeySet => {
  const all = kids.map((kid) => ({ kid, key: {}, thumbprint: kid, algorithms: [] }) as never) // only its kid is looked at
  return { all, byKid: new Map(kids.map((kid, at) => [kid, all[at]] as never)), refused: new Map() }
}
const kidsOf = ({ set }: KeySetState) => (set === null ? null : [...set.byKid.keys()])

const step = fc.record({
  waitMs: fc.oneof(fc.nat(2_000), fc.nat(60_000), fc.nat(30 * 3_600_000)),
  answer: fc.oneof(
    fc.constant('fails' as const),
    fc.record({ kids: fc.subarray(['a', 'b', 'c']), ttlMs: fc.option(fc.nat(10_000_000)) }),
  ),
  invented: fc.boolean(),
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
})

test('whatever an issuer answers: no attempt sooner than allowed, no key beyond its bound, none that a good fetch took away', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let state = COLD
      let [nowMs, goodMs, lastAttemptMs, failures] = [
        0,
        Number.NEGATIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        0,
      ]
      let published: readonly string[] | null = null
      for (const { waitMs, answer, invented, chance } of steps) {
        nowMs += waitMs
        const { usable, stale, fetch } = standing(state, nowMs)
        // What may be used is what the last good fetch had, and that is a day old at most.
        expect(usable).toBe(published !== null && nowMs - goodMs <= STALE_MS)
        if (usable) expect(kidsOf(state)).toEqual(published)
        if (stale) expect(nowMs - goodMs).toBeGreaterThanOrEqual(60_000)
        const asks = fetch !== 'no' || (usable && invented && mayAskForKid(state, nowMs))
        if (!asks) continue
        // Invented kids cost one attempt in thirty seconds; failures are spaced by their own back-off.
        if (fetch === 'no') expect(nowMs - lastAttemptMs).toBeGreaterThanOrEqual(30_000)
        lastAttemptMs = nowMs
        state = attempted(state, nowMs)
        if (answer === 'fails') {
          state = failed(state, nowMs, chance)
          failures += 1
          expect(state.retryMs - nowMs).toBeLessThanOrEqual(Math.min(1_000 * 2 ** (failures - 1), 30_000))
          expect(state.failures).toBe(failures)
        } else {
          const before = published
          state = fetched(state, { set: keys(...answer.kids), ttlMs: answer.ttlMs }, { nowMs, chance })
          // "All keys revoked" is believed from the second time on; anything else at once.
          const doubted = answer.kids.length === 0 && (before?.length ?? 0) > 0 && state.set?.all.length !== 0
          if (!doubted) {
            published = answer.kids
            goodMs = nowMs
            failures = 0
            expect(state.ttlMs).toBeGreaterThanOrEqual(60_000)
            expect(state.ttlMs).toBeLessThanOrEqual(3_600_000)
            const share = (state.refreshMs - nowMs) / state.ttlMs
            expect(share).toBeGreaterThanOrEqual(0.5)
            expect(share).toBeLessThanOrEqual(0.8)
          } else expect(state.retryMs - nowMs).toBeLessThanOrEqual(5_000)
        }
      }
    }),
    { seed: 9, numRuns: 1_000 },
  )
})

test('an empty set is believed once a second fetch, five seconds later, has none either', () => {
  const full = fetched(COLD, { set: keys('a'), ttlMs: null }, { nowMs: 0, chance: 0 })
  const empty = { set: keys(), ttlMs: null }
  const doubted = fetched(full, empty, { nowMs: 1_000, chance: 0 })
  expect(kidsOf(doubted)).toEqual(['a'])
  expect(standing(doubted, 5_999).fetch).toBe('no')
  expect(standing(doubted, 6_000).fetch).not.toBe('no')
  expect(kidsOf(fetched(doubted, empty, { nowMs: 6_000, chance: 0 }))).toEqual([])
  // Keys that are back in between were never gone.
  expect(kidsOf(fetched(doubted, { set: keys('a'), ttlMs: null }, { nowMs: 6_000, chance: 0 }))).toEqual([
    'a',
  ])
})
