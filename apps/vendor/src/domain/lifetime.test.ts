import fc from 'fast-check'
import { expect, test } from 'vitest'
import { giveLifetime, LEAST_LIFETIME_SECONDS } from './lifetime.ts'

const HOUR = { minSeconds: 900, defaultSeconds: 3600, maxSeconds: 7200 }
const NOW = Date.UTC(2026, 10, 24)
const FAR = NOW + 365 * 86_400_000

const CASES = [
  { name: 'gives the default where none was asked', asked: null, expect: 3600 },
  { name: 'gives what was asked inside the role', asked: 1800, expect: 1800 },
  { name: 'clamps to the maximum of the role', asked: 10_000, expect: 7200 },
  { name: 'refuses above twelve hours', asked: 43_201, expect: null },
  { name: 'clamps at exactly twelve hours', asked: 43_200, expect: 7200 },
  { name: 'refuses below the least of the role', asked: 899, expect: null },
  { name: 'gives the least of the role', asked: 900, expect: 900 },
  { name: 'takes the tightest maximum of the mappings', asked: null, mappingMax: 1200, expect: 1200 },
  {
    name: 'ends before the mapping expires, the call included',
    asked: null,
    leftMs: 2_000_000,
    expect: 1995,
  },
  { name: 'ends at the instant where the token is the end', asked: null, leftMs: 300_900, expect: 300 },
  { name: 'refuses where nothing usable is left', asked: null, leftMs: 4_000, expect: null },
  { name: 'refuses where the end has passed', asked: null, leftMs: -1, expect: null },
]

test.each(CASES)('$name', ({ asked, mappingMax, leftMs, expect: wanted }) => {
  const notAfterMs = leftMs === undefined ? FAR : NOW + leftMs
  const input = {
    askedSeconds: asked,
    role: HOUR,
    leastSeconds: LEAST_LIFETIME_SECONDS,
    mappingMaxSeconds: mappingMax ?? null,
    notAfterMs,
    nowMs: NOW,
  }
  expect(giveLifetime(input)).toBe(wanted)
})

test('never outlives any limit', () => {
  const seconds = fc.integer({ min: 1, max: 50_000 })
  fc.assert(
    fc.property(
      fc.option(seconds),
      fc.option(seconds),
      fc.integer({ min: -10_000, max: 100_000_000 }),
      (asked, most, leftMs) => {
        const given = giveLifetime({
          askedSeconds: asked,
          role: HOUR,
          leastSeconds: LEAST_LIFETIME_SECONDS,
          mappingMaxSeconds: most,
          notAfterMs: NOW + leftMs,
          nowMs: NOW,
        })
        if (given === null) return
        expect(given).toBeGreaterThanOrEqual(LEAST_LIFETIME_SECONDS)
        expect(given).toBeLessThanOrEqual(Math.min(asked ?? 3600, 7200, most ?? 7200))
        expect(given * 1000).toBeLessThanOrEqual(leftMs)
      },
    ),
    { seed: 7, numRuns: 2000 },
  )
})
