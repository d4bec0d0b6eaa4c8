import { expect, it } from 'vitest'
import { agoWords, grouped, instantWords, plural } from './time-words.ts'

const NOW = Date.parse('2026-11-25T20:00:00Z')
const before = (ms: number) => agoWords(NOW - ms, NOW)
const DAY = 86_400_000

it.each([
  [0, 'just now'],
  [59_999, 'just now'],
  [60_000, '1 minute ago'],
  [3 * 3_600_000 + 5, '3 hours ago'],
  [DAY, '1 day ago'],
  [59 * DAY, '59 days ago'],
  [90 * DAY, '2 months ago'],
  [800 * DAY, '2 years ago'],
  [-12 * DAY, 'in 12 days'],
])('%i ms are %s', (ms, words) => {
  expect(before(ms)).toBe(words)
})

it('counts in groups of three, whatever machine it is', () => {
  expect([grouped(0), grouped(999), grouped(1000), grouped(1234567)]).toEqual([
    '0',
    '999',
    '1,000',
    '1,234,567',
  ])
  expect([plural(1, 'mapping'), plural(2, 'mapping'), plural(0, 'body', 'bodies')]).toEqual([
    '1 mapping',
    '2 mappings',
    '0 bodies',
  ])
})

it('says instants in UTC', () => {
  expect(instantWords(NOW)).toBe('2026-11-25 20:00')
})
