import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JSON_TEXTS } from '../../../../test/corpus/jwt/json.ts'
import { parseStrictJson, TOKEN_JSON_LIMITS } from './strict-json.ts'

const codeOf = (text: string) => {
  const read = parseStrictJson(text, TOKEN_JSON_LIMITS)
  return read.ok ? 'ok' : read.code
}

test.each(JSON_TEXTS)('$expect: $name', ({ text, expect: code }) => {
  expect(codeOf(text)).toBe(code)
})

test('reads what it takes as JSON.parse does', () => {
  for (const { text } of JSON_TEXTS.filter(({ expect: code }) => code === 'ok')) {
    expect(parseStrictJson(text, TOKEN_JSON_LIMITS)).toEqual({ ok: true, value: JSON.parse(text) })
  }
})

const wide = { maxDepth: 64, maxMembers: 1e6, maxItems: 1e6, maxStringLength: 1e6 }
const plainObject = fc.object({
  key: fc
    .string({ unit: 'grapheme' })
    .filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name)),
  values: [
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.double({ min: -1e15, max: 1e15, noNaN: true }),
    fc.boolean(),
    fc.constant(null),
  ],
  maxDepth: 4,
})

test('takes every object that is written once', () => {
  fc.assert(
    fc.property(plainObject, (object) => {
      const text = JSON.stringify(object)
      expect(parseStrictJson(text, wide)).toEqual({ ok: true, value: JSON.parse(text) })
    }),
    { seed: 5, numRuns: 500 },
  )
})

test('takes nothing that JSON.parse refuses, and nothing whose value a second reading changes', () => {
  const base = JSON.stringify({
    sub: 'repo:acme/app',
    n: [1, 2.5, true, null],
    deep: { a: { b: '\u00e9😀' } },
  })
  const change = fc.tuple(
    fc.nat(base.length),
    fc.nat(3),
    fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '1',
      '0',
      '-',
      'e',
      '.',
      ' ',
      '\n',
      '\u0000',
      'u',
      '"a":1,',
    ),
  )
  let taken = 0
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const text = changes.reduce((all, [at, cut, put]) => all.slice(0, at) + put + all.slice(at + cut), base)
      if (codeOf(text) !== 'ok') return
      taken += 1
      const names: string[] = []
      // A reviver sees each name that survived; a name that was written twice would be missing from the count.
      JSON.parse(text, function (this: unknown, name, value) {
        if (!Array.isArray(this)) names.push(name)
        return value
      })
      const outsideTexts = text.replace(/"(?:[^"\\]|\\.)*"/g, 'T')
      expect(names.length - 1).toBe(outsideTexts.match(/T\s*:/g)?.length ?? 0)
    }),
    { seed: 7, numRuns: 5_000 },
  )
  expect(taken).toBeGreaterThan(50)
})

test('judges a text that the platform would write alike by its short way as by its scan', () => {
  const limits = { maxDepth: 3, maxMembers: 4, maxItems: 4, maxStringLength: 12 }
  const names = fc.oneof(
    fc.string({ maxLength: 15 }),
    fc.constantFrom('__proto__', 'constructor', 'sub', '1', '10', 'x'.repeat(12), 'x'.repeat(13)),
  )
  const values = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.string({ maxLength: 15 }),
      fc.constantFrom('x'.repeat(12), 'x'.repeat(13)),
      fc.double(),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
    ),
    node: fc.oneof(
      { maxDepth: 4 },
      tie('leaf'),
      fc.array(tie('node'), { maxLength: 6 }),
      fc.dictionary(names, tie('node'), { maxKeys: 6, noNullPrototype: true }),
    ),
  })).node
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.dictionary(names, values, { maxKeys: 6, noNullPrototype: true }), (object) => {
      const text = JSON.stringify(object)
      // White space sends it the long way, and means nothing.
      const [short, long] = [text, text.replace('{', '{ ')].map((one) => parseStrictJson(one, limits))
      expect(short).toEqual(long)
      seen.add(short?.ok === true ? 'ok' : (short?.code ?? ''))
    }),
    { seed: 12, numRuns: 3_000 },
  )
  expect([...seen].toSorted()).toEqual(['json_invalid', 'ok', 'too_large'])
})
