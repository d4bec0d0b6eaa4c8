import type { Obstacle } from '../../apps/vendor/src/domain/obstacle.ts'
import type { ConditionBody } from '../../apps/vendor/src/domain/resource.ts'
import type { ClaimValue } from '../../apps/vendor/src/domain/subject.ts'

/** One condition against one value: what stands in the way, and what the mend says. `undefined`: the token has none. */
export type NearnessRow = {
  readonly name: string
  readonly member: 'when' | 'unless'
  readonly condition: ConditionBody
  readonly found: ClaimValue | undefined
  readonly expect: Obstacle | null
  /** A part of the words of the mend. */
  readonly mend?: string
}

/** A condition without its claim. */
type Comparison = ConditionBody extends infer C ? (C extends unknown ? Omit<C, 'claim'> : never) : never
type Cells = readonly [
  name: string,
  comparison: Comparison,
  found: ClaimValue | undefined,
  expect: Obstacle | null,
  mend?: string,
]
const rows = (member: 'when' | 'unless', cells: readonly Cells[]): NearnessRow[] =>
  cells.map(([name, comparison, found, expect, mend]) => ({
    name: `${member}: ${name}`,
    member,
    condition: { claim: ['x'], ...comparison },
    found,
    expect,
    ...(mend === undefined ? {} : { mend }),
  }))

export const NEARNESS: readonly NearnessRow[] = [
  ...rows('when', [
    ['the same text', { equals: 'main' }, 'main', null],
    ['another text', { equals: 'main' }, 'dev', 'other_value', 'anyOf: ["main","dev"]'],
    ['another case', { equals: 'main' }, 'Main', 'other_case', 'anyOf: ["main","Main"]'],
    ['a slash more', { equals: 'https://a' }, 'https://a/', 'other_ends'],
    ['a blank more', { equals: 'main' }, ' main', 'other_ends'],
    ['no claim', { equals: 'main' }, undefined, 'missing', 'let the token carry `x`'],
    ['null', { equals: 'main' }, null, 'missing', 'let the token carry `x`'],
    ['the text of a number', { equals: 42 }, '42', 'other_type', 'anyOf: [42,"42"]'],
    ['the number of a text', { equals: '42' }, 42, 'other_type', 'anyOf: ["42",42]'],
    ['the text of a boolean', { equals: true }, 'true', 'other_type', 'anyOf: [true,"true"]'],
    ['another number', { equals: 42 }, 43, 'other_value', 'anyOf: [42,43]'],
    ['another boolean', { equals: true }, false, 'other_value', 'anyOf: [true,false]'],
    ['a list that has it', { equals: 'a' }, ['b', 'a'], 'other_type', 'contains: "a"'],
    ['a list that has it not', { equals: 'a' }, ['b'], 'other_type', 'containsAnyOf: ["a","b"]'],
    ['an empty list', { equals: 'a' }, [], 'other_type', 'take when[0] away'],
    ['an object', { equals: 'a' }, { a: 'a' }, 'other_type', 'take when[0] away'],
    ['one of several', { anyOf: ['a', 'b'] }, 'b', null],
    ['none of several', { anyOf: ['a', 'b'] }, 'c', 'other_value', 'anyOf: ["a","b","c"]'],
    ['one of several in another case', { anyOf: ['a', 'b'] }, 'B', 'other_case'],
    ['several against a number', { anyOf: ['1', '2'] }, 1, 'other_type', 'anyOf: ["1","2",1]'],
    ['a list with the item', { contains: 'a' }, ['a'], null],
    ['a list without the item', { contains: 'a' }, ['b'], 'other_value', 'containsAnyOf: ["a","b"]'],
    ['an item in another case', { contains: 'admin' }, ['Admin'], 'other_case'],
    ['one value where a list was expected', { contains: 'a' }, 'a', 'other_type', 'equals: "a"'],
    ['another value where a list was expected', { contains: 'a' }, 'b', 'other_type', 'equals: "b"'],
    ['an empty list without the item', { contains: 'a' }, [], 'other_value', 'take when[0] away'],
    ['a list of a list', { contains: 'a' }, [['a']], 'other_type', 'take when[0] away'],
    ['a list with one of two', { containsAnyOf: ['a', 'b'] }, ['b'], null],
    [
      'a list with none of two',
      { containsAnyOf: ['a', 'b'] },
      ['c'],
      'other_value',
      'containsAnyOf: ["a","b","c"]',
    ],
    ['a glob that fits', { glob: 'v*', delimiter: '/' }, 'v1', null],
    ['a glob that does not', { glob: 'v*', delimiter: '/' }, 'w1', 'other_value', 'equals: "w1"'],
    [
      'a glob that would have to cross',
      { glob: 'v*', delimiter: '/' },
      'v1/x',
      'crosses_delimiter',
      'equals: "v1/x"',
    ],
    ['a glob in another case', { glob: 'v*', delimiter: '/' }, 'V1', 'other_case'],
    ['a case and an end at once', { equals: 'Main/' }, 'main', 'other_value', 'anyOf: ["Main/","main"]'],
    ['a number that is nearly it', { equals: 1 }, 1.5, 'other_value', 'anyOf: [1,1.5]'],
    ['an empty text', { equals: 'a' }, '', 'other_value', 'anyOf: ["a",""]'],
    ['a text that is no ASCII', { equals: 'e' }, '\u00e9', 'other_value', 'anyOf: ["e","\\u00e9"]'],
    [
      'more than are repeated',
      { anyOf: ['a', 'b', 'c', 'd'] },
      'e',
      'other_value',
      'add "e" to when[0].anyOf',
    ],
    [
      'more items than are repeated',
      { containsAnyOf: ['a', 'b', 'c', 'd'] },
      ['e'],
      'other_value',
      'add "e" to when[0].containsAnyOf',
    ],
    ['a list of the other type', { contains: 1 }, ['1'], 'other_type', 'containsAnyOf: [1,"1"]'],
    [
      'a glob whose star crosses by one',
      { glob: 'refs/heads/*', delimiter: '/' },
      'refs/heads/a/b',
      'crosses_delimiter',
    ],
    ['a glob of another prefix', { glob: 'refs/tags/*', delimiter: '/' }, 'refs/heads/v1', 'other_value'],
    ['a glob against a list', { glob: 'v*', delimiter: '/' }, ['v1'], 'other_type', 'contains: "v1"'],
    ['a glob against a number', { glob: '*', delimiter: '/' }, 1, 'other_type', 'equals: 1'],
  ]),
  ...rows('unless', [
    ['another value', { equals: 'x' }, 'y', null],
    ['the value', { equals: 'x' }, 'x', 'holds', 'take unless[0] away'],
    [
      'no claim, which counts as held',
      { equals: 'x' },
      undefined,
      'missing',
      'let the token carry `x`, or take unless[0] away',
    ],
    ['another type, which counts as held', { equals: 'x' }, 1, 'other_type', 'take unless[0] away'],
    ['a list without the item', { contains: 'x' }, ['y'], null],
    ['a list with the item', { contains: 'x' }, ['x'], 'holds', 'take unless[0] away'],
    ['a glob that fits', { glob: 'x*', delimiter: '/' }, 'xy', 'holds', 'take unless[0] away'],
  ]),
]
