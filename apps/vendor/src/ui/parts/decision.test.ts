import { expect, test } from 'vitest'
import { decideItem } from '../../domain/review/decide.ts'
import { firstStanding } from '../../domain/review/item.ts'
import { deferralDays } from './decision.ts'

const NOW_MS = Date.parse('2026-11-25T12:00:00Z')
const DUE: readonly string[] = [
  '2026-12-15T23:59:59Z',
  '2026-12-15T23:59:59.999Z',
  '2026-12-15T00:00:00Z',
  '2026-11-25T18:00:00Z',
  '2026-11-20T23:59:59Z',
  '2027-12-31T10:00:00Z',
]

/** Whether the flow takes a deferral to the last second of that day, or of one beside it. */
function takes(day: string, dueAt: string, beside = 0): boolean {
  const until = new Date(Date.parse(`${day}T23:59:59Z`) + beside * 86_400_000).toISOString()
  const by = { issuer: 'i', sub: 'rita', person: 'rita' }
  return decideItem({
    review: { state: 'running', plan: { dueAt } },
    item: {
      kind: 'mapping',
      standing: firstStanding([]),
      duty: { makers: [], holder: null, reviewers: [], fallback: null },
      required: 1,
    },
    now: { version: 1, state: 'enabled' },
    asked: { verdict: 'defer', rationale: 'x'.repeat(20), evidence: null, seenVersion: 1, until },
    who: by,
    same: () => false,
    isPerson: () => false,
    auditsOwnWork: () => false,
    nowMs: NOW_MS,
  }).ok
}

test.each(DUE)('the page offers exactly the days that an item due %s can be deferred to', (dueAt) => {
  const { first, usual, last } = deferralDays(dueAt, NOW_MS)
  expect([first, usual, last].map((day) => takes(day, dueAt))).toEqual([true, true, true])
  expect([takes(first, dueAt, -1), takes(last, dueAt, 1)]).toEqual([false, false])
})
