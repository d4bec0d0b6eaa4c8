import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRefusalWindows, prefixOf } from './refusal-collapse.ts'

const CLAIMED = { issuer: null, alg: null, kid: null, digest: null }
const source = (ip: string) => ({ ip, proxies: [], userAgent: null })

test('every refusal is counted once, on its own or in a summary, however they come', () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        issuer: fc.constantFrom('a', 'b', null),
        sub: fc.constantFrom('p', 'q', null),
        code: fc.constantFrom('x', 'y'),
        ip: fc.constantFrom('192.0.2.1', '198.51.100.7', '2001:db8::1'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ drainAfterMs: fc.nat(20_000) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const windows = createRefusalWindows<number>()
      let [nowMs, id, alone, counted, refused] = [0, 0, 0, 0, 0]
      const drain = () => {
        for (const { count } of windows.drain(nowMs, () => ++id)) counted += count
      }
      for (const one of steps) {
        nowMs += 10
        if ('drainAfterMs' in one) {
          nowMs += one.drainAfterMs
          drain()
          continue
        }
        refused += 1
        const key = {
          claimedIssuer: one.issuer,
          subject: one.sub === null ? null : { issuer: 'ci', sub: one.sub },
          configured: one.issuer === 'a',
          code: one.code,
          source: source(one.ip),
        }
        const window = windows.open(key, nowMs, () => ++id)
        if (window === null) alone += 1
        else windows.count(window, { source: source(one.ip), claimed: CLAIMED, atMs: nowMs })
      }
      drain()
      expect(alone + counted).toBe(refused)
    }),
    { seed: 31, numRuns: 500 },
  )
})

test('an attacker who invents issuers buys at most 64 records, and every refusal is counted all the same', () => {
  const windows = createRefusalWindows<number>()
  let [alone, id] = [0, 0]
  for (let at = 0; at < 5000; at++) {
    const key = {
      claimedIssuer: `https://${at}.example.com`,
      configured: false,
      subject: null,
      code: 'unknown_issuer',
      source: source('192.0.2.1'),
    }
    const window = windows.open(key, at, () => ++id)
    if (window === null) alone += 1
    else windows.count(window, { source: key.source, claimed: CLAIMED, atMs: at })
  }
  expect(alone).toBe(64)
  expect(windows.drain(5000, () => ++id).reduce((sum, { count }) => sum + count, 0)).toBe(5000 - 64)
})

test('all that a window counts is answered with one id, and the next window has another', () => {
  const windows = createRefusalWindows<number>()
  let id = 0
  const key = { claimedIssuer: 'a', configured: true, subject: null, code: 'x', source: source('192.0.2.1') }
  const open = (nowMs: number) => {
    const window = windows.open(key, nowMs, () => ++id)
    if (window !== null) windows.count(window, { source: key.source, claimed: CLAIMED, atMs: nowMs })
    return window?.id ?? null
  }
  const answered = [open(0), open(1), open(2)]
  const [summary] = windows.drain(900, () => ++id)
  expect(answered).toEqual([null, summary?.id, summary?.id])
  expect(summary?.samples).toHaveLength(2)
  expect(open(1000)).not.toBe(summary?.id)
  // After ten seconds of silence the next refusal stands on its own again.
  windows.drain(1900, () => ++id)
  expect(open(12_000)).toBeNull()
})

test.each([
  ['192.0.2.77', '192.0.2.0/24'],
  ['2001:db8:1:2345::7', '2001:db8:1:2300::/56'],
  ['::1', '0:0:0:0::/56'],
])('%s is counted with %s', (ip, prefix) => expect(prefixOf(ip)).toBe(prefix))
