import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covers } from './covers.ts'
import type { Statement } from './document.ts'
import { matchesPattern, patternCovers } from './pattern.ts'

const PATTERNS: readonly (readonly [outer: string, inner: string, covered: boolean])[] = [
  ['*', '', true],
  ['*', 'a*b?c', true],
  ['a*', 'a', true],
  ['a*', 'b', false],
  ['a*c', 'abc', true],
  ['a*c', 'a*c', true],
  ['a*c', 'a*', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a?c', 'a*c', false],
  ['a?c', 'a?c', true],
  ['abc', 'a?c', false],
  ['x/*', 'x/{{prefix}}/*', true],
  ['x/{{prefix}}/*', 'x/{{prefix}}/y', true],
  ['x/{{prefix}}/*', 'x/{{other}}/y', false],
  ['x/{{prefix}}/*', 'x/*', false],
  ['x/?', 'x/{{prefix}}', false],
]

test.each(PATTERNS)('%s covers %s: %s', (outer, inner, covered) => {
  expect(patternCovers(outer, inner)).toBe(covered)
})

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 })
const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 })

test('what a covered pattern matches the covering one matches', () => {
  let tried = 0
  fc.assert(
    fc.property(pattern, pattern, text, (outer, inner, given) => {
      if (!patternCovers(outer, inner) || !matchesPattern(inner, given)) return
      tried += 1
      expect(matchesPattern(outer, given)).toBe(true)
    }),
    { numRuns: 30_000, seed: 7 },
  )
  expect(tried).toBeGreaterThan(500)
})

test('a pattern covers itself and every text that it matches', () => {
  fc.assert(
    fc.property(pattern, text, (one, given) => {
      expect(patternCovers(one, one)).toBe(true)
      expect(patternCovers(one, given)).toBe(matchesPattern(one, given))
    }),
    { numRuns: 3_000 },
  )
})

const allow = (actions: string[], resources: string[], Condition?: Statement['Condition']): Statement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resources,
  ...(Condition === undefined ? {} : { Condition }),
})
const deny = (actions: string[], resources: string[], Condition?: Statement['Condition']): Statement => ({
  ...allow(actions, resources, Condition),
  Effect: 'Deny',
})
const like = (...values: string[]) => ({ StringLike: { 's3:prefix': values } })
const GET = ['s3:GetObject']

type Row = {
  readonly name: string
  readonly outer: Statement[]
  readonly inner: Statement[]
  readonly expect: boolean
}
const ROWS: readonly Row[] = [
  { name: 'the same', outer: [allow(GET, ['b/*'])], inner: [allow(GET, ['b/*'])], expect: true },
  { name: 'nothing at all', outer: [], inner: [], expect: true },
  { name: 'a prefix of it', outer: [allow(GET, ['b/*'])], inner: [allow(GET, ['b/x/*'])], expect: true },
  { name: 'more than a prefix', outer: [allow(GET, ['b/x/*'])], inner: [allow(GET, ['b/*'])], expect: false },
  {
    name: 'one action more',
    outer: [allow(GET, ['b/*'])],
    inner: [allow([...GET, 's3:PutObject'], ['b/*'])],
    expect: false,
  },
  {
    name: 'actions of two statements',
    outer: [allow(GET, ['b/*']), allow(['s3:PutObject'], ['b/*'])],
    inner: [allow([...GET, 's3:PutObject'], ['b/x'])],
    expect: true,
  },
  {
    name: 'a pattern of actions',
    outer: [allow(['s3:Get*'], ['b/*'])],
    inner: [allow(GET, ['b/*'])],
    expect: true,
  },
  {
    name: 'a condition more',
    outer: [allow(GET, ['b'])],
    inner: [allow(GET, ['b'], like('a/*'))],
    expect: true,
  },
  {
    name: 'a condition less',
    outer: [allow(GET, ['b'], like('a/*'))],
    inner: [allow(GET, ['b'])],
    expect: false,
  },
  {
    name: 'one value less',
    outer: [allow(GET, ['b'], like('a/*', 'c/*'))],
    inner: [allow(GET, ['b'], like('a/*'))],
    expect: true,
  },
  {
    name: 'one value more',
    outer: [allow(GET, ['b'], like('a/*'))],
    inner: [allow(GET, ['b'], like('a/*', 'c/*'))],
    expect: false,
  },
  {
    name: 'one value less of a negated operator',
    outer: [allow(GET, ['b'], { StringNotLike: { 's3:prefix': ['a', 'c'] } })],
    inner: [allow(GET, ['b'], { StringNotLike: { 's3:prefix': ['a'] } })],
    expect: false,
  },
  {
    name: 'a Deny that is gone',
    outer: [allow(GET, ['b/*']), deny(GET, ['b/x'])],
    inner: [allow(GET, ['b/*'])],
    expect: false,
  },
  {
    name: 'a Deny of more',
    outer: [allow(GET, ['b/*']), deny(GET, ['b/x'])],
    inner: [allow(GET, ['b/*']), deny(['s3:*'], ['b/*'])],
    expect: true,
  },
  {
    name: 'a Deny on a condition that was on none',
    outer: [allow(GET, ['b/*']), deny(GET, ['b/x'])],
    inner: [allow(GET, ['b/*']), deny(GET, ['b/x'], like('a'))],
    expect: false,
  },
  {
    name: 'a Deny on no condition that was on one',
    outer: [deny(GET, ['b/x'], like('a'))],
    inner: [deny(GET, ['b/x'])],
    expect: true,
  },
]

test.each(ROWS)('$name: covered $expect', ({ outer, inner, expect: covered }) => {
  expect(covers(outer, inner)).toBe(covered)
})

test('an action that MinIO gives by the name of another is not covered by a wildcard that gives only what it matches', () => {
  const [named, wild] = ['s3:GetObjectVersion', 's3:GetObjectV*']
  const deny = (actions: string[]): Statement => ({ ...allow(actions, ['arn:aws:s3:::b/*']), Effect: 'Deny' })
  const all = allow(['s3:*'], ['arn:aws:s3:::b/*'])
  expect(covers([allow([wild], ['arn:aws:s3:::b/*'])], [allow([named], ['arn:aws:s3:::b/*'])])).toBe(false)
  expect(covers([allow([named], ['arn:aws:s3:::b/*'])], [allow([named], ['arn:aws:s3:::b/*'])])).toBe(true)
  expect(covers([allow(['s3:Get*'], ['arn:aws:s3:::b/*'])], [allow([named], ['arn:aws:s3:::b/*'])])).toBe(
    true,
  )
  // A Deny by that name refuses both; the wildcard in its place refuses one.
  expect(covers([all, deny([named])], [all, deny([wild])])).toBe(false)
  expect(covers([all, deny([named])], [all, deny([named])])).toBe(true)
  expect(covers([all, deny([named])], [all, deny(['s3:Get*'])])).toBe(true)
})
