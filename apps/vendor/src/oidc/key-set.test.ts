import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Issuer } from '../domain/issuer.ts'
import type { FetchedJson } from './fetch-json.ts'
import { createKeySet, type KeySetEvent } from './key-set.ts'

/** A model of the machine, fed with what was really fetched and when; the machine must keep to it. */

const HOUR = 3_600_000
const JWKS = ['a', 'b', 'c'].map((kid) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  kid,
}))
const ISSUER = {
  name: 'ci',
  url: 'https://issuer.example.com',
  jwksUri: 'https://issuer.example.com/jwks',
} as Issuer // a key set looks at nothing else

type Answer = { readonly kids: readonly string[] | null; readonly maxAgeSeconds: number | null }
type Attempt = { readonly atMs: number; readonly answer: Answer }

/** A key set over answers in memory, on a clock that the test moves. Every `chance` is the one given. */
function machine(chance: number) {
  let nowMs = 1_000
  let answer: Answer = { kids: ['a'], maxAgeSeconds: null }
  const attempts: Attempt[] = []
  const events: KeySetEvent[] = []
  const keys = createKeySet(ISSUER, {
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    random: { bytes: () => Uint8Array.from([Math.floor(chance * 256), 0]) },
    fetcher: {
      async fetch(): Promise<FetchedJson> {
        attempts.push({ atMs: nowMs, answer })
        if (answer.kids === null) return { ok: false, reason: 'status' }
        const { kids, maxAgeSeconds } = answer
        return { ok: true, value: { keys: JWKS.filter(({ kid }) => kids.includes(kid)) }, maxAgeSeconds }
      },
      close: async () => undefined,
    },
    onEvent: (event) => events.push(event),
    log: { info() {}, warn() {}, error() {} },
  })
  return {
    attempts,
    events,
    now: () => nowMs,
    advance: (ms: number) => {
      nowMs += ms
    },
    serve: (next: Answer) => {
      answer = next
    },
    find: async (kid: string) => {
      const found = await keys.find(kid, 'ES256')
      // What runs in the background has ended before the clock moves: its fetch needs no time here.
      await new Promise((resolve) => setImmediate(resolve))
      return found.ok ? found.key.kid : found.code
    },
  }
}

/** What the paragraph of the state machine makes of the attempts so far. */
function model(attempts: readonly Attempt[], chance: number) {
  let kids: readonly string[] | null = null
  let fetchedMs = 0
  let failures = 0
  let emptySinceMs: number | null = null
  let notBeforeMs = Number.NEGATIVE_INFINITY
  for (const { atMs, answer } of attempts) {
    expect(atMs).toBeGreaterThanOrEqual(notBeforeMs)
    if (answer.kids === null) {
      notBeforeMs = atMs + (Math.floor(chance * 256) / 256) * Math.min(1_000 * 2 ** failures, 30_000)
      failures += 1
    } else if (answer.kids.length === 0 && kids?.length && atMs - (emptySinceMs ?? atMs) < 5_000) {
      emptySinceMs ??= atMs
      notBeforeMs = emptySinceMs + 5_000
    } else {
      kids = answer.kids
      fetchedMs = atMs
      failures = 0
      emptySinceMs = null
      // From any attempt: 30 s, which half of the shortest life is too.
      notBeforeMs = atMs + 30_000
    }
  }
  return { kids, fetchedMs, failing: failures > 0 }
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ find: fc.constantFrom('a', 'b', 'c', 'invented') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      advance: fc.oneof(fc.nat(10_000), fc.nat(100_000), fc.nat(HOUR), fc.nat(25 * HOUR)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      serve: fc.record({
        kids: fc.oneof(fc.subarray(['a', 'b', 'c']), fc.constant([]), fc.constant(null)),
        maxAgeSeconds: fc.oneof(fc.constant(null), fc.nat(10_000)),
      }),
    }),
  },
)

