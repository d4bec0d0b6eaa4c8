import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkEngines, tooOld } from '../../scripts/rules/engines.ts'

test('what the service says that it needs of Node is enough for all that it ships with, and said alike everywhere', () => {
  expect(checkEngines(join(import.meta.dirname, '../..'))).toEqual([])
})

/** Each row plants a promise that a package does not keep: a check that does not see it is blind. */
test.each([
  { range: '>=22.18', node: '>=22.19.0', fits: false },
  { range: '>=22.19', node: '>=22.19.0', fits: true },
  { range: '>=22.19', node: '^20.19.0 || >=22.12.0', fits: true },
  { range: '>=22.19', node: '^22.12.0 || ^24.0.0 || >=26.0.0', fits: false },
])('a promise of $range, and a package that needs $node: $fits', ({ range, node, fits }) => {
  expect(tooOld(range, [{ name: 'one', version: '1.0.0', node }])).toHaveLength(fits ? 0 : 1)
})

test('a walk that sees no package is no pass', () => {
  expect(tooOld('>=22.19', [])).toHaveLength(1)
})
