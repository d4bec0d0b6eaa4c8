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