test('never an attempt inside a cooldown, never a key past its bound, never a refusal of a key that stands', async () => {
  let [taken, refused, stale] = [0, 0, 0]
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 80 }),
      fc.constantFrom(0.25, 0.5, 0.996),
      async (steps, chance) => {
        const keys = machine(chance)
        for (const one of steps) {
          if ('advance' in one) keys.advance(one.advance)
          else if ('serve' in one) keys.serve(one.serve)
          else {
            const before = model(keys.attempts, chance)
            const found = await keys.find(one.find)
            const after = model(keys.attempts, chance)
            // A use in the background answers by the set of before; one that waited by the set of after.
            const held = [before, after].map(
              ({ kids, fetchedMs }) =>
                kids?.includes(one.find) === true && keys.now() - fetchedMs <= 24 * HOUR,
            )
            if (found === one.find) {
              expect(held).toContain(true)
              taken += 1
              if (keys.now() - after.fetchedMs > HOUR) stale += 1
            } else {
              expect(held).toContain(false)
              expect(['unknown_kid', 'jwks_unavailable']).toContain(found)
              // A refusal for good needs a good fetch behind it.
              if (found === 'unknown_kid') expect(before.kids ?? after.kids).not.toBeNull()
              refused += 1
            }
          }
        }
      },
    ),
    { seed: 29, numRuns: 400 },
  )
  expect(Math.min(taken, refused)).toBeGreaterThan(500)
  expect(stale).toBeGreaterThan(10)
})

test('many at once are one fetch, and a flood of invented kids during a rotation does not hide the new key', async () => {
  const keys = machine(0.5)
  await Promise.all(Array.from({ length: 100 }, () => keys.find('a')))
  expect(keys.attempts).toHaveLength(1)
  keys.serve({ kids: ['b'], maxAgeSeconds: null })
  for (let second = 0; second < 60; second++) {
    keys.advance(1_000)
    await Promise.all(Array.from({ length: 50 }, (_, at) => keys.find(`invented-${second}-${at}`)))
  }
  expect(keys.attempts.map(({ atMs }) => atMs)).toEqual([1_000, 31_000, 61_000])
  expect(await keys.find('b')).toBe('b')
  expect(await keys.find('a')).toBe('unknown_kid')
})

test('a set that is rolled back is taken as it is, and the log says that the old key came back', async () => {
  const keys = machine(0.5)
  for (const kids of [['a'], ['b'], ['a']]) {
    keys.serve({ kids, maxAgeSeconds: null })
    keys.advance(31_000)
    await keys.find('invented')
  }
  expect([await keys.find('a'), await keys.find('b')]).toEqual(['a', 'unknown_kid'])
  expect(keys.events.map((event) => [event.type, 'kid' in event ? event.kid : null])).toEqual([
    ['jwks.key_added', 'a'],
    ['jwks.key_added', 'b'],
    ['jwks.key_removed', 'a'],
    ['jwks.key_added', 'a'],
    ['jwks.key_removed', 'b'],
  ])
})

test('a period of failure is one event for its reason, and its end is one', async () => {
  const keys = machine(0.5)
  await keys.find('a')
  keys.serve({ kids: null, maxAgeSeconds: null })
  for (let minute = 0; minute < 60; minute++) {
    keys.advance(60_000)
    expect(await keys.find('a')).toBe('a')
  }
  expect(keys.attempts.length).toBeGreaterThan(30)
  keys.serve({ kids: ['a'], maxAgeSeconds: null })
  keys.advance(60_000)
  await keys.find('a')
  keys.advance(1)
  expect(await keys.find('a')).toBe('a')
  expect(keys.events.map(({ type }) => type)).toEqual([
    'jwks.key_added',
    'jwks.fetch_failed',
    'jwks.stale_used',
    'jwks.refreshed',
  ])
  expect(keys.events.at(-1)).toMatchObject({ failures: keys.attempts.length - 2 })
})
