import { createHmac, createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTokenDigest, MAX_DIGESTED } from './token-digest.ts'

test('the digest is HMAC-SHA-256, for keys and texts of any length, one after the other', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 3000 }), fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.array(text), (bytes, tokens) => {
      const key = createSecretKey(bytes)
      const digest = createTokenDigest(key)
      for (const token of tokens)
        expect(digest(token)).toBe(createHmac('sha256', key).update(token).digest('base64url').slice(0, 32))
    }),
    { seed: 11, numRuns: 300 },
  )
})

test('the longest text has room, whatever its characters', () => {
  const key = createSecretKey(Buffer.alloc(32, 7))
  for (const token of ['x', '\u20ac', '\ud800'].map((one) => one.repeat(MAX_DIGESTED)))
    expect(createTokenDigest(key)(token)).toBe(
      createHmac('sha256', key).update(token).digest('base64url').slice(0, 32),
    )
})
