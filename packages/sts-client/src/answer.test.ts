import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { processExchangeResponse } from './answer.ts'
import type { StsClientErrorCode } from './errors.ts'
import { StsClientError, stsClientErrorCodes } from './errors.ts'
import type { TokenErrorResponse, TokenExchangeResponse } from './wire.ts'
import { TOKEN_ERROR_CODES, TOKEN_TYPE_S3_CREDENTIALS } from './wire.ts'

const UUID = '01940000-0000-7000-8000-000000000000'
const GOOD = {
  access_token: 'session.token',
  issued_token_type: TOKEN_TYPE_S3_CREDENTIALS,
  token_type: 'N_A',
  expires_in: 3600,
  credentials: {
    access_key_id: 'AKIDEXAMPLE',
    secret_access_key: 'secret/key+secret',
    session_token: 'session.token',
    expiration: '2026-11-24T10:00:00.000Z',
  },
  assumption_id: `asm_${UUID}`,
  role: 'arn:aws:iam::000000000000:role/app',
  request_id: `req_${UUID}`,
} as const satisfies TokenExchangeResponse
const REFUSED: TokenErrorResponse = {
  error: 'invalid_target',
  error_description: 'text of the server',
  code: 'access_denied',
  request_id: `req_${UUID}`,
}
const JSON_TYPE = { 'content-type': 'application/json' }

type Answer = { readonly status: number; readonly headers: Record<string, string>; readonly body: string }

function read({ status, headers, body }: Answer) {
  return processExchangeResponse(status, new Headers(headers), body)
}

function ok(body: unknown): Answer {
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(body) }
}

function refused(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) }
}

function failureOf(answer: Answer): StsClientError {
  try {
    read(answer)
  } catch (thrown) {
    if (thrown instanceof StsClientError) return thrown
    throw thrown
  }
  throw new Error('the answer was accepted')
}

function credentialsWith(member: string, value: unknown): Answer {
  return ok({ ...GOOD, credentials: { ...GOOD.credentials, [member]: value } })
}

/** A session token stands in two members; both change, so that the form is what is judged. */
function tokenWith(value: unknown): Answer {
  return ok({ ...GOOD, access_token: value, credentials: { ...GOOD.credentials, session_token: value } })
}

describe('a granted exchange', () => {
  test('is read whole, its end as an instant', () => {
    expect(read(ok(GOOD))).toEqual({
      credentials: {
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'secret/key+secret',
        sessionToken: 'session.token',
        expiration: new Date('2026-11-24T10:00:00.000Z'),
      },
      expiresInSeconds: 3600,
      assumptionId: `asm_${UUID}`,
      role: 'arn:aws:iam::000000000000:role/app',
      requestId: `req_${UUID}`,
    })
  })

  const accepted: readonly (readonly [string, Answer])[] = [
    ['no request id', ok({ ...GOOD, request_id: undefined })],
    ['unknown members', ok({ ...GOOD, scope: 'x', credentials: { ...GOOD.credentials, more: 1 } })],
    [
      'a charset in the content type',
      { ...ok(GOOD), headers: { 'content-type': 'Application/JSON; charset=utf-8' } },
    ],
    ['an instant without a fraction', credentialsWith('expiration', '2026-11-24T10:00:00Z')],
    ['an instant in nanoseconds', credentialsWith('expiration', '2026-11-24T10:00:00.123456789Z')],
    ['a session of 12 hours', ok({ ...GOOD, expires_in: 43_200 })],
    ['a session token of 32 KB', tokenWith('t'.repeat(32_768))],
  ]
  test.each(accepted)('accepts %s', (_name, answer) => {
    expect(read(answer).role).toBe(GOOD.role)
  })
})

