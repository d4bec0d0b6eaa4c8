import { expect, test } from 'vitest'
import { attempted, COLD, failed, fetched, mayAskForKid, STALE_MS, standing } from './key-set-state.ts'
import { type ReadKeySet, readKeySet } from './read-key-set.ts'

const EMPTY = readKeySet({ keys: [] }) as ReadKeySet // an object with a list of keys is a key set
// The state looks at how many keys there are, and at nothing else of them.
const FULL = { ...EMPTY, all: [{}] } as unknown as ReadKeySet
const at = (nowMs: number, chance = 0) => ({ nowMs, chance })
const warm = (ttlMs: number | null = null, chance = 0) =>
  fetched(attempted(COLD, 0), { set: FULL, ttlMs }, at(0, chance))

test.each([
  { name: 'none said', said: null, ttlMs: 600_000 },
  { name: 'nothing', said: 0, ttlMs: 60_000 },
  { name: 'less than a minute', said: 59_999, ttlMs: 60_000 },
  { name: 'between', said: 900_000, ttlMs: 900_000 },
  { name: 'more than an hour', said: 3_600_001, ttlMs: 3_600_000 },
  { name: 'a number too long to mean anything', said: 999_999_999_999_000, ttlMs: 3_600_000 },
])('a life of $name is $ttlMs ms, refreshed in the background between half and four fifths of it', (row) => {
  for (const chance of [0, 0.5, 0.999999]) {
    const state = warm(row.said, chance)
    expect(state.ttlMs).toBe(row.ttlMs)
    const refreshMs = row.ttlMs * (0.5 + 0.3 * chance)
    expect(standing(state, refreshMs - 1)).toEqual({ usable: true, stale: false, fetch: 'no' })
    expect(standing(state, refreshMs + 1)).toEqual({ usable: true, stale: false, fetch: 'background' })
    expect(standing(state, row.ttlMs + 1)).toEqual({ usable: true, stale: true, fetch: 'wait' })
  }
})

test('back-off doubles from 1 s to 30 s, with full jitter, and forgets after a good fetch', () => {
  let state = COLD
  for (const most of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    expect(failed(state, 100, 0).retryMs).toBe(100)
    expect(failed(state, 100, 0.5).retryMs).toBe(100 + most / 2)
    state = failed(state, 100, 0.5)
    expect(standing(state, 99 + most / 2).fetch).toBe('no')
    expect(standing(state, 100 + most / 2).fetch).toBe('wait')
  }
  const good = fetched(state, { set: FULL, ttlMs: null }, at(50_000))
  expect(failed(good, 60_000, 0.5).retryMs).toBe(60_500)
})

test('in a known outage nobody waits for stale keys, and after 24 h there are none', () => {
  const down = failed(attempted(warm(), 700_000), 700_000, 0)
  expect(standing(down, 700_000)).toEqual({ usable: true, stale: true, fetch: 'background' })
  expect(standing(down, STALE_MS)).toMatchObject({ usable: true, stale: true })
  expect(standing(down, STALE_MS + 1)).toEqual({ usable: false, stale: false, fetch: 'wait' })
})

test('an unknown kid may ask 30 s after any attempt, and never inside a back-off', () => {
  const state = attempted(warm(), 1_000)
  expect(mayAskForKid(state, 30_999)).toBe(false)
  expect(mayAskForKid(state, 31_000)).toBe(true)
  let slow = attempted(state, 31_000)
  for (let time = 0; time < 6; time++) slow = failed(slow, 34_000, 0.99)
  expect(mayAskForKid(slow, 61_500)).toBe(false)
  expect(mayAskForKid(slow, 64_000)).toBe(true)
})

test('an empty set counts from the second fetch on, 5 s later or more', () => {
  const first = fetched(warm(), { set: EMPTY, ttlMs: null }, at(40_000))
  expect(first.set).toBe(FULL)
  expect(standing(first, 44_999).fetch).toBe('no')
  expect(standing(first, 45_000).fetch).toBe('background')
  expect(fetched(first, { set: EMPTY, ttlMs: null }, at(44_999)).set).toBe(FULL)
  expect(fetched(first, { set: EMPTY, ttlMs: null }, at(45_000)).set).toBe(EMPTY)
  const again = fetched(first, { set: FULL, ttlMs: null }, at(45_000))
  expect(fetched(again, { set: EMPTY, ttlMs: null }, at(90_000)).set).toBe(FULL)
  expect(fetched(COLD, { set: EMPTY, ttlMs: null }, at(0)).set).toBe(EMPTY)
})
