import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TRUST_TONES, type Trust, trustGraph, trustRows, weightOf } from './trust-graph.ts'

const trust = (mapping: string, over: Partial<Trust> = {}): Trust => ({
  issuer: 'ci',
  mapping,
  role: 'writer',
  places: ['store/artifacts'],
  tone: 'good',
  ...over,
})

test('few mappings are nodes of their own, between their issuer and their role', () => {
  const { columns, links } = trustGraph([trust('a'), trust('b', { tone: 'bad', role: 'reader' })])
  expect(columns.map(({ head }) => head)).toEqual(['Issuer', 'Mapping', 'Role', 'Bucket'])
  expect(columns[0]?.nodes).toEqual([{ name: 'ci', weight: 2 }])
  expect(columns[1]?.nodes.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(links.filter(({ column }) => column === 0)).toEqual([
    { column: 0, from: 0, to: 0, tones: { good: 1, warn: 0, bad: 0 } },
    { column: 0, from: 0, to: 1, tones: { good: 0, warn: 0, bad: 1 } },
  ])
})

test('of many mappings the issuer leads to the role, and what has the fewest goes together', () => {
  const many = Array.from({ length: 60 }, (_, at) => trust(`m${at}`, { role: `role-${at % 20}` }))
  const { columns } = trustGraph([...many, trust('more', { role: 'role-19' })])
  expect(columns.map(({ head }) => head)).toEqual(['Issuer', 'Role', 'Bucket'])
  expect(columns[1]?.nodes.at(0)).toEqual({ name: 'role-19', weight: 4 })
  expect(columns[1]?.nodes.at(-1)).toEqual({ name: '9 others', weight: 27 })
})

test('a role that opens two buckets leads to both', () => {
  const { columns, links } = trustGraph([trust('a', { places: ['store/one', 'store/two'] })])
  expect(columns.at(-1)?.nodes).toEqual([
    { name: 'store/one', weight: 1 },
    { name: 'store/two', weight: 1 },
  ])
  expect(links.filter(({ column }) => column === 2)).toHaveLength(2)
})

const anyTrust = fc.record({
  issuer: fc.constantFrom('a', 'b', 'c'),
  mapping: fc.string({ minLength: 1, maxLength: 4 }),
  role: fc.integer({ min: 0, max: 30 }).map((n) => `role-${n}`),
  places: fc.constantFrom(['one'], ['one', 'two'], ['three']),
  tone: fc.constantFrom(...TRUST_TONES),
})

test('no mapping is lost: picture and table count each once', () => {
  fc.assert(
    fc.property(fc.array(anyTrust, { maxLength: 60 }), (trusts) => {
      const { columns, links } = trustGraph(trusts)
      const issuers = columns[0]?.nodes.reduce((sum, { weight }) => sum + weight, 0)
      const first = links.filter(({ column }) => column === 0)
      expect(issuers).toBe(trusts.length)
      expect(first.reduce((sum, { tones }) => sum + weightOf(tones), 0)).toBe(trusts.length)
      expect(trustRows(trusts).reduce((sum, { tones }) => sum + weightOf(tones), 0)).toBe(trusts.length)
      for (const { column, from, to } of links) {
        expect(columns[column]?.nodes[from]).toBeDefined()
        expect(columns[column + 1]?.nodes[to]).toBeDefined()
      }
    }),
  )
})
