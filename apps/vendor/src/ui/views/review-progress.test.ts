import { expect, test } from 'vitest'
import { burnUp, doneOf, progressParts } from './review-progress.ts'

const at = (text: string) => Date.parse(`${text}T12:00:00Z`)

test('a burn-up counts what was decided by the end of each day, and what was open then', () => {
  const days = [
    { day: '2026-11-02', decided: 3 },
    { day: '2026-11-04', decided: 1 },
  ]
  const chart = burnUp({ days, items: 5, startedMs: at('2026-11-01'), untilMs: at('2026-11-04') })
  expect(chart.labels).toEqual(['1 Nov', '2 Nov', '3 Nov', '4 Nov'])
  expect(chart.series).toEqual([
    { name: 'decided', values: [0, 3, 3, 4] },
    { name: 'open', values: [5, 2, 2, 1], isQuiet: true },
  ])
})

test('a burn-up of a long review shows its last sixty days, and begins with what was decided before', () => {
  const days = [{ day: '2026-01-02', decided: 3 }]
  const chart = burnUp({ days, items: 5, startedMs: at('2026-01-01'), untilMs: at('2026-11-04') })
  expect(chart.labels).toHaveLength(60)
  expect(chart.series[0]?.values[0]).toBe(3)
})

test('a review without items is not done, and the parts of its bar are the states that there are', () => {
  expect(doneOf({})).toEqual({ items: 0, undecided: 0, percent: 0 })
  expect(doneOf({ attested: 2, pending: 1 })).toEqual({ items: 3, undecided: 1, percent: 66 })
  expect(progressParts({ pending: 1, attested: 2 })).toEqual([
    { state: 'attested', count: 2 },
    { state: 'pending', count: 1 },
  ])
})
