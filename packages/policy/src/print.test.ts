import fc from 'fast-check'
import { expect, test } from 'vitest'
import { minioBytes, utf8Bytes } from './index.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      'é',
      '€',
      '\u2028',
      '\u2029',
      '\ud83d\ude00',
      '\ud800',
      '\udc00',
      'a',
    ),
  }),
)

test('counts UTF-8 as the platform does, lone surrogates included', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(utf8Bytes(text)).toBe(Buffer.byteLength(text))
    }),
    { seed: 3, numRuns: 2000 },
  )
})

test('counts the escapes that Go writes', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(minioBytes(text)).toBe(Buffer.byteLength(text.replace(/[<>&\u2028\u2029]/g, '\\u003c')))
    }),
    { seed: 4, numRuns: 2000 },
  )
})
