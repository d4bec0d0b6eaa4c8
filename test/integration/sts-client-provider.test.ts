import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { CredentialProviderOptions, Runtime } from '@stint/sts-client'
import { credentialProvider, systemRuntime } from '@stint/sts-client'
import { describe, expect, test } from 'vitest'
import type { Endpoint, Reply } from '../support/token-endpoint.ts'
import { grant, ROLE_ARN, refusal, startEndpoint } from '../support/token-endpoint.ts'
import { until } from '../support/wait.ts'

const START_MS = Date.UTC(2026, 10, 24, 10)

/** A clock that only the test moves. */
function clock(): Runtime & { advance(seconds: number): void } {
  let nowMs = START_MS
  return {
    ...systemRuntime(),
    now: () => new Date(nowMs),
    sleep: async () => undefined,
    advance: (seconds) => {
      nowMs += seconds * 1000
    },
  }
}

type Setting = AsyncDisposable & {
  readonly endpoint: Endpoint
  readonly time: ReturnType<typeof clock>
  readonly provider: ReturnType<typeof credentialProvider>
  readonly failures: unknown[]
  /** How often a token was asked for: each exchange asks at once, before anything is sent. */
  begun(): number
  /** From now on the endpoint answers so; `undefined`: it grants. */
  fail(reply: Reply | undefined): void
}

/** A provider on a real endpoint whose n-th session is `AKIDn`, with sessions of one hour unless said otherwise. */
async function setting(
  options: { readonly expiresIn?: number } & Partial<CredentialProviderOptions> = {},
): Promise<Setting> {
  const { expiresIn = 3600, ...more } = options
  let fault: Reply | undefined
  const endpoint = await startEndpoint((_request, serial) => fault ?? grant({ serial, expiresIn }))
  const time = clock()
  const failures: unknown[] = []
  const { subjectToken = async () => 'a.b.c' } = options
  let begun = 0
  const provider = credentialProvider({
    server: endpoint.url,
    role: ROLE_ARN,
    runtime: time,
    onRefreshError: (error) => failures.push(error),
    ...more,
    subjectToken: () => {
      begun += 1
      return subjectToken()
    },
  })
  const fail = (reply: Reply | undefined) => {
    fault = reply
  }
  return {
    endpoint,
    time,
    provider,
    failures,
    begun: () => begun,
    fail,
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  }
}

const keyOf = async ({ provider }: Setting) => (await provider()).accessKeyId

describe('one exchange for all', () => {
  test('50 callers at once cause one exchange and get the same session', async () => {
    await using s = await setting()
    const all = await Promise.all(Array.from({ length: 50 }, () => s.provider()))
    expect(new Set(all.map((one) => one.accessKeyId))).toEqual(new Set(['AKID0']))
    expect(s.endpoint.requests).toHaveLength(1)
  })

  test('50 callers after the end cause one more', async () => {
    await using s = await setting()
    await s.provider()
    s.time.advance(3600)
    const all = await Promise.all(Array.from({ length: 50 }, () => s.provider()))
    expect(new Set(all.map((one) => one.accessKeyId))).toEqual(new Set(['AKID1']))
    expect(s.endpoint.requests).toHaveLength(2)
  })

  test('50 callers of an exchange that fails all learn of it, and the next one tries anew', async () => {
    await using s = await setting()
    s.fail(refusal(400, 'access_denied'))
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => s.provider()))
    expect(all.every((one) => one.status === 'rejected' && one.reason.code === 'access_denied')).toBe(true)
    expect(s.endpoint.requests).toHaveLength(1)
    s.fail(undefined)
    expect(await keyOf(s)).toBe('AKID1')
  })
})

