import { expect, test } from 'vitest'
import { saysUnused, unusedIn } from './last-used.ts'

test('a mapping is unused where a detector says so: one of yesterday that nobody used yet is new', () => {
  const findings = [
    { detector: 'S01', name: 'long-ago' },
    { detector: 'S02', name: 'never' },
    { detector: 'S02', name: 'never' },
    { detector: 'S06', name: 'by-name' },
    { detector: null, name: 'of-the-lint' },
  ]
  expect([...unusedIn(findings)]).toEqual(['long-ago', 'never'])
  expect(saysUnused({})).toBe(false)
})
