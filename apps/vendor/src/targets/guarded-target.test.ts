import { expect, test } from 'vitest'
import type { AssumptionId } from '../ids.ts'
import type { CredentialTarget, Mint } from '../ports.ts'
import { Secret } from '../secret.ts'
import type { BreakerChange } from './guarded-target.ts'
import { createGuardedTarget } from './guarded-target.ts'

const REQUEST = {
  assumption: 'asm_1' as AssumptionId, // the grammar of ids is not at issue here
  sessionPolicy: '{}',
  lifetimeSeconds: 900,
  storeTokenExpiresMs: 0,
  sessionName: 'a-test',
  tags: {},
  callerToken: null,
}
const failed = (over: Partial<Extract<Mint, { ok: false }>> = {}): Mint => ({
  ok: false,
  code: 'target_unavailable',
  mayExist: false,
  retry: false,
  status: null,
  errorCode: null,
  latencyMs: 0,
  ...over,
})
const GIVEN: Mint = {
  ok: true,
  minted: {
    accessKeyId: 'KEY',
    secretAccessKey: new Secret('s'),
    sessionToken: new Secret('t'),
    expiresMs: 1,
    upstreamRequestId: null,
    latencyMs: 0,
  },
}

/** A target whose answers, clock and timers a test has in hand. */
function world(answer: () => Mint | Promise<Mint>) {
  let nowMs = 0
  let timers: { readonly atMs: number; readonly work: () => void }[] = []
  const changes: BreakerChange[] = []
  const asked = { count: 0 }
  const inner: CredentialTarget = {
    name: 'store',
    showsCallerToken: false,
    storeTokenExpiresMs: () => 0,
    async mint() {
      asked.count += 1
      return answer()
    },
    end: async () => ({ proof: 'proved', detail: 'x' }),
    probe: null,
    endOlder: null,
    checkKey: async () => 'unknown',
    close: async () => undefined,
  }
  const target = createGuardedTarget(inner, {
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    timers: {
      after(ms, work) {
        const timer = { atMs: nowMs + ms, work }
        timers.push(timer)
        return () => {
          timers = timers.filter((one) => one !== timer)
        }
      },
    },
    onBreaker: (change) => changes.push(change),
  })
  return {
    target,
    asked,
    changes,
    pass(ms: number) {
      nowMs += ms
      for (const { work } of timers.filter(({ atMs }) => atMs <= nowMs)) work()
    },
    mints: (count: number) => Promise.all(Array.from({ length: count }, () => target.mint(REQUEST))),
  }
}

test('asks a second time only where the first attempt says so, and remembers what that may have left', async () => {
  const answers = [failed({ retry: true, mayExist: true }), failed()]
  const { target, asked } = world(() => answers.shift() ?? failed())
  expect(await target.mint(REQUEST)).toMatchObject({ ok: false, mayExist: true })
  expect(asked.count).toBe(2)
  await target.mint(REQUEST)
  expect(asked.count).toBe(3)
})

test('at most one call in ten is a second attempt', async () => {
  const { target, asked } = world(() => failed({ code: 'target_refused', retry: true }))
  for (let at = 0; at < 200; at += 1) await target.mint(REQUEST)
  expect(asked.count).toBeLessThanOrEqual(200 + 10 + 20)
  expect(asked.count).toBeGreaterThan(200)
})

test('a store that fails is not asked any more; one that is well again is, and both are told once', async () => {
  let well = false
  const { target, asked, changes, pass } = world(() => (well ? GIVEN : failed()))
  for (let at = 0; at < 100; at += 1) await target.mint(REQUEST)
  expect(asked.count).toBe(20)
  expect(await target.mint(REQUEST)).toMatchObject({ code: 'target_breaker_open', mayExist: false })
  expect(target.standing().breaker).toBe('open')
  pass(2_000)
  well = true
  expect((await target.mint(REQUEST)).ok).toBe(true)
  expect((await target.mint(REQUEST)).ok).toBe(true)
  expect(changes).toEqual([
    { to: 'open', calls: 20, failures: 20 },
    { to: 'closed', openMs: 2_000 },
  ])
  expect(target.standing()).toMatchObject({ breaker: 'closed', openMs: null })
})

test('a store that refuses us is well', async () => {
  const { target, asked } = world(() => failed({ code: 'target_refused', status: 403 }))
  for (let at = 0; at < 50; at += 1) await target.mint(REQUEST)
  expect([asked.count, target.standing().breaker]).toEqual([50, 'closed'])
})

test('64 at once, twice as many wait, the next is told to come again; whoever waits too long as well', async () => {
  const { promise, resolve } = Promise.withResolvers<Mint>()
  const { target, asked, mints, pass } = world(() => promise)
  const first = mints(64)
  const waiting = mints(128)
  expect(target.standing()).toMatchObject({ inFlight: 64, waiting: 128, limit: 64 })
  expect(await target.mint(REQUEST)).toMatchObject({ code: 'overloaded', mayExist: false })
  pass(2_000)
  const codes = (await waiting).map((mint) => (mint.ok ? 'ok' : mint.code))
  expect([asked.count, new Set(codes)]).toEqual([64, new Set(['overloaded'])])
  resolve(GIVEN)
  expect((await first).every(({ ok }) => ok)).toBe(true)
  expect(target.standing()).toMatchObject({ inFlight: 0, waiting: 0 })
})

test('who waits goes in as others come out, in order', async () => {
  const gates = Array.from({ length: 66 }, () => Promise.withResolvers<Mint>())
  let next = 0
  const { mints, asked } = world(() => gates[next++]?.promise ?? failed())
  const all = mints(66)
  await Promise.resolve()
  expect(asked.count).toBe(64)
  for (const gate of gates) gate.resolve(GIVEN)
  expect((await all).every(({ ok }) => ok)).toBe(true)
  expect(asked.count).toBe(66)
})

test('an adapter that throws gives its place back, and counts as failed', async () => {
  const { target, asked } = world(() => Promise.reject(new Error('a defect')))
  for (let at = 0; at < 30; at += 1) await target.mint(REQUEST).catch(() => undefined)
  expect([asked.count, target.standing().breaker, target.standing().inFlight]).toEqual([20, 'open', 0])
})

test('what was given is ended whatever the breaker says', async () => {
  const { target } = world(() => failed())
  for (let at = 0; at < 30; at += 1) await target.mint(REQUEST)
  expect(target.standing().breaker).toBe('open')
  expect(await target.end(REQUEST.assumption, 'KEY')).toEqual({ proof: 'proved', detail: 'x' })
})
