import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { ExchangeCallOptions, Runtime, StsClientErrorCode } from '@stint/sts-client'
import { exchangeToken, StsClientError, systemRuntime } from '@stint/sts-client'
import { TOKEN_ERROR_CODES } from '@stint/sts-client/wire'
import { describe, expect, test } from 'vitest'
import { errorCodes, errorRow } from '../../apps/vendor/src/errors.ts'
import type { Reply } from '../support/token-endpoint.ts'
import { grant, granted, ROLE_ARN, refusal, startEndpoint } from '../support/token-endpoint.ts'

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.e30.canary'

/** No time passes: each pause is written down instead. */
function pauses(): Runtime & { readonly slept: number[] } {
  const slept: number[] = []
  return { ...systemRuntime(), slept, random: () => 0.5, sleep: async (ms) => void slept.push(ms) }
}

function ask(server: string, options: Partial<ExchangeCallOptions> = {}) {
  return exchangeToken({ server, subjectToken: TOKEN, role: ROLE_ARN, runtime: pauses(), ...options })
}

async function failureOf(result: Promise<unknown>): Promise<StsClientError> {
  const thrown = await result.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof StsClientError) return thrown
  throw new Error('no StsClientError', { cause: thrown })
}

test('a token goes out as RFC 8693 writes it, credentials come back', async () => {
  await using endpoint = await startEndpoint(() => grant())
  const result = await ask(`${endpoint.url}/behind/a/path/`, {
    subjectToken: `${TOKEN}\n`,
    durationSeconds: 900,
  })
  expect(result).toMatchObject({
    credentials: { accessKeyId: 'AKID0', sessionToken: 'session-token-0' },
    expiresInSeconds: 3600,
    role: ROLE_ARN,
  })
  const [request] = endpoint.requests
  expect(request).toMatchObject({ method: 'POST', url: '/behind/a/path/v1/token' })
  expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: TOKEN,
    resource: ROLE_ARN,
    duration_seconds: '900',
  })
})

type FaultCase = {
  readonly name: string
  readonly reply: Reply
  readonly code: StsClientErrorCode
  readonly tries: number
}

const JSON_TYPE = { 'content-type': 'application/json' }
const HTML = { headers: { 'content-type': 'text/html' }, body: '<h1>gateway</h1>' }
const padded = (bytes: number) => JSON.stringify(granted()).padEnd(bytes)
const FAULTS: readonly FaultCase[] = [
  { name: 'cuts before any byte', reply: { cut: 'at once' }, code: 'network_error', tries: 2 },
  { name: 'cuts amid the body', reply: { cut: '{"access_token":' }, code: 'response_incomplete', tries: 1 },
  { name: 'answers 200 with nothing', reply: { status: 200 }, code: 'response_invalid', tries: 1 },
  { name: 'answers 200 with a page', reply: { status: 200, ...HTML }, code: 'response_invalid', tries: 1 },
  {
    name: 'answers bytes that are not UTF-8',
    reply: { status: 200, body: Uint8Array.of(0x7b, 0xff, 0x7d) },
    code: 'response_invalid',
    tries: 1,
  },
  {
    name: 'answers a member that is not UTF-8, in a body that is right otherwise',
    reply: {
      status: 200,
      body: Buffer.concat([
        Buffer.from('{"x":"'),
        Uint8Array.of(0xff),
        Buffer.from(`",${JSON.stringify(granted()).slice(1)}`),
      ]),
    },
    code: 'response_invalid',
    tries: 1,
  },
  {
    name: 'answers a byte order mark first',
    reply: { status: 200, body: `\ufeff${JSON.stringify(granted())}` },
    code: 'response_invalid',
    tries: 1,
  },
  {
    name: 'answers for another role',
    reply: { status: 200, body: JSON.stringify({ ...granted(), role: `${ROLE_ARN}-other` }) },
    code: 'response_invalid',
    tries: 1,
  },
  {
    name: 'answers 64 KB and one byte',
    reply: { status: 200, body: padded(65_537) },
    code: 'response_too_large',
    tries: 1,
  },
  { name: 'answers without end', reply: { endless: ' '.repeat(4096) }, code: 'response_too_large', tries: 1 },
  {
    name: 'answers 20 MB packed into 20 KB',
    reply: {
      status: 200,
      headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(20e6)),
    },
    code: 'response_too_large',
    tries: 1,
  },
  { name: 'refuses', reply: refusal(400, 'access_denied'), code: 'access_denied', tries: 1 },
  { name: 'has a defect', reply: refusal(500, 'internal_error'), code: 'internal_error', tries: 1 },
  {
    name: 'is unavailable',
    reply: refusal(503, 'service_unavailable'),
    code: 'service_unavailable',
    tries: 2,
  },
  {
    name: 'cannot read the issuer',
    reply: refusal(503, 'identity_provider_unavailable', { 'retry-after': '1' }),
    code: 'identity_provider_unavailable',
    tries: 2,
  },
  { name: 'is behind a broken gateway', reply: { status: 502, ...HTML }, code: 'unavailable', tries: 2 },
  { name: 'throttles', reply: { status: 429, ...HTML }, code: 'throttled', tries: 2 },
]

