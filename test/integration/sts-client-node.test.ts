import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRuntime } from '@stint/sts-client'
import type { ClientIo, GithubOptions } from '@stint/sts-client/node'
import { chain, githubActionsToken, runClientCommand, tokenEnv, tokenFile } from '@stint/sts-client/node'
import { describe, expect, test } from 'vitest'
import type { Endpoint, Reply } from '../support/token-endpoint.ts'
import { grant, granted, ROLE_ARN, refusal, startEndpoint } from '../support/token-endpoint.ts'

const AUDIENCE = 'https://stint.example.com/?a=1&b=ü #x'
const CANARY = 'eyJhbGciOiJSUzI1NiJ9.e30.canary'
const JSON_TYPE = { 'content-type': 'application/json' }

function github(endpoint: Endpoint, options: Partial<GithubOptions> = {}) {
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${endpoint.url}/_apis/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-canary',
  }
  const runtime = { ...systemRuntime(), sleep: async () => undefined }
  return githubActionsToken({ audience: AUDIENCE, env, runtime, ...options })()
}

describe('the GitHub Actions source', () => {
  test('asks with the audience encoded, the query kept and the bearer of the job', async () => {
    await using endpoint = await startEndpoint(() => ({ status: 200, body: '{"count":9,"value":"a.b.c"}' }))
    expect(await github(endpoint)).toBe('a.b.c')
    const [request] = endpoint.requests
    const { pathname, searchParams } = new URL(request?.url ?? '', endpoint.url)
    expect(pathname).toBe('/_apis/token')
    expect([...searchParams]).toEqual([
      ['api-version', '2.0'],
      ['audience', AUDIENCE],
    ])
    expect(request).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer request-canary' } })
  })

  const faults: readonly (readonly [string, Reply, string, number])[] = [
    ['refuses', { status: 403 }, 'subject_token_refused', 1],
    ['fails', { status: 500 }, 'subject_token_unavailable', 2],
    ['throttles for long', { status: 429, headers: { 'retry-after': '60' } }, 'subject_token_unavailable', 1],
    ['cuts', { cut: 'at once' }, 'subject_token_unavailable', 2],
    ['answers a page', { status: 200, body: '<html>' }, 'response_invalid', 1],
    ['answers no value', { status: 200, body: '{"value":""}' }, 'response_invalid', 1],
    ['answers a value of another type', { status: 200, body: '{"value":{}}' }, 'response_invalid', 1],
    ['redirects', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'redirected', 1],
    ['answers without end', { endless: 'x'.repeat(4096) }, 'response_too_large', 1],
  ]
  test.each(faults)('where GitHub %s', async (_name, reply, code, tries) => {
    await using endpoint = await startEndpoint(() => reply)
    await expect(github(endpoint)).rejects.toMatchObject({
      code,
      message: expect.not.stringContaining('canary'),
    })
    expect(endpoint.requests).toHaveLength(tries)
  })

  test('where GitHub hangs is left at the deadline', async () => {
    await using endpoint = await startEndpoint(() => ({ hang: 'at once' }))
    await expect(github(endpoint, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'subject_token_unavailable',
    })
  })

  test('sends the bearer of the job to no plain-http host', async () => {
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://github.example.com',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't',
    }
    const source = githubActionsToken({ audience: 'a', env, fetch: () => Promise.reject(new Error('sent')) })
    await expect(source()).rejects.toMatchObject({ code: 'insecure_server' })
  })
})

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'stint-sts-client-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

describe('sources and their chain', () => {
  test('a token file is read again each time, because platforms rotate it in place', async () => {
    await using dir = await folder()
    const path = join(dir.path, 'token')
    const source = tokenFile(path)
    await expect(source()).rejects.toMatchObject({ code: 'subject_token_absent' })
    await writeFile(path, 'first\n')
    expect(await source()).toBe('first')
    await writeFile(path, 'second\n')
    expect(await source()).toBe('second')
  })

  test('a file that is there and cannot be read ends the search, an absent one does not', async () => {
    await using dir = await folder()
    const env = tokenEnv('T', { T: 'from-env' })
    expect(await chain(tokenFile(join(dir.path, 'none')), env)()).toBe('from-env')
    // A folder is there for everybody and readable as a file for nobody, root included.
    await chmod(dir.path, 0o700)
    await expect(chain(tokenFile(dir.path), env)()).rejects.toMatchObject({
      code: 'subject_token_unreadable',
    })
  })

  test('an empty chain, or one of absent tokens, says where it looked', async () => {
    await expect(chain()()).rejects.toMatchObject({ code: 'subject_token_absent' })
    await expect(chain(tokenEnv('A', {}), tokenEnv('B', { B: ' ' }))()).rejects.toMatchObject({
      code: 'subject_token_absent',
      detail: expect.stringMatching(/`A`.*`B`/),
    })
  })
})