describe('a 200 that is not a whole answer is refused', () => {
  const wrong: readonly (readonly [string, readonly unknown[]])[] = [
    ['access_token', ['another', '', 1, null]],
    ['issued_token_type', ['urn:ietf:params:oauth:token-type:access_token', '', 1, null]],
    ['token_type', ['Bearer', 'n_a', 1, null]],
    ['expires_in', [0, -1, 1.5, 43_201, '3600', Number.MAX_VALUE, null]],
    ['credentials', [null, [], 'text', {}]],
    ['assumption_id', ['', `req_${UUID}`, `asm_${UUID}\n`, `ASM_${UUID}`, 7, null]],
    ['role', ['app', 'arn:aws:iam::0:role/app', ['arn:aws:iam::000000000000:role/app'], 7, null]],
  ]
  const members = wrong.flatMap(([member, values]) => [
    [`${member} missing`, ok({ ...GOOD, [member]: undefined })] as const,
    ...values.map(
      (value) => [`${member} ${JSON.stringify(value)}`, ok({ ...GOOD, [member]: value })] as const,
    ),
  ])
  const wrongCredentials: readonly (readonly [string, readonly unknown[]])[] = [
    ['access_key_id', ['', 'ab', 'a b c', 'key,id', "key'id", 'key\nid', 'clé', 'k'.repeat(129), 7, null]],
    ['secret_access_key', ['', 'short', 'with space in it', 'newline\nin it', 's'.repeat(257), 7, null]],
    ['session_token', ['', 'another.token', 7, null]],
    [
      'expiration',
      [
        '',
        'soon',
        1_800_000_000,
        null,
        '2026-11-24',
        '2026-11-24T10:00:00',
        '2026-11-24T10:00:00+01:00',
        '2026-02-30T10:00:00Z',
        '2026-11-24T24:00:00Z',
        '2026-13-01T10:00:00Z',
        '2026-11-24 10:00:00Z',
        '2026-11-24T10:00:00Z\n',
      ],
    ],
  ]
  const credentials = wrongCredentials.flatMap(([member, values]) => [
    [`credentials.${member} missing`, credentialsWith(member, undefined)] as const,
    ...values.map(
      (value) => [`credentials.${member} ${JSON.stringify(value)}`, credentialsWith(member, value)] as const,
    ),
  ])
  const tokens = ['', 'a b', 'line\nbreak', 't'.repeat(32_769), 'tökén'].map(
    (value, index) => [`session token ${index} in both members`, tokenWith(value)] as const,
  )
  const bodies = [
    ['an empty body', { ...ok(GOOD), body: '' }],
    [
      'a page of a proxy',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Sign in' },
    ],
    ['JSON under text/html', { ...ok(GOOD), headers: { 'content-type': 'text/html' } }],
    ['JSON under no content type', { ...ok(GOOD), headers: {} }],
    ['JSON under application/jsonp', { ...ok(GOOD), headers: { 'content-type': 'application/jsonp' } }],
    ['a body cut in the middle', { ...ok(GOOD), body: JSON.stringify(GOOD).slice(0, 200) }],
    ['a byte order mark', { ...ok(GOOD), body: `\ufeff${JSON.stringify(GOOD)}` }],
    ['an array', ok([GOOD])],
    ['null', ok(null)],
    ['a text', ok('text')],
    ['a refusal with status 200', ok(REFUSED)],
    ['a malformed request id', ok({ ...GOOD, request_id: 'req_1' })],
    ['members in the prototype', ok(JSON.parse('{"__proto__":{"access_token":"a"}}'))],
  ] as const

  test.each([...members, ...credentials, ...tokens, ...bodies])('%s', (_name, answer) => {
    expect(failureOf(answer)).toMatchObject({
      code: 'response_invalid',
      retryable: false,
      kind: 'unexpected',
    })
  })
})

