import fc from 'fast-check'
import { expect, test } from 'vitest'
import { markOf, mayBeAlike, parseMarks } from './template.ts'

const A = markOf('a')
const B = markOf('b')
const piece = fc.constantFrom('', 'x', 'y', 'xy')
const marked = fc
  .array(fc.oneof(piece, fc.constantFrom(A, B)), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''))
const value = fc.string({ unit: fc.constantFrom('x', 'y'), minLength: 1, maxLength: 2 })

test('texts that some values make the same are never told apart', () => {
  let same = 0
  fc.assert(
    fc.property(marked, marked, value, value, (one, other, a, b) => {
      const fill = (text: string) => text.replaceAll(A, a).replaceAll(B, b)
      if (one === other || fill(one) !== fill(other)) return
      same += 1
      expect(mayBeAlike(parseMarks(one), parseMarks(other))).toBe(true)
    }),
    { seed: 7, numRuns: 20_000 },
  )
  expect(same).toBeGreaterThan(200)
})

test.each([
  ['', A],
  [A, `${A}/`],
  [`${A}/`, `${A}/*`],
  ['x', `${A}yy`],
  [`x${A}`, `y${A}`],
  [`${A}x`, `${B}y`],
])('tells %j and %j apart', (one, other) => {
  expect(mayBeAlike(parseMarks(one), parseMarks(other))).toBe(false)
})
