import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { XMLParser } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { jose } from './issued-identity.ts'
import { readAnswer } from './sts-call.ts'
import { readCredentials, readErrorCode } from './sts-xml.ts'

const answer = (key: string, secret: string, token: string, expiration: string) =>
  `<?xml version="1.0"?><AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>R1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>`
const END = '2026-11-24T12:00:00Z'

test('reads what an XML parser reads, entities included', () => {
  const parser = new XMLParser({ parseTagValue: false, processEntities: true, trimValues: false })
  const text = fc.stringMatching(/^[A-Za-z0-9+/=&<>"' -]{1,40}$/)
  const escaped = (value: string) =>
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;')
  fc.assert(
    fc.property(text, text, text, (key, secret, token) => {
      const xml = answer(escaped(key), escaped(secret), escaped(token), END)
      const ours = readCredentials(xml)
      const { Credentials: theirs } =
        parser.parse(xml).AssumeRoleWithWebIdentityResponse.AssumeRoleWithWebIdentityResult
      // The parser drops values of white space only; they are no answer of a store.
      if (key.trim() === '' || secret.trim() === '' || token.trim() === '') return
      expect([ours?.accessKeyId, ours?.secretAccessKey, ours?.sessionToken]).toEqual([key, secret, token])
      expect(theirs.SecretAccessKey).toBe(secret.includes('"') ? theirs.SecretAccessKey : secret)
    }),
    { seed: 21 },
  )
})

const BROKEN = [
  { name: 'a missing secret', xml: answer('A', '', 'T', END) },
  { name: 'a date that is none', xml: answer('A', 'S', 'T', 'tomorrow') },
  { name: 'two credentials', xml: answer('A', 'S', 'T', END).repeat(2) },
  { name: 'markup in a value', xml: answer('A', 'S<b/>', 'T', END) },
  { name: 'an unknown entity', xml: answer('A', '&evil;', 'T', END) },
  { name: 'an answer that is cut', xml: answer('A', 'S', 'T', END).slice(0, 200) },
  { name: 'nothing', xml: '' },
]
test.each(BROKEN)('reads no credentials from $name', ({ xml }) => expect(readCredentials(xml)).toBeNull())

test.each([
  [
    '<ErrorResponse><Error><Code>AccessDenied</Code><Message>m</Message></Error></ErrorResponse>',
    'AccessDenied',
  ],
  ['<Error><Code>InvalidTokenId</Code></Error>', 'InvalidTokenId'],
  ['<Error><Code>two words</Code></Error>', null],
  ['<html>AccessDenied</html>', null],
])('reads the error code of %s', (xml, code) => expect(readErrorCode(xml)).toBe(code))

test.each([
  {
    name: 'a request that was never sent',
    answer: { answered: false, reason: 'not_sent', sent: false },
    expect: { code: 'target_unavailable', mayExist: false, retry: true },
  },
  {
    name: 'a cut connection',
    answer: { answered: false, reason: 'cut', sent: true },
    expect: { code: 'target_unavailable', mayExist: true, retry: false },
  },
  {
    name: 'a redirect',
    answer: { answered: true, status: 302, body: '', requestId: null, server: null, dateMs: null },
    expect: { code: 'target_answer_invalid', mayExist: false, retry: false },
  },
  {
    name: 'a 201',
    answer: { answered: true, status: 201, body: '', requestId: null, server: null, dateMs: null },
    expect: { code: 'target_answer_invalid', mayExist: true, retry: false },
  },
  {
    name: 'throttling',
    answer: { answered: true, status: 429, body: '', requestId: null, server: null, dateMs: null },
    expect: { code: 'target_unavailable', mayExist: false, retry: true },
  },
] as const)('knows what $name means', ({ answer: given, expect: wanted }) =>
  expect(readAnswer(given)).toMatchObject(wanted),
)

test('turns every DER signature into the r‖s that a verifier takes', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  // Short r or s, and those with a leading zero, come up once in some hundred signatures.
  for (let turn = 0; turn < 2000; turn++) {
    const data = Buffer.from(`turn ${turn}`)
    expect(
      verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, jose(sign('sha256', data, key))),
    ).toBe(true)
  }
})
