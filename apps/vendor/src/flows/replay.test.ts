import { beforeEach, expect, test } from 'vitest'
import type { Timers } from '../ports.ts'
import { Secret } from '../secret.ts'
import type { Exchanged } from './issue.ts'
import { createReplays } from './replay.ts'

let nowMs: number
let waiting: Set<{ readonly atMs: number; readonly work: () => void }>
beforeEach(() => {
  nowMs = 0
  waiting = new Set()
})

const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
const timers: Timers = {
  after(ms, work) {
    const timer = { atMs: nowMs + ms, work }
    waiting.add(timer)
    return () => waiting.delete(timer)
  },
}
function pass(ms: number): void {
  nowMs += ms
  for (const timer of [...waiting].filter(({ atMs }) => atMs <= nowMs)) {
    waiting.delete(timer)
    timer.work()
  }
}

const given = (accessKeyId: string, seconds = 3_600): Exchanged => ({
  ok: true,
  assumption: 'asm_0',
  roleName: 'app',
  roleArn: 'arn:aws:iam::123456789012:role/app',
  sessionName: 'job',
  subject: {
    issuer: { name: 'ci', url: 'https://ci' },
    sub: 'job',
    aud: [],
    azp: null,
    jti: null,
    claims: [],
    token: { digest: '', alg: 'ES256', kid: null, thumbprint: '' },
  },
  policyLength: 1,
  receipt: { proof: '', checkpoint: '' },
  minted: {
    accessKeyId,
    secretAccessKey: new Secret('secret'),
    sessionToken: new Secret('token'),
    expiresMs: nowMs + seconds * 1000,
    upstreamRequestId: null,
    latencyMs: 1,
  },
})
const keyOf = ({ exchanged }: { readonly exchanged: Exchanged }) =>
  exchanged.ok ? exchanged.minted.accessKeyId : exchanged.code
const of = (key: string) => ({ key, windowSeconds: 60 })

test('never holds more than it may, nor a timer for what it forgot', async () => {
  const replays = createReplays({ clock, timers }, 3)
  for (let at = 0; at < 50; at++) await replays.once(of(`k${at}`), async () => given(`key-${at}`))
  expect([replays.size(), waiting.size]).toEqual([3, 3])
  expect(keyOf(await replays.once(of('k49'), async () => given('another')))).toBe('key-49')
  expect(keyOf(await replays.once(of('k0'), async () => given('another')))).toBe('another')
  replays.clear()
  expect([replays.size(), waiting.size]).toEqual([0, 0])
})

test('holds nothing after the window, though nobody asks', async () => {
  const replays = createReplays({ clock, timers })
  await replays.once(of('a'), async () => given('one'))
  pass(59_999)
  expect(replays.size()).toBe(1)
  pass(1)
  expect([replays.size(), waiting.size]).toEqual([0, 0])
})

test('what was under way at a clear is kept for nobody', async () => {
  const replays = createReplays({ clock, timers })
  const { promise, resolve } = Promise.withResolvers<Exchanged>()
  const first = replays.once(of('a'), () => promise)
  const twin = replays.once(of('a'), async () => given('two'))
  replays.clear()
  resolve(given('one'))
  expect([keyOf(await first), keyOf(await twin)]).toEqual(['one', 'two'])
  expect([replays.size(), waiting.size]).toEqual([1, 1])
})

test('a session that ends within the window is given as long as it can be used, and then forgotten', async () => {
  const replays = createReplays({ clock, timers })
  await replays.once(of('a'), async () => given('one', 20))
  nowMs = 15_000
  expect(keyOf(await replays.once(of('a'), async () => given('two')))).toBe('one')
  nowMs = 15_001
  expect(keyOf(await replays.once(of('a'), async () => given('two')))).toBe('two')
  expect([replays.size(), waiting.size]).toEqual([1, 1])
})

test('a failure is thrown to all that waited for it, and the next one tries anew', async () => {
  const replays = createReplays({ clock, timers })
  const { promise, reject } = Promise.withResolvers<Exchanged>()
  const both = [replays.once(of('a'), () => promise), replays.once(of('a'), async () => given('no'))]
  reject(new Error('the log'))
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(replays.size()).toBe(0)
  expect(keyOf(await replays.once(of('a'), async () => given('one')))).toBe('one')
})
