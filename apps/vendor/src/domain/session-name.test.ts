import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sessionNameOf } from './session-name.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('is always a name that AWS STS reads', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
      (issuer, sub) => {
        expect(sessionNameOf(issuer, sub, sha256)).toMatch(/^[\w+=,.@-]{2,64}$/)
      },
    ),
    { seed: 11 },
  )
})

test('tells apart subjects whose parts join to the same text', () => {
  expect(sessionNameOf('a', 'bc', sha256)).not.toBe(sessionNameOf('ab', 'c', sha256))
})

test('tells apart subjects that read the same once cleaned', () => {
  expect(sessionNameOf('ci', 'repo:o/r', sha256)).not.toBe(sessionNameOf('ci', 'repo/o:r', sha256))
})