describe('renewal', () => {
  test('is not begun before the window', async () => {
    await using s = await setting()
    await s.provider()
    s.time.advance(3299)
    expect(await keyOf(s)).toBe('AKID0')
    expect(s.begun()).toBe(1)
  })

  test('in the window goes on behind callers, once, who get the old session until the new one is there', async () => {
    await using s = await setting()
    await s.provider()
    s.time.advance(3300)
    const all = await Promise.all(Array.from({ length: 50 }, () => s.provider()))
    expect(new Set(all.map((one) => one.accessKeyId))).toEqual(new Set(['AKID0']))
    await until('the new session is there', async () => (await keyOf(s)) === 'AKID1')
    expect(s.endpoint.requests).toHaveLength(2)
  })

  test('holds callers when less than 10 s is left', async () => {
    await using s = await setting()
    await s.provider()
    s.time.advance(3590)
    expect(await keyOf(s)).toBe('AKID1')
  })

  test.each([
    ['a session of 10 s is kept for 5 s', 10, 4.9, 1],
    ['and renewed behind callers from then on', 10, 5, 2],
    ['a session of 400 s is renewed from its half', 400, 199, 1],
    ['however wide the window is', 400, 200, 2],
  ])('%s', async (_name, expiresIn, atSeconds, exchanges) => {
    await using s = await setting({ expiresIn })
    await s.provider()
    s.time.advance(atSeconds)
    expect(await keyOf(s)).toBe('AKID0')
    expect(s.begun()).toBe(exchanges)
  })

  test('that fails leaves the session that holds, rests 30 s, and then tries again', async () => {
    await using s = await setting()
    await s.provider()
    s.time.advance(3300)
    s.fail(refusal(400, 'access_denied'))
    expect(await keyOf(s)).toBe('AKID0')
    await until('the failure is told', () => s.failures.length === 1)
    for (let call = 0; call < 20; call += 1) expect(await keyOf(s)).toBe('AKID0')
    expect(s.begun()).toBe(2)
    s.fail(undefined)
    s.time.advance(30)
    expect(await keyOf(s)).toBe('AKID0')
    await until('the new session is there', async () => (await keyOf(s)) === 'AKID2')
    expect(s.failures).toEqual([expect.objectContaining({ code: 'access_denied' })])
  })

  test('that fails to the end is the caller’s failure: nothing expired is handed out', async () => {
    await using s = await setting()
    await s.provider()
    s.fail(refusal(400, 'access_denied'))
    s.time.advance(3600)
    await expect(s.provider()).rejects.toMatchObject({ code: 'access_denied' })
  })

  test('comes at once when the clock was set back', async () => {
    await using s = await setting()
    await s.provider()
    s.time.advance(-3600)
    expect(await keyOf(s)).toBe('AKID1')
  })

  test('comes when it is forced', async () => {
    await using s = await setting()
    await s.provider()
    expect((await s.provider({ forceRefresh: true })).accessKeyId).toBe('AKID1')
  })

  test('asks for a fresh token each time, and a source that fails is the caller’s failure', async () => {
    const tokens = ['first', 'second']
    const subjectToken = async () => tokens.shift() ?? Promise.reject(new RangeError('no more'))
    await using s = await setting({ subjectToken })
    await s.provider()
    s.time.advance(3600)
    await s.provider()
    const sent = s.endpoint.requests.map(({ body }) => new URLSearchParams(body).get('subject_token'))
    expect(sent).toEqual(['first', 'second'])
    s.time.advance(3600)
    await expect(s.provider()).rejects.toBeInstanceOf(RangeError)
  })
})

test('the end is told by this machine’s clock, so that a wrong clock neither renews for ever nor never', async () => {
  // The endpoint runs on the true clock; the caller’s stands still at another time.
  await using s = await setting()
  expect((await s.provider()).expiration).toEqual(new Date(START_MS + 3_600_000))
})

test('a window that is no length of time is refused', () => {
  const options = { server: 'https://s', subjectToken: async () => 'a', refreshWindowSeconds: Number.NaN }
  expect(() => credentialProvider(options)).toThrow(expect.objectContaining({ code: 'options_invalid' }))
})

test('@aws-sdk/client-s3 takes the provider, signs with its session, and asks it once for many requests', async () => {
  await using s = await setting({ runtime: systemRuntime() })
  await using store = await startEndpoint(() => ({ status: 200 }))
  const client = new S3Client({
    endpoint: store.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: s.provider,
  })
  try {
    await Promise.all(
      Array.from({ length: 5 }, () => client.send(new HeadBucketCommand({ Bucket: 'artifacts' }))),
    )
    expect(await client.config.credentials()).toMatchObject({
      accessKeyId: 'AKID0',
      sessionToken: 'session-token-0',
    })
  } finally {
    client.destroy()
  }
  expect(s.endpoint.requests).toHaveLength(1)
  expect(store.requests).toHaveLength(5)
  for (const { headers } of store.requests) {
    expect(headers.authorization).toContain('Credential=AKID0/')
    expect(headers['x-amz-security-token']).toBe('session-token-0')
  }
})