describe('a refusal', () => {
  test.each(TOKEN_ERROR_CODES)('%s of the server becomes the same code here, with the request id', (code) => {
    const failure = failureOf(refused(400, { ...REFUSED, code }))
    expect(failure).toMatchObject({ code, serverCode: code, status: 400, requestId: `req_${UUID}` })
  })

  const page = { headers: { 'content-type': 'text/html' }, body: '<h1>no</h1>' }
  const cases: readonly (readonly [string, Answer, StsClientErrorCode, boolean])[] = [
    ['a code of a later server, 400', refused(400, { ...REFUSED, code: 'quota_spent' }), 'refused', false],
    ['a code of a later server, 503', refused(503, { ...REFUSED, code: 'asleep' }), 'unavailable', true],
    [
      'a code of a later server, 500',
      refused(500, { ...REFUSED, code: 'broken' }),
      'response_invalid',
      false,
    ],
    ['429 of the server', refused(429, { ...REFUSED, code: 'slow_down' }), 'throttled', true],
    ['429 of a gateway', { status: 429, ...page }, 'throttled', true],
    ['502 of a gateway', { status: 502, ...page }, 'unavailable', true],
    ['503 of a gateway, empty', { status: 503, headers: {}, body: '' }, 'unavailable', true],
    ['504 of a gateway', { status: 504, ...page }, 'unavailable', true],
    ['403 of a gateway', { status: 403, ...page }, 'response_invalid', false],
    ['404 of another program', { status: 404, ...page }, 'response_invalid', false],
    ['404 in JSON of another program', refused(404, { message: 'not found' }), 'response_invalid', false],
    [
      'another OAuth server, without our code',
      refused(400, { error: 'invalid_grant' }),
      'response_invalid',
      false,
    ],
    ['a code that is none', refused(400, { ...REFUSED, code: 'Access Denied!' }), 'response_invalid', false],
    ['code without error', refused(400, { ...REFUSED, error: undefined }), 'response_invalid', false],
    ['a name of every object', refused(400, { ...REFUSED, code: 'constructor' }), 'refused', false],
    ['302', { status: 302, ...page }, 'redirected', false],
    ['304', { status: 304, headers: {}, body: '' }, 'redirected', false],
    ['201', { ...ok(GOOD), status: 201 }, 'response_invalid', false],
    ['204', { status: 204, headers: {}, body: '' }, 'response_invalid', false],
  ]
  test.each(cases)('%s', (_name, answer, code, retryable) => {
    expect(failureOf(answer)).toMatchObject({ code, retryable, status: answer.status })
  })

  test('no text of the server stands in the error, whatever member it comes in', () => {
    const canary = 'eyJhbGciOiJub25lIn0.e30.canary'
    const bodies = (['error', 'error_description', 'code', 'request_id'] as const).map((member) =>
      refused(400, { ...REFUSED, [member]: canary }),
    )
    for (const answer of [...bodies, { status: 400, headers: {}, body: canary }]) {
      const failure = failureOf(answer)
      expect(JSON.stringify({ ...failure, message: failure.message, stack: failure.stack })).not.toContain(
        'canary',
      )
    }
  })

  const waits: readonly (readonly [string, Record<string, string>, number | undefined])[] = [
    ['seconds', { 'retry-after': '7' }, 7],
    [
      'a date against the answer’s own',
      { 'retry-after': 'Tue, 24 Nov 2026 10:00:09 GMT', date: 'Tue, 24 Nov 2026 10:00:00 GMT' },
      9,
    ],
    [
      'a date that has passed',
      { 'retry-after': 'Tue, 24 Nov 2026 09:00:00 GMT', date: 'Tue, 24 Nov 2026 10:00:00 GMT' },
      0,
    ],
    ['a date without the answer’s own', { 'retry-after': 'Tue, 24 Nov 2026 10:00:09 GMT' }, undefined],
    ['a negative number', { 'retry-after': '-1', date: 'x' }, undefined],
    ['nothing', {}, undefined],
  ]
  test.each(waits)('Retry-After as %s', (_name, headers, seconds) => {
    expect(failureOf(refused(503, REFUSED, headers)).retryAfterSeconds).toBe(seconds)
  })
})

test('any bytes at all give a result or one error of ours', () => {
  const body = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify(GOOD)))
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), body, (status, text) => {
      try {
        processExchangeResponse(status, new Headers(JSON_TYPE), text)
        expect(text).toBe(JSON.stringify(GOOD))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(StsClientError)
      }
    }),
  )
})

test('every code says what happened and what to do, in one line', () => {
  for (const code of stsClientErrorCodes()) {
    const failure = new StsClientError(code)
    for (const line of [failure.message, failure.next]) expect(line).toMatch(/^[a-zA-Z][^\n]{8,140}$/)
  }
})
