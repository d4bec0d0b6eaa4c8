import { expect, test } from 'vitest'
import { compileCondition } from './condition.ts'
import type { ConditionBody } from './resource.ts'
import type { Claims } from './subject.ts'

const claims: Claims = {
  ref: 'refs/heads/main',
  id: '42',
  n: 42,
  ok: true,
  nothing: null,
  list: ['a', 'b'],
  'kubernetes.io': { namespace: 'build', serviceaccount: { name: 'ci' } },
  empty: [],
  mixed: ['a', 1],
  nested: [['admin']],
  object: { a: 'a' },
  'oidc.circleci.com/project-id': 'p',
  'cognito:groups': ['g'],
  constructor: 'own',
}

const CASES: readonly { name: string; condition: ConditionBody; expect: 'holds' | 'fails' | 'unusable' }[] = [
  { name: 'equal text holds', condition: { claim: ['id'], equals: '42' }, expect: 'holds' },
  { name: 'other text fails', condition: { claim: ['id'], equals: '43' }, expect: 'fails' },
  { name: 'a number is not its text', condition: { claim: ['n'], equals: '42' }, expect: 'unusable' },
  { name: 'a text is not its number', condition: { claim: ['id'], equals: 42 }, expect: 'unusable' },
  { name: 'equal numbers hold', condition: { claim: ['n'], equals: 42 }, expect: 'holds' },
  { name: 'a boolean is not its text', condition: { claim: ['ok'], equals: 'true' }, expect: 'unusable' },
  { name: 'equal booleans hold', condition: { claim: ['ok'], equals: true }, expect: 'holds' },
  { name: 'null is missing', condition: { claim: ['nothing'], equals: 'x' }, expect: 'unusable' },
  { name: 'a missing claim is unusable', condition: { claim: ['absent'], equals: 'x' }, expect: 'unusable' },
  {
    name: 'an inherited member is missing',
    condition: { claim: ['toString'], equals: 'x' },
    expect: 'unusable',
  },
  { name: 'an array is not its member', condition: { claim: ['list'], equals: 'a' }, expect: 'unusable' },
  {
    name: 'an array has no path into it',
    condition: { claim: ['list', '0'], equals: 'a' },
    expect: 'unusable',
  },
  { name: 'text has no path into it', condition: { claim: ['id', 'length'], equals: 2 }, expect: 'unusable' },
  {
    name: 'a name with a dot is one step',
    condition: { claim: ['kubernetes.io', 'namespace'], equals: 'build' },
    expect: 'holds',
  },
  {
    name: 'an object is unusable',
    condition: { claim: ['kubernetes.io'], equals: 'build' },
    expect: 'unusable',
  },
  { name: 'any of holds', condition: { claim: ['id'], anyOf: ['1', '42'] }, expect: 'holds' },
  { name: 'none of fails', condition: { claim: ['id'], anyOf: ['1', '2'] }, expect: 'fails' },
  {
    name: 'any of another type is unusable',
    condition: { claim: ['n'], anyOf: ['42', '43'] },
    expect: 'unusable',
  },
  { name: 'a list contains its item', condition: { claim: ['list'], contains: 'b' }, expect: 'holds' },
  { name: 'a list without the item fails', condition: { claim: ['list'], contains: 'c' }, expect: 'fails' },
  {
    name: 'an item is compared whole and in its own case',
    condition: { claim: ['list'], contains: 'A' },
    expect: 'fails',
  },
  { name: 'an empty list contains nothing', condition: { claim: ['empty'], contains: 'a' }, expect: 'fails' },
  { name: 'a text contains nothing', condition: { claim: ['id'], contains: '4' }, expect: 'unusable' },
  { name: 'an object contains nothing', condition: { claim: ['object'], contains: 'a' }, expect: 'unusable' },
  {
    name: 'a list contains one of two',
    condition: { claim: ['list'], containsAnyOf: ['x', 'b'] },
    expect: 'holds',
  },
  {
    name: 'a list contains none of two',
    condition: { claim: ['list'], containsAnyOf: ['x', 'y'] },
    expect: 'fails',
  },
  {
    name: 'a number in a list is not its text',
    condition: { claim: ['mixed'], contains: '1' },
    expect: 'unusable',
  },
  { name: 'a number in a list is found', condition: { claim: ['mixed'], contains: 1 }, expect: 'holds' },
  {
    name: 'what stands in a list of a list is unusable, not absent',
    condition: { claim: ['nested'], contains: 'admin' },
    expect: 'unusable',
  },
  {
    name: 'a name with slash and dot is one step',
    condition: { claim: ['oidc.circleci.com/project-id'], equals: 'p' },
    expect: 'holds',
  },
  {
    name: 'a name with a colon is one step',
    condition: { claim: ['cognito:groups'], contains: 'g' },
    expect: 'holds',
  },
  {
    name: 'a glob holds',
    condition: { claim: ['ref'], glob: 'refs/heads/*', delimiter: '/' },
    expect: 'holds',
  },
  {
    name: 'a glob on a number is unusable',
    condition: { claim: ['n'], glob: '*', delimiter: '/' },
    expect: 'unusable',
  },
]

test.each(CASES)('$name', ({ condition, expect: wanted }) => {
  expect(compileCondition(condition).check(claims)).toBe(wanted)
})
