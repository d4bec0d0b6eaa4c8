import { expect, test } from 'vitest'
import { type NeedsInput, needsOf } from './needs.ts'

const DAY = 86_400_000
const NONE: NeedsInput = {
  ...{ changes: 0, ownChanges: 0, reviews: [], moreReviews: 0, findings: [], ofLog: [], locks: 0 },
  ...{ broken: [], expiring: 0, unused: 0 },
}
const review = (dueMs: number) => ({ id: 'rev_1', title: 'Q3 2026', waiting: 1, dueMs, nowMs: 100 * DAY })

test('nothing needs whoever has nothing to do', () => {
  expect(needsOf(NONE)).toEqual([])
})

test('a store that does not keep what it promised comes before everything else', () => {
  const needs = needsOf({ ...NONE, changes: 2, broken: ['store'], unused: 3 })
  expect(needs.map(({ path }) => path)).toEqual(['/targets/store', '/changes', '/mappings'])
})

test.each([
  { name: 'in three weeks', dueMs: 121 * DAY, tone: 'warn', about: 'It is due in 21 days.' },
  { name: 'in three days', dueMs: 103 * DAY, tone: 'bad', about: 'It is due in 3 days.' },
  { name: 'past', dueMs: 98 * DAY, tone: 'bad', about: 'It was due 2 days ago.' },
])(
  'a review with items for whoever looks leads to its queue, and is urgent near its date: $name',
  ({ dueMs, tone, about }) => {
    const [need] = needsOf({ ...NONE, reviews: [review(dueMs)] })
    expect(need).toMatchObject({ tone, about, path: '/reviews/rev_1/queue' })
    expect(need?.says).toBe('1 item of “Q3 2026” waits for your answer')
  },
)

test('a warning about the log itself is told by itself, before everything that rests on the log', () => {
  const found = [{ severity: 'warning' } as const]
  const needs = needsOf({ ...NONE, changes: 1, findings: found, ofLog: [...found, { severity: 'notice' }] })
  expect(needs.map(({ says, path, query }) => [says, path, query])).toEqual([
    ['1 warning about the log itself', '/findings', { kind: 'log', severity: 'warning' }],
    ['1 change waits for your answer', '/changes', { state: 'pending' }],
    ['1 warning in the configuration', '/findings', { severity: 'warning' }],
  ])
})