/** Runs the command as a function against a real endpoint. */
async function run(
  reply: Reply | (() => Reply),
  argv: readonly string[],
  io: Partial<ClientIo> = {},
): Promise<{ exit: number; stdout: string; stderr: string; endpoint: Endpoint }> {
  await using endpoint = await startEndpoint(typeof reply === 'function' ? reply : () => reply)
  let stdout = ''
  let stderr = ''
  const exit = await runClientCommand('exchange', ['--server', endpoint.url, '--role', ROLE_ARN, ...argv], {
    env: { STINT_TOKEN: CANARY },
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    fetch,
    now: () => new Date(),
    readFile: (path) => Promise.reject(Object.assign(new Error(path), { code: 'ENOENT' })),
    ...io,
  })
  return { exit, stdout, stderr, endpoint }
}

describe('stint exchange', () => {
  test('prints the credentials of the wire as JSON, and nothing else', async () => {
    const { exit, stdout, stderr } = await run(grant(), [])
    const { credentials } = granted()
    expect(JSON.parse(stdout)).toEqual({
      ...credentials,
      expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      expires_in: 3600,
      role: ROLE_ARN,
      assumption_id: granted().assumption_id,
    })
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  })

  test('prints lines that a shell reads back to the same values, whatever characters a key has', async () => {
    const hostile = `'"$(exit)\`exit\`\\;&|!#*~{}<>`
    const answer = granted()
    const credentials = { ...answer.credentials, secret_access_key: hostile }
    const reply = { status: 200, body: JSON.stringify({ ...answer, credentials }) }
    const { stdout } = await run(reply, ['--format', 'env'])
    const script = `${stdout}printf '%s\\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN"`
    expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: {} })).toBe(
      `AKID0\n${hostile}\nsession-token-0\n`,
    )
  })

  test('prints one line of credential_process JSON', async () => {
    const { stdout } = await run(grant(), ['--format', 'process'])
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
    expect(JSON.parse(stdout)).toEqual({
      Version: 1,
      AccessKeyId: 'AKID0',
      SecretAccessKey: granted().credentials.secret_access_key,
      SessionToken: 'session-token-0',
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
  })

  const failures: readonly (readonly [string, Reply, readonly string[], number, string])[] = [
    ['a wrong flag', grant(), ['--nope'], 2, 'options_invalid'],
    ['another format', grant(), ['--format', 'xml'], 2, 'options_invalid'],
    ['a format that every object has', grant(), ['--format', 'toString'], 2, 'options_invalid'],
    ['a token in place of a flag', grant(), [CANARY], 2, 'options_invalid'],
    ['no token', grant(), ['--token-env', 'NONE'], 2, 'subject_token_absent'],
    ['a refusal', refusal(400, 'access_denied'), [], 3, 'access_denied'],
    ['a refusal that this version does not know', refusal(400, 'quota_spent'), [], 3, 'quota_spent'],
    ['an expired token', refusal(400, 'expired_token'), [], 3, 'expired_token'],
    [
      'a server that is unavailable',
      refusal(503, 'service_unavailable', { 'retry-after': '9' }),
      [],
      4,
      'service_unavailable',
    ],
    [
      'a page of a proxy',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' },
      [],
      5,
      'response_invalid',
    ],
    ['a defect of the server', refusal(500, 'internal_error'), [], 5, 'internal_error'],
    [
      'an echo of the token',
      { status: 400, headers: JSON_TYPE, body: JSON.stringify({ error: CANARY, code: CANARY }) },
      [],
      5,
      'response_invalid',
    ],
  ]
  test.each(failures)(
    '%s: one line, its code, its exit code, no credential',
    async (_name, reply, argv, code, word) => {
      const { exit, stdout, stderr } = await run(reply, argv)
      expect({ exit, stdout }).toEqual({ exit: code, stdout: '' })
      expect(stderr).toMatch(new RegExp(`^stint exchange: ${word}: [^\\n]+; next: [^\\n]+\\n$`))
      expect(stderr).not.toContain('canary')
    },
  )

  test('a refusal leads to the operator by its request id', async () => {
    const { stderr } = await run(refusal(400, 'access_denied'), [])
    expect(stderr).toMatch(/\(request req_[0-9a-f-]{36}\)/)
  })

  test('a defect of ours ends in exit 5 and repeats nothing', async () => {
    const readFile = () => Promise.reject(new TypeError('canary'))
    const stdout = () => {
      throw new TypeError('canary')
    }
    const { exit, stderr } = await run(grant(), [], { readFile, stdout })
    expect(exit).toBe(5)
    expect(stderr).toBe('stint exchange: defect: TypeError; next: report it\n')
  })

  test('a clock that is far from the server’s is said, beside the credentials', async () => {
    const { exit, stdout, stderr } = await run(grant(), [], { now: () => new Date(Date.now() - 600_000) })
    expect(exit).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ access_key_id: 'AKID0' })
    expect(stderr).toMatch(/^stint exchange: warning: [^\n]* behind [^\n]*\n$/)
  })

  const sign = (header: object, claims: object) =>
    [header, claims, 'canary-signature']
      .map((part) =>
        Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'),
      )
      .join('.')
  const NOW = 1_800_000_000
  const good = { iss: 'https://ci.example.com', sub: 'repo:acme/app', iat: NOW - 10, exp: NOW + 290 }
  const explained: readonly {
    name: string
    code: string
    header?: object
    claims: (server: string) => object
    says: RegExp
    not?: RegExp
  }[] = [
    {
      name: 'the claims that decide, and how far the times are',
      code: 'access_denied',
      claims: (aud) => ({ ...good, aud, secret: 'canary' }),
      says: /iss {2}"https:\/\/ci\.example\.com"\n[\s\S]*exp {2}2027-01-15T08:04:50\.000Z, 290 s from now/,
      not: /what you can check/,
    },
    {
      name: 'an audience that is not this server',
      code: 'identity_claim_rejected',
      claims: () => ({ ...good, aud: 'https://other.example.com' }),
      says: /its audience is not http/,
    },
    {
      name: 'no audience',
      code: 'identity_claim_rejected',
      claims: () => good,
      says: /it has no audience/,
    },
    {
      name: 'an audience with a slash more is this server',
      code: 'access_denied',
      claims: (aud) => ({ ...good, aud: [`${aud}/`] }),
      says: /the server said\n {2}access_denied/,
      not: /what you can check/,
    },
    {
      name: 'an audience with a slash more, where the server did not take a claim',
      code: 'identity_claim_rejected',
      claims: (aud) => ({ ...good, aud: `${aud}/` }),
      says: /differ by a slash at the end, and a server compares every character/,
    },
    {
      name: 'a token that has expired',
      code: 'expired_token',
      claims: (aud) => ({ ...good, aud, exp: NOW - 31 }),
      says: /it has expired by the clock of this machine/,
    },
    {
      name: 'a token of the future',
      code: 'expired_token',
      claims: (aud) => ({ ...good, aud, iat: NOW * 1000 }),
      says: /it begins in the future/,
    },
    {
      name: 'a shared secret',
      code: 'invalid_identity_token',
      header: { alg: 'HS256' },
      claims: (aud) => ({ ...good, aud }),
      says: /not signed with a key pair/,
    },
    {
      name: 'a claim that would move the cursor, escaped',
      code: 'access_denied',
      claims: (aud) => ({ ...good, aud, sub: '\u001b[2Jé' }),
      says: /sub {2}"\\u001b\[2J\\u00e9"/,
    },
  ]
  test.each(explained)('--explain says $name', async ({ code, header, claims, says, not }) => {
    await using endpoint = await startEndpoint(() => refusal(400, code))
    let stderr = ''
    const token = sign({ alg: 'RS256', kid: 'k', typ: 'JWT', ...header }, claims(endpoint.url))
    const exit = await runClientCommand(
      'exchange',
      ['--server', endpoint.url, '--role', ROLE_ARN, '--explain'],
      {
        env: { STINT_TOKEN: token },
        stdout: () => undefined,
        stderr: (text) => {
          stderr += text
        },
        fetch,
        now: () => new Date(NOW * 1000),
        readFile: () => Promise.reject(new Error('none')),
      },
    )
    expect(exit).toBe(3)
    expect(stderr).toMatch(says)
    if (not !== undefined) expect(stderr).not.toMatch(not)
    expect(stderr).toMatch(/for the operator of the server\n {2}stint why req_[0-9a-f-]{36}\n/)
    expect(stderr).not.toContain('canary')
    expect(stderr).not.toContain(token.split('.')[1])
  })

  test('--explain of a text that is no token repeats nothing of it', async () => {
    const { exit, stderr } = await run(refusal(400, 'invalid_identity_token'), ['--explain'], {
      env: { STINT_TOKEN: 'canary-that-is-no.token' },
    })
    expect(exit).toBe(3)
    expect(stderr).toContain('it is no JWT')
    expect(stderr).not.toContain('canary')
  })

  test('--help explains itself on stdout', async () => {
    const { exit, stdout, endpoint } = await run(grant(), ['--help'])
    expect(exit).toBe(0)
    expect(stdout).toContain('exit codes')
    expect(endpoint.requests).toHaveLength(0)
  })

  test('the audience asked of GitHub is the server where none is named', async () => {
    await using platform = await startEndpoint(() => ({ status: 200, body: '{"value":"a.b.c"}' }))
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${platform.url}/token`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer',
    }
    const { exit, endpoint } = await run(grant(), ['--github'], { env })
    expect(exit).toBe(0)
    expect(new URL(platform.requests[0]?.url ?? '', platform.url).searchParams.get('audience')).toBe(
      endpoint.url,
    )
  })
})
