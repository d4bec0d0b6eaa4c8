import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DIALECTS, minioBytes, parsePlaceholders } from './index.ts'
import { refuseValue } from './placeholder.ts'

const REFUSED = [
  { name: 'no object', input: 'bucket', expect: [['not_an_object', '$']] },
  { name: 'a list', input: ['bucket'], expect: [['not_an_object', '$']] },
  { name: 'a name in upper case', input: { Bucket: 'bucket' }, expect: [['placeholder_name', '$.Bucket']] },
  { name: 'a name with a hyphen', input: { 'a-b': 'path' }, expect: [['placeholder_name', '$.a-b']] },
  { name: 'an unknown type', input: { a: 'toString' }, expect: [['placeholder_type', '$.a']] },
  {
    name: 'no type',
    input: { a: null, b: {}, c: 5 },
    expect: ['a', 'b', 'c'].map((n) => ['placeholder_type', `$.${n}`]),
  },
  {
    name: 'a misspelt member, which would be no limit',
    input: { a: { type: 'path', maxbytes: 9 } },
    expect: [['member_unknown', '$.a.maxbytes']],
  },
  ...[0, -1, 1.5, 2049, '9', null, Number.NaN].map((maxBytes) => ({
    name: `a size of ${JSON.stringify(maxBytes)}`,
    input: { a: { type: 'path', maxBytes } },
    expect: [['placeholder_size', '$.a']],
  })),
]

test.each(REFUSED)('refuses $name in a declaration', ({ input, expect: wanted }) => {
  const result = parsePlaceholders(input)
  expect(result.ok).toBe(false)
  expect(result.diagnostics.map(({ code, path }) => [code, path])).toEqual(wanted)
})

test('gives each type its own longest value', () => {
  const result = parsePlaceholders({
    b: 'bucket',
    s: 'segment',
    p: { type: 'path' },
    t: { type: 'string', maxBytes: 7 },
  })
  expect(result.ok && result.value).toEqual({
    b: { type: 'bucket', maxBytes: 63 },
    s: { type: 'segment', maxBytes: 128 },
    p: { type: 'path', maxBytes: 512 },
    t: { type: 'string', maxBytes: 7 },
  })
})

test.each([
  { type: 'segment', value: 'a/b', code: 'value_segment' },
  { type: 'segment', value: '..', code: 'value_segment' },
  { type: 'segment', value: '...', code: null },
  { type: 'segment', value: '.a', code: null },
  { type: 'string', value: 'a/b', code: 'value_segment' },
  { type: 'string', value: 'a b:c', code: null },
  { type: 'path', value: 'a/b/c', code: null },
  { type: 'path', value: 'a/.', code: 'value_segment' },
  { type: 'path', value: '../a', code: 'value_segment' },
  { type: 'path', value: '/', code: 'value_segment' },
  { type: 'bucket', value: 'abc', code: null },
  { type: 'bucket', value: 'a.b-c.9', code: null },
  { type: 'bucket', value: 'a-.b', code: 'value_bucket' },
  { type: 'bucket', value: 'a/b', code: 'value_bucket' },
  { type: 'bucket', value: 'a"b', code: 'value_bucket' },
] as const)('says $code of $value as a $type', ({ type, value, code }) => {
  expect(refuseValue(value, { type, maxBytes: 63 }, DIALECTS.minio)).toBe(code)
})

test('a value that is let in has its size, no wildcard, no mark, no other segment than it shows', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('a', '.', '/', '"', '&', 'é', '*', '\\'), maxLength: 12 }),
  )
  let let_in = 0
  fc.assert(
    fc.property(value, fc.constantFrom('segment', 'path', 'string'), (text, type) => {
      if (refuseValue(text, { type, maxBytes: 30 }, DIALECTS.minio) !== null) return
      let_in += 1
      expect(minioBytes(JSON.stringify(text)) - 2).toBeLessThanOrEqual(30)
      for (const sign of ['*', '?', '$', '{', '}', '\\']) expect(text).not.toContain(sign)
      const segments = text.split('/')
      expect(segments.filter((one) => ['', '.', '..'].includes(one))).toEqual([])
      if (type !== 'path') expect(segments).toHaveLength(1)
    }),
    { seed: 6, numRuns: 5000 },
  )
  expect(let_in).toBeGreaterThan(300)
})
