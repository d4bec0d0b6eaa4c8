import fc from 'fast-check'
import { expect, test } from 'vitest'
import DOCUMENTS from './corpus/documents.json' with { type: 'json' }
import { parsePolicy, printPolicy } from './index.ts'

test.each(DOCUMENTS)('refuses $name, with every problem and its place', ({ text, expect: wanted }) => {
  const result = parsePolicy(text)
  expect(result.ok).toBe(false)
  expect(result.diagnostics.map(({ code, path }) => [code, path])).toEqual(wanted)
})

test('answers whatever comes, and never throws', () => {
  const near = fc.record(
    { Version: fc.constant('2012-10-17'), Statement: fc.oneof(fc.anything(), fc.array(fc.anything())) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(fc.anything(), near, fc.json(), fc.string()), (input) => {
      const result = parsePolicy(input)
      if (!result.ok) expect(result.diagnostics.length).toBeGreaterThan(0)
    }),
    { seed: 1, numRuns: 2000 },
  )
  expect(parsePolicy(`{"x":"${'\\n'.repeat(5e6)}"}`).ok).toBe(false)
  expect(parsePolicy('{"Statement":'.repeat(50_000)).ok).toBe(false)
  expect(parsePolicy(`${'{"Statement":'.repeat(50_000)}1${'}'.repeat(50_000)}`).ok).toBe(false)
})

const text = fc.string({ minLength: 1, maxLength: 12 })
const texts = fc.array(text, { minLength: 1, maxLength: 3 })
const conditions = fc.dictionary(
  text,
  fc.dictionary(text, texts, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
  {
    minKeys: 1,
    maxKeys: 2,
    noNullPrototype: true,
  },
)
const statement = fc.record(
  { Effect: fc.constantFrom('Allow', 'Deny'), Action: texts, Resource: texts, Condition: conditions },
  { requiredKeys: ['Effect', 'Action', 'Resource'], noNullPrototype: true },
)

test('reads back what it printed, as text and as object', () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), (Statement) => {
      const first = parsePolicy({ Version: '2012-10-17', Statement })
      if (!first.ok) throw new Error(JSON.stringify(first.diagnostics))
      const printed = printPolicy(first.value)
      expect(parsePolicy(printed)).toEqual(first)
      expect(parsePolicy(JSON.parse(printed))).toEqual(first)
      expect(JSON.parse(printed)).toEqual({ Version: '2012-10-17', Statement })
    }),
    { seed: 2, numRuns: 1000 },
  )
})

test('keeps a condition whatever its operator is called', () => {
  const result = parsePolicy(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a","Resource":"r","Condition":{"__proto__":{"__proto__":1},"Null":{"k":true}}}]}',
  )
  expect(result.ok && printPolicy(result.value)).toBe(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["a"],"Resource":["r"],"Condition":{"__proto__":{"__proto__":["1"]},"Null":{"k":["true"]}}}]}',
  )
})
