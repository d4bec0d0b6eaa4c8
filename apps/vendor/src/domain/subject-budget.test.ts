import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Subject } from './subject.ts'
import { createSubjectBudgets } from './subject-budget.ts'

const subject = (sub: string, iss = 'https://ci.example.com'): Subject => ({
  issuer: 'ci',
  iss,
  sub,
  audiences: [],
  claims: {},
  expiresAtSeconds: 0,
  token: { alg: 'RS256', kid: null, thumbprint: '', jti: null, azp: null, digest: '' },
})
const budget = { sessions: 3, perSeconds: 60 }

test('gives a budget at once, then one session after each share of the time, and says when', () => {
  const budgets = createSubjectBudgets()
  const take = (nowMs: number) => budgets.take({ subject: subject('a'), target: 'store', budget }, nowMs)
  expect([take(0), take(0), take(0)]).toEqual([0, 0, 0])
  expect(take(0)).toBe(20)
  expect(take(15_000)).toBe(5)
  expect([take(20_000), take(20_000)]).toEqual([0, 20])
  // Rest gives no more than a whole budget back.
  expect([1, 2, 3, 4].map(() => take(3_600_000))).toEqual([0, 0, 0, 20])
})

test('each subject of each issuer has a budget of its own at each target', () => {
  const budgets = createSubjectBudgets()
  const once = { sessions: 1, perSeconds: 60 }
  const take = (who: Subject, target: string) => budgets.take({ subject: who, target, budget: once }, 0)
  const asked: [Subject, string][] = [
    [subject('a'), 'store'],
    [subject('b'), 'store'],
    [subject('a'), 'other'],
    [subject('a', 'https://second.example.com'), 'store'],
    [subject('a","store'), 'x'],
  ]
  for (const [who, target] of asked) expect(take(who, target)).toBe(0)
  for (const [who, target] of asked) expect(take(who, target)).toBe(60)
})

test('holds a bounded number of accounts and forgets who was not seen for longest', () => {
  const budgets = createSubjectBudgets(2)
  const once = { sessions: 1, perSeconds: 60 }
  const take = (sub: string) => budgets.take({ subject: subject(sub), target: 'store', budget: once }, 0)
  expect([take('a'), take('b'), take('a'), take('c')]).toEqual([0, 0, 60, 0])
  expect([take('b'), take('c')]).toEqual([0, 60])
})

test('never gives more than the budget and what time brings back, however it is asked', () => {
  fc.assert(
    fc.property(
      fc.record({ sessions: fc.integer({ min: 1, max: 20 }), perSeconds: fc.integer({ min: 1, max: 100 }) }),
      fc.array(fc.nat(5_000), { maxLength: 200 }),
      (of, waits) => {
        const budgets = createSubjectBudgets()
        let [nowMs, given, promisedMs] = [0, 0, 0]
        for (const wait of waits) {
          nowMs += wait
          const seconds = budgets.take({ subject: subject('a'), target: 'store', budget: of }, nowMs)
          if (seconds === 0) given += 1
          // Who waited as long as it was told is served.
          if (promisedMs > 0 && nowMs >= promisedMs) expect(seconds).toBe(0)
          promisedMs =
            seconds === 0 ? 0 : Math.min(promisedMs || Number.POSITIVE_INFINITY, nowMs + seconds * 1000)
          expect(given).toBeLessThanOrEqual(of.sessions * (1 + nowMs / (of.perSeconds * 1000)) + 1e-6)
        }
      },
    ),
    { seed: 4, numRuns: 500 },
  )
})
