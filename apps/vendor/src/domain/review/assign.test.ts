import { expect, test } from 'vitest'
import { assigner } from './assign.ts'

const anybody = () => true
const item = { makers: [], holder: null }

test('an item for two persons never goes to one person under two spellings', () => {
  const assign = assigner({ reviewers: ['Ria@example.com', 'ria@Example.com'], fallback: null }, anybody)
  // One is not enough, so it is for whoever has the role.
  expect(assign({ ...item, owner: null, required: 2 })).toEqual([])
  expect(assign({ ...item, owner: null, required: 1 })).toEqual(['Ria@example.com'])
})

test('a fallback who is one of the reviewers, spelt otherwise, is no second person', () => {
  const assign = assigner({ reviewers: ['ria@example.com'], fallback: 'RIA@example.com' }, anybody)
  expect(assign({ ...item, owner: null, required: 2 })).toEqual([])
})

test('an owner gets what is theirs however they are spelt there, and the rest goes round', () => {
  const assign = assigner({ reviewers: ['ria@example.com', 'rolf@example.com'], fallback: null }, anybody)
  const owned = (owner: string | null) => assign({ ...item, owner, required: 1 })
  expect([owned('ROLF@example.com'), owned(null), owned('Rolf@Example.com'), owned(null)]).toEqual([
    ['rolf@example.com'],
    ['ria@example.com'],
    ['rolf@example.com'],
    ['ria@example.com'],
  ])
})
