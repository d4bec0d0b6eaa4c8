import { expect, test } from 'vitest'
import { FORMS, HEADERS, SAMPLE } from '../../../../test/corpus/jwt/forms.ts'
import { readCompactJwt } from './compact-jwt.ts'

const codeOf = (token: string) => {
  const read = readCompactJwt(token)
  return read.ok ? 'ok' : read.code
}

test.each(FORMS)('$expect: $name', ({ token, expect: code }) => expect(codeOf(token)).toBe(code))

test.each(HEADERS)('$expect: a header with $name', ({ header, expect: code }) => {
  const [, payload, signature] = SAMPLE.split('.')
  expect(codeOf([Buffer.from(header).toString('base64url'), payload, signature].join('.'))).toBe(code)
})

test('a token has one form: no other text is read as the same three parts', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const parts = SAMPLE.split('.')
  const bytes = (text = '') => Buffer.from(text, 'base64url').toString('hex')
  let same = 0
  for (const [at, part] of parts.entries()) {
    for (const last of alphabet) {
      const changed = part.slice(0, -1) + last
      if (changed === part || bytes(changed) !== bytes(part)) continue
      same += 1
      expect(codeOf(parts.with(at, changed).join('.'))).toBe('malformed')
    }
  }
  // Its parts end in two, two and four stray bits: 3, 3 and 15 other spellings.
  expect(same).toBe(21)
})

test('hands on the bytes that were signed', () => {
  const read = readCompactJwt(SAMPLE)
  expect(read.ok && read.jwt.signed.toString()).toBe(SAMPLE.slice(0, SAMPLE.lastIndexOf('.')))
  expect(read.ok && read.jwt.header).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
})
