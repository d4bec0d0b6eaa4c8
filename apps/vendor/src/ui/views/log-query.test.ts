import { expect, test } from 'vitest'
import { logQuery } from './log-query.ts'

test('the days of the form are whole: from the first instant of one to the first after the other', () => {
  const query = logQuery(new URLSearchParams({ from: '2026-09-30', to: '2026-09-30' }), 50)
  expect([...query]).toEqual([
    ['from', '2026-09-30T00:00:00.000Z'],
    ['to', '2026-10-01T00:00:00Z'],
    ['limit', '50'],
  ])
})
