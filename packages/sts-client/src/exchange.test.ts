import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StsClientErrorCode } from './errors.ts'
import type { ExchangeOptions } from './exchange.ts'
import { buildExchangeRequest } from './exchange.ts'

const ARN = 'arn:aws:iam::000000000000:role/app'
const MINIMUM: ExchangeOptions = { server: 'https://stint.example.com', subjectToken: 'a.b.c' }

function formOf(options: Partial<ExchangeOptions>): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(buildExchangeRequest({ ...MINIMUM, ...options }).body))
}

describe('the request', () => {
  test('has the RFC 8693 form, and only the parameters that were asked', () => {
    expect(buildExchangeRequest(MINIMUM)).toMatchObject({
      url: 'https://stint.example.com/v1/token',
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    })
    expect(formOf({})).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'a.b.c',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'urn:uuid:48b8915f-9256-4d8c-8169-b3d7c8fb59c3',
    })
  })

  test('carries role, lifetime, name and policy under the names of the wire', () => {
    const form = formOf({
      role: { account: '000000000000', name: 'app' },
      durationSeconds: 900,
      roleSessionName: 'job-7',
      policy: '{"Version":"2012-10-17"}',
    })
    expect(form).toMatchObject({
      resource: ARN,
      duration_seconds: '900',
      role_session_name: 'job-7',
      policy: '{"Version":"2012-10-17"}',
    })
  })

  test('every parameter arrives as it was given, whatever characters it has', () => {
    const policy = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed())
    const token = fc.stringMatching(/^[\x21-\x7e]{1,200}$/)
    fc.assert(
      fc.property(token, policy, (subjectToken, text) => {
        const form = formOf({ subjectToken: ` ${subjectToken}\r\n`, policy: text })
        expect(form).toMatchObject({ subject_token: subjectToken, policy: text })
      }),
    )
  })

  test.each([
    ['https://stint.example.com/', 'https://stint.example.com/v1/token'],
    ['https://gateway.example.com/stint//', 'https://gateway.example.com/stint/v1/token'],
    ['http://localhost:8080', 'http://localhost:8080/v1/token'],
    ['http://127.8.9.1', 'http://127.8.9.1/v1/token'],
    ['http://2130706433:81', 'http://127.0.0.1:81/v1/token'],
    ['http://[::1]:8080', 'http://[::1]:8080/v1/token'],
  ])('%s is asked at %s', (server, url) => {
    expect(buildExchangeRequest({ ...MINIMUM, server }).url).toBe(url)
  })

  test('plain http to another host leaves only when that was asked by name', () => {
    const options = { ...MINIMUM, server: 'http://stint.internal', allowInsecureRequests: true }
    expect(buildExchangeRequest(options).url).toBe('http://stint.internal/v1/token')
  })
})

describe('is refused before anything is sent', () => {
  // Values of the wrong type come from JavaScript callers; the test reaches them through `unknown`.
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, StsClientErrorCode])[] = [
    ['plain http to a host', { server: 'http://stint.example.com' }, 'insecure_server'],
    [
      'plain http to a name that begins like loopback',
      { server: 'http://127.0.0.1.example.com' },
      'insecure_server',
    ],
    [
      'plain http to a name that ends like loopback',
      { server: 'http://localhost.example.com' },
      'insecure_server',
    ],
    ['plain http to any address', { server: 'http://0.0.0.0' }, 'insecure_server'],
    ['no URL', { server: 'stint.example.com' }, 'options_invalid'],
    ['an empty server', { server: '' }, 'options_invalid'],
    ['another scheme', { server: 'ftp://stint.example.com' }, 'options_invalid'],
    ['user information', { server: 'https://user:word@stint.example.com' }, 'options_invalid'],
    ['a query', { server: 'https://stint.example.com/?a=1' }, 'options_invalid'],
    ['a fragment', { server: 'https://stint.example.com/#a' }, 'options_invalid'],
    ['an empty token', { subjectToken: '' }, 'subject_token_invalid'],
    ['a token of white space', { subjectToken: ' \n' }, 'subject_token_invalid'],
    ['a token of two lines', { subjectToken: 'a.b\nc' }, 'subject_token_invalid'],
    ['a token with a control character', { subjectToken: 'a\0b' }, 'subject_token_invalid'],
    ['a token beyond ASCII', { subjectToken: 'é.b.c' }, 'subject_token_invalid'],
    ['a token that is a whole file', { subjectToken: 'a'.repeat(20_001) }, 'subject_token_invalid'],
    ['another token type', { subjectTokenType: 'urn:ietf:params:oauth:token-type:saml2' }, 'options_invalid'],
    ['a role without account', { role: 'app' }, 'options_invalid'],
    ['a role with a wildcard', { role: `${ARN}*` }, 'options_invalid'],
    ['a malformed account', { role: { account: '1', name: 'app' } }, 'options_invalid'],
    ['a malformed role name', { role: { account: '000000000000', name: 'App' } }, 'options_invalid'],
    ['a lifetime of zero', { durationSeconds: 0 }, 'options_invalid'],
    ['a lifetime with a fraction', { durationSeconds: 1.5 }, 'options_invalid'],
    ['a lifetime that is none', { durationSeconds: Number.NaN }, 'options_invalid'],
    ['a session name of one character', { roleSessionName: 'a' }, 'options_invalid'],
    ['a session name with a space', { roleSessionName: 'a b' }, 'options_invalid'],
    ['an empty policy', { policy: '' }, 'options_invalid'],
  ]
  test.each(cases)('%s', (_name, change, code) => {
    const build = () => buildExchangeRequest({ ...MINIMUM, ...change })
    expect(build).toThrow(expect.objectContaining({ code }))
  })

  test('and no error repeats the token or the URL', () => {
    for (const [, change] of cases) {
      const secret = { subjectToken: 'canary\ncanary', server: 'http://canary:canary@canary' }
      for (const options of [
        { ...MINIMUM, ...secret, ...change },
        { ...MINIMUM, ...change, subjectToken: 'canary\n x' },
      ]) {
        expect(() => buildExchangeRequest(options)).toThrow(
          expect.objectContaining({ message: expect.not.stringContaining('canary') }),
        )
      }
    }
  })
})
