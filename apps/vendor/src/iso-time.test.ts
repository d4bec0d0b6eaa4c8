import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isoTime } from './iso-time.ts'

test('writes every instant as toISOString does', () => {
  fc.assert(
    fc.property(fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }), (ms) => {
      expect(isoTime(ms)).toBe(new Date(ms).toISOString())
    }),
    { seed: 11, numRuns: 2_000 },
  )
})

test('writes each of more seconds than it keeps', () => {
  const first = Date.UTC(2026, 1, 28, 23, 58)
  for (let ms = first; ms < first + 200_000; ms += 333) expect(isoTime(ms)).toBe(new Date(ms).toISOString())
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1_000])('refuses %d as toISOString does', (ms) => {
  expect(() => isoTime(ms)).toThrow(RangeError)
})
