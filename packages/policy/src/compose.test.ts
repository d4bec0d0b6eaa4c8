import { expect, test } from 'vitest'
import { composePolicies, type Statement } from './index.ts'

const read: Statement = {
  Effect: 'Allow',
  Action: ['a', 'b'],
  Resource: ['x', 'y'],
  Condition: { Null: { k: ['true'] } },
}
const rows: readonly { name: string; other: Statement; same: boolean }[] = [
  { name: 'the same', other: { ...read }, same: true },
  {
    name: 'the same in another order',
    other: { ...read, Action: ['b', 'a'], Resource: ['y', 'x'] },
    same: true,
  },
  { name: 'another effect', other: { ...read, Effect: 'Deny' }, same: false },
  { name: 'one action fewer', other: { ...read, Action: ['a'] }, same: false },
  {
    name: 'another value of the condition',
    other: { ...read, Condition: { Null: { k: ['false'] } } },
    same: false,
  },
  { name: 'no condition', other: { Effect: 'Allow', Action: ['a', 'b'], Resource: ['x', 'y'] }, same: false },
]

test.each(rows)('a second statement that is $name: once is $same', ({ other, same }) => {
  expect(composePolicies([[read], [other]]).Statement).toHaveLength(same ? 1 : 2)
})

test('keeps the order of the parts', () => {
  const [first, second] = [read, { ...read, Effect: 'Deny' as const }]
  expect(composePolicies([[second], [first, second]]).Statement).toEqual([second, first])
})