describe('an endpoint that', () => {
  test.each(FAULTS)('$name: $code after $tries tries, the token in no part of the error', async (fault) => {
    await using endpoint = await startEndpoint(() => fault.reply)
    const failure = await failureOf(ask(endpoint.url))
    expect(failure.code).toBe(fault.code)
    expect(endpoint.requests).toHaveLength(fault.tries)
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain('canary')
  })

  test('repeats the token in each part of its answer: it stands in no part of the error', async () => {
    const headers = {
      ...JSON_TYPE,
      'retry-after': TOKEN,
      location: `http://127.0.0.1/${TOKEN}`,
      'x-echo': TOKEN,
    }
    const body = JSON.stringify({ error: TOKEN, error_description: TOKEN, code: TOKEN, request_id: TOKEN })
    for (const status of [200, 302, 400, 401, 503]) {
      await using endpoint = await startEndpoint(() => ({ status, headers, body }))
      expect(inspect(await failureOf(ask(endpoint.url)), { depth: 10 })).not.toContain('canary')
    }
  })

  test.each([301, 302, 303, 307, 308])(
    'redirects by %i is not followed: the token goes nowhere else',
    async (status) => {
      await using other = await startEndpoint(() => grant())
      await using endpoint = await startEndpoint(() => ({
        status,
        headers: { location: `${other.url}/v1/token` },
      }))
      expect(await failureOf(ask(endpoint.url))).toMatchObject({ code: 'redirected', status })
      expect(other.requests).toHaveLength(0)
    },
  )

  test.each(['at once', 'after headers'] as const)(
    'hangs %s is left at the deadline, and not asked again',
    async (hang) => {
      await using endpoint = await startEndpoint(() => ({ hang }))
      expect(await failureOf(ask(endpoint.url, { timeoutMs: 100 }))).toMatchObject({
        code: 'timeout',
        retryable: true,
      })
      expect(endpoint.requests).toHaveLength(1)
    },
  )

  test('is not there is a network error with the system’s own word for it', async () => {
    const closed = await startEndpoint(() => grant())
    await closed[Symbol.asyncDispose]()
    const runtime = pauses()
    const failure = await failureOf(ask(closed.url, { runtime }))
    expect(failure).toMatchObject({ code: 'network_error', detail: 'ECONNREFUSED' })
    expect(runtime.slept).toHaveLength(1)
  })
})

describe('the second try', () => {
  test.each([
    ['after the time that the server asked for', { 'retry-after': '3' }, 3000],
    ['after 200 to 400 ms where it asked for none', {}, 300],
  ])('comes %s, and its answer counts', async (_name, headers, ms) => {
    await using endpoint = await startEndpoint((_request, index) =>
      index === 0 ? refusal(503, 'service_unavailable', headers) : grant({ serial: 1 }),
    )
    const runtime = pauses()
    expect((await ask(endpoint.url, { runtime })).credentials.accessKeyId).toBe('AKID1')
    expect(runtime.slept).toEqual([ms])
  })

  test('does not come where the server asked for more than 5 s: the caller is told how long', async () => {
    await using endpoint = await startEndpoint(() =>
      refusal(503, 'service_unavailable', { 'retry-after': '6' }),
    )
    const runtime = pauses()
    expect(await failureOf(ask(endpoint.url, { runtime }))).toMatchObject({
      retryAfterSeconds: 6,
      retryable: true,
    })
    expect(runtime.slept).toEqual([])
    expect(endpoint.requests).toHaveLength(1)
  })

  test('does not come after the deadline: the first failure is told', async () => {
    await using endpoint = await startEndpoint(() =>
      refusal(503, 'service_unavailable', { 'retry-after': '5' }),
    )
    const result = ask(endpoint.url, { timeoutMs: 150, runtime: systemRuntime() })
    expect(await failureOf(result)).toMatchObject({ code: 'service_unavailable' })
    expect(endpoint.requests).toHaveLength(1)
  })
})

describe('the caller’s signal ends the exchange', () => {
  test('before it begins: nothing is sent', async () => {
    await using endpoint = await startEndpoint(() => grant())
    expect(await failureOf(ask(endpoint.url, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'aborted',
    })
    expect(endpoint.requests).toHaveLength(0)
  })

  test('while the server thinks', async () => {
    const caller = new AbortController()
    await using endpoint = await startEndpoint(() => {
      caller.abort()
      return { hang: 'at once' }
    })
    expect(await failureOf(ask(endpoint.url, { signal: caller.signal }))).toMatchObject({ code: 'aborted' })
  })

  test('in the pause before a second try', async () => {
    const caller = new AbortController()
    const runtime = { ...pauses(), sleep: async () => caller.abort() }
    await using endpoint = await startEndpoint(() => refusal(503, 'service_unavailable'))
    const failure = await failureOf(ask(endpoint.url, { signal: caller.signal, runtime }))
    expect(failure).toMatchObject({ code: 'aborted' })
    expect(endpoint.requests).toHaveLength(1)
  })
})

describe('the classes of the server and the codes of the client agree', () => {
  const rows = errorCodes()
    .map(errorRow)
    .filter(({ ends }) => ends === 'exchange' || ends === 'token_request')

  test('every class that the token door can answer with is on the wire’s list, and no other', () => {
    expect(new Set(rows.map((row) => row.class))).toEqual(new Set(TOKEN_ERROR_CODES))
  })

  test.each(rows.map((row) => [row.class, row] as const))(
    '%s: worth trying again on both sides or on none',
    async (code, row) => {
      await using endpoint = await startEndpoint(() => refusal(row.status, code))
      const failure = await failureOf(ask(endpoint.url))
      expect(failure).toMatchObject({ code, retryable: row.retryable === true })
    },
  )
})
