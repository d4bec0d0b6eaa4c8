import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmacSha256, hmacSha256Hex } from './hmac.ts'
import { daysBetween, stsSigningKeys } from './signing-keys.ts'

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

test('HMAC is that of RFC 2104, for keys and texts of any length', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 1024 }),
      (key, text) => {
        const wanted = createHmac('sha256', key).update(text).digest()
        expect(hmacSha256(latin1(key), text)).toBe(latin1(wanted))
        expect(hmacSha256Hex(latin1(key), text)).toBe(wanted.toString('hex'))
      },
    ),
    { seed: 5, numRuns: 500 },
  )
  expect(() => hmacSha256('', 'x'.repeat(1025))).toThrow(RangeError)
})

test('the keys are those that a client derives for sts, one a day and region', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
  const derived = (day: string, region: string) =>
    [day, region, 'sts', 'aws4_request'].reduce<string | Buffer>(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      `AWS4${secret}`,
    )
  const keys = stsSigningKeys(secret, ['20150830', '20150831'], ['us-east-1', 'eu-central-1'])
  expect(keys.map(([scope]) => scope)).toEqual([
    '20150830/us-east-1',
    '20150830/eu-central-1',
    '20150831/us-east-1',
    '20150831/eu-central-1',
  ])
  for (const [scope, key] of keys) {
    const [day = '', region = ''] = scope.split('/')
    expect(Buffer.from(key, 'latin1').equals(Buffer.from(derived(day, region)))).toBe(true)
  }
})

test('the days are those of UTC that a session touches, both ends included', () => {
  const at = (text: string) => Date.parse(text)
  expect(daysBetween(at('2026-11-24T10:00:00Z'), at('2026-11-24T11:00:00Z'))).toEqual(['20261124'])
  expect(daysBetween(at('2026-12-31T23:59:59Z'), at('2027-01-01T00:00:00Z'))).toEqual([
    '20261231',
    '20270101',
  ])
  expect(daysBetween(at('2028-02-28T20:00:00Z'), at('2028-03-01T02:00:00Z'))).toEqual([
    '20280228',
    '20280229',
    '20280301',
  ])
})
