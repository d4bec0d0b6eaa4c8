import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientIo, Finding } from '@stint/sts-client/node'
import { findingCodes, runClientCommand } from '@stint/sts-client/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/ports.ts'
import { runProgram } from '../support/run-program.ts'
import { selfSigned } from '../support/self-signed.ts'
import type { TestIssuer } from '../support/test-issuer.ts'
import { startTestIssuer } from '../support/test-issuer.ts'
import type { Endpoint, Reply, SeenRequest } from '../support/token-endpoint.ts'
import { grant, ROLE_ARN, refusal, startEndpoint } from '../support/token-endpoint.ts'

// Each fault is made for real: a clock that is wrong, a certificate that nobody signed, a port where nothing listens.

let issuer: TestIssuer
let root = ''
beforeAll(async () => {
  issuer = await startTestIssuer()
  root = await mkdtemp(join(tmpdir(), 'stint-doctor-'))
})
afterAll(async () => {
  await issuer.stop()
  await rm(root, { recursive: true })
})

const READY = '{"status":"ready"}'
const JSON_TYPE = { 'content-type': 'application/json' }

type World = {
  readonly server: Endpoint
  readonly home: string
  readonly env: Record<string, string>
  argv: readonly string[]
  io: Partial<ClientIo>
}

/** A server that is well and grants; `answers` stands for what it says instead. */
async function world(
  answers: (request: SeenRequest) => Reply | undefined = () => undefined,
  tls?: Parameters<typeof startEndpoint>[1],
) {
  const server = await startEndpoint((request) => {
    const said = answers(request)
    if (said !== undefined) return said
    return request.url.endsWith('/readyz') ? { status: 200, headers: JSON_TYPE, body: READY } : grant()
  }, tls)
  const home = await mkdtemp(join(root, 'home-'))
  const token = issuer.sign({ sub: 'job', aud: server.url, note: 'canary' })
  const one: World = { server, home, env: { HOME: home, STINT_TOKEN: token }, argv: [], io: {} }
  return { ...one, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

async function examine({ server, env, argv, io }: World, url = server.url) {
  let [stdout, stderr] = ['', '']
  const exit = await runClientCommand('doctor', ['--server', url, '--role', ROLE_ARN, '--json', ...argv], {
    env,
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    fetch,
    now: () => new Date(),
    readFile: (path) => readFile(path, 'utf8'),
    ...io,
  })
  expect(stderr).toBe('')
  expect(stdout).not.toContain('canary')
  for (const secret of [env['STINT_TOKEN']?.split('.')[1] ?? '\0', "it's-a-secret"])
    expect(stdout).not.toContain(secret)
  const { ok, findings }: { ok: boolean; findings: readonly Finding[] } = JSON.parse(stdout)
  expect(ok).toBe(findings.every(({ level }) => level !== 'error'))
  expect(exit).toBe(ok ? 0 : 1)
  return findings.map(({ code }) => code)
}

test('where everything is well nothing is found', async () => {
  await using w = await world()
  expect(await examine(w)).toEqual([])
})

test('a person reads code, level, text and fix', async () => {
  await using w = await world()
  let said = ''
  const exit = await runClientCommand('doctor', ['--server', w.server.url, '--no-exchange'], {
    env: { ...w.env, AWS_ACCESS_KEY_ID: 'AKIDOLD', AWS_PROFILE: 'old' },
    stdout: (text) => {
      said += text
    },
    stderr: () => undefined,
    fetch,
    now: () => new Date(),
    readFile: (path) => readFile(path, 'utf8'),
  })
  expect(exit).toBe(1)
  expect(said).toMatch(
    /^error {4}static_keys_win: [^\n]+\n {9}unset [^\n]+\nwarning {2}profile_wins: [^\n]+\n {9}[^\n]+\n$/,
  )
  expect(said).not.toContain('AKIDOLD')
})

type Fault = {
  readonly name: string
  readonly found: readonly string[]
  readonly answers?: (request: SeenRequest) => Reply | undefined
  /** Changes the world; may name another server. */
  readonly make?: (world: World) => Promise<string | undefined> | string | undefined
}

const ready = (reply: Reply) => (request: SeenRequest) => (request.url === '/readyz' ? reply : undefined)
const exchanged = (reply: Reply) => (request: SeenRequest) =>
  request.url === '/v1/token' ? reply : undefined
const signed =
  (claims: object, how: object = {}) =>
  (w: World) => {
    w.env['STINT_TOKEN'] = issuer.sign({ sub: 'job', aud: w.server.url, ...claims }, how)
    return undefined
  }
const set = (variables: Record<string, string>) => (w: World) => {
  Object.assign(w.env, variables)
  return undefined
}
const inHome =
  (path: string, text: string, mode = 0o600) =>
  async (w: World) => {
    await mkdir(join(w.home, path, '..'), { recursive: true })
    await writeFile(join(w.home, path), text, { mode })
    return undefined
  }
const seconds = () => Math.floor(Date.now() / 1000)
const soon = new Date(Date.now() + 3_600_000).toISOString()
const past = new Date(Date.now() - 60_000).toISOString()
const cached = (role: string, ends: string) =>
  JSON.stringify({
    Credentials: { AccessKeyId: 'AKIDOLD', SecretAccessKey: 'canary', Expiration: ends },
    AssumedRoleUser: { Arn: `arn:aws:sts::000000000000:assumed-role/${role}/session` },
  })

const FAULTS: readonly Fault[] = [
  {
    name: 'a server whose clock is ten minutes ahead',
    answers: ready({
      status: 200,
      headers: { ...JSON_TYPE, date: new Date(Date.now() + 600_000).toUTCString() },
      body: READY,
    }),
    found: ['clock_skew'],
  },
  {
    name: 'a server whose clock is ten seconds ahead is well',
    answers: ready({
      status: 200,
      headers: { ...JSON_TYPE, date: new Date(Date.now() + 10_000).toUTCString() },
      body: READY,
    }),
    found: [],
  },
  {
    name: 'a dead port',
    make: async () => `http://127.0.0.1:${await freePort()}`,
    found: ['server_unreachable'],
  },
  { name: 'a name that nobody has', make: () => 'https://stint.invalid', found: ['server_name_unknown'] },
  {
    name: 'a URL with a password',
    make: () => 'https://a:b@stint.example.com',
    found: ['server_url_invalid'],
  },
  {
    name: 'plain http to another host',
    make: () => 'http://stint.example.com',
    found: ['server_url_invalid'],
  },
  {
    name: 'https to a port that speaks none',
    make: (w) => w.server.url.replace('http:', 'https:'),
    found: ['server_not_tls'],
  },
  {
    name: 'a redirect',
    answers: ready({ status: 301, headers: { location: 'https://stint.example.com' } }),
    found: ['server_redirects'],
  },
  {
    name: 'a page',
    answers: ready({ status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }),
    found: ['server_not_stint'],
  },
  { name: 'another program’s 404', answers: ready({ status: 404, body: '{}' }), found: ['server_not_stint'] },
  {
    name: 'a server that waits',
    answers: ready({ status: 503, body: '{"status":"not ready"}' }),
    found: ['server_not_ready'],
  },
  { name: 'no token', make: (w) => void delete w.env['STINT_TOKEN'], found: ['token_absent'] },
  {
    name: 'a command that fails',
    make: (w) => {
      w.argv = ['--token-command', 'exit 3']
      return undefined
    },
    found: ['token_unavailable'],
  },
  {
    name: 'a text that is no token',
    answers: exchanged(refusal(400, 'invalid_identity_token')),
    make: set({ STINT_TOKEN: 'no-token' }),
    found: ['token_not_jwt', 'exchange_refused'],
  },
  {
    name: 'a token that has expired',
    answers: exchanged(refusal(400, 'expired_token')),
    make: signed({ iat: seconds() - 900, exp: seconds() - 600 }),
    found: ['token_expired', 'exchange_refused'],
  },
  {
    name: 'a token of the future',
    answers: exchanged(refusal(400, 'expired_token')),
    make: signed({ iat: seconds() + 600, exp: seconds() + 900 }),
    found: ['token_not_yet_valid', 'exchange_refused'],
  },
  {
    name: 'a token of a shared secret',
    answers: exchanged(refusal(400, 'invalid_identity_token')),
    make: signed({}, { header: { alg: 'HS256' }, key: Buffer.from('secret'), signedBy: 'HS256' }),
    found: ['token_not_asymmetric', 'exchange_refused'],
  },
  {
    name: 'a wrong audience',
    answers: exchanged(refusal(400, 'identity_claim_rejected')),
    make: signed({ aud: 'https://other.example.com' }),
    found: ['audience_mismatch', 'exchange_refused'],
  },
  {
    name: 'another audience that the server takes is well',
    make: signed({ aud: 'sts.amazonaws.com' }),
    found: [],
  },
  {
    name: 'no audience',
    answers: exchanged(refusal(400, 'identity_claim_rejected')),
    make: signed({ aud: undefined }),
    found: ['audience_missing', 'exchange_refused'],
  },
  {
    name: 'an issuer that is down',
    make: async (w) => signed({ iss: `http://127.0.0.1:${await freePort()}` })(w),
    found: ['issuer_unreachable'],
  },
  {
    name: 'an issuer that calls itself otherwise',
    make: (w) => signed({ iss: `${issuer.url}/` })(w),
    found: ['issuer_differs'],
  },
  { name: 'a refusal', answers: exchanged(refusal(400, 'access_denied')), found: ['exchange_refused'] },
  {
    name: 'a server that cannot give now',
    answers: exchanged(refusal(503, 'service_unavailable', { 'retry-after': '9' })),
    found: ['exchange_unavailable'],
  },
  {
    name: 'a session of 15 minutes',
    answers: exchanged(grant({ expiresIn: 900 })),
    found: ['session_short'],
  },
  {
    name: 'static keys of somebody else',
    make: set({ AWS_ACCESS_KEY_ID: 'AKID' }),
    found: ['static_keys_win'],
  },
  {
    name: 'static keys of stint env are well',
    make: set({ AWS_ACCESS_KEY_ID: 'AKID', AWS_CREDENTIAL_EXPIRATION: soon }),
    found: [],
  },
  {
    name: 'static keys that ended',
    make: set({ AWS_ACCESS_KEY_ID: 'AKID', AWS_CREDENTIAL_EXPIRATION: past }),
    found: ['static_keys_expired'],
  },
  { name: 'a profile', make: set({ AWS_PROFILE: 'old' }), found: ['profile_wins'] },
  {
    name: 'a default profile with keys',
    make: inHome('.aws/credentials', '[other]\naws_access_key_id=a\n[default]\naws_access_key_id = canary\n'),
    found: ['credentials_file_wins'],
  },
  {
    name: 'another profile with keys is well',
    make: inHome('.aws/credentials', '[other]\naws_access_key_id=a\n'),
    found: [],
  },
  {
    name: 'two container endpoints',
    make: set({
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/a',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1/',
    }),
    found: ['relative_uri_wins'],
  },
  {
    name: 'a token file that ends with a newline',
    make: async (w) => {
      await inHome('token', 'canary\n')(w)
      w.env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] = join(w.home, 'token')
      return undefined
    },
    found: ['token_file_newline'],
  },
  {
    name: 'endpoints that are ignored',
    make: set({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }),
    found: ['endpoints_ignored'],
  },
  { name: 'a role that botocore refuses', make: set({ AWS_ROLE_ARN: 'app' }), found: ['role_arn_short'] },
  {
    name: 'a CA file that is not there',
    make: set({ NODE_EXTRA_CA_CERTS: '/none/ca.pem' }),
    found: ['ca_file_unreadable'],
  },
  {
    name: 'a session of that role in the AWS CLI’s cache',
    make: inHome('.aws/cli/cache/a.json', cached('app', soon)),
    found: ['client_cache_stale'],
  },
  {
    name: 'the same in botocore’s cache',
    make: inHome('.aws/boto/cache/a.json', cached('app', soon)),
    found: ['client_cache_stale'],
  },
  {
    name: 'a session that ended there is well',
    make: inHome('.aws/cli/cache/a.json', cached('app', past)),
    found: [],
  },
  {
    name: 'a session of another role there is well',
    make: inHome('.aws/cli/cache/a.json', cached('other', soon)),
    found: [],
  },
  { name: 'what is no session there is well', make: inHome('.aws/cli/cache/a.json', '{'), found: [] },
  {
    name: 'a session of ours that others may read',
    make: async (w) => {
      await inHome('.cache/stint/credentials/a.json', '{}', 0o644)(w)
      await chmod(join(w.home, '.cache/stint/credentials'), 0o700)
      return undefined
    },
    found: ['cache_unsafe'],
  },
  {
    name: 'a proxy that this program does not use',
    make: set({ HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: '' }),
    found: ['proxy_not_used'],
  },
  {
    name: 'a proxy that is not for this server is well',
    make: set({ HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'localhost,127.0.0.1' }),
    found: [],
  },
]

test.each(FAULTS)('$name', async ({ answers, make, found }) => {
  await using w = await world(answers)
  const server = await make?.(w)
  if (server !== undefined) w.env['STINT_TOKEN'] = issuer.sign({ sub: 'job', aud: server })
  expect(await examine(w, server)).toEqual(found)
})

test('no server named', async () => {
  let said = ''
  const exit = await runClientCommand('doctor', ['--json'], {
    env: { HOME: root },
    stdout: (text) => {
      said += text
    },
    stderr: () => undefined,
    fetch,
    now: () => new Date(),
    readFile: (path) => readFile(path, 'utf8'),
  })
  expect({ exit, codes: JSON.parse(said).findings.map(({ code }: Finding) => code) }).toEqual({
    exit: 1,
    codes: ['server_unnamed'],
  })
})

test('a server that hangs', { timeout: 15_000 }, async () => {
  await using w = await world(ready({ hang: 'at once' }))
  expect(await examine(w)).toEqual(['server_slow'])
})

test.each([
  ['that nobody signed', { name: '127.0.0.1' }, 'certificate_untrusted'],
  [
    'that has ended, from a CA that is trusted',
    { name: '127.0.0.1', until: new Date(Date.now() - 1000) },
    'certificate_expired',
  ],
  ['of another name, from a CA that is trusted', { name: 'stint.example.com' }, 'certificate_of_another'],
])('a certificate %s', async (_name, options, code) => {
  const certificate = selfSigned(options)
  await using w = await world(undefined, certificate)
  const ca = join(w.home, 'ca.pem')
  await writeFile(ca, certificate.cert)
  const trusted = code === 'certificate_untrusted' ? {} : { NODE_EXTRA_CA_CERTS: ca }
  expect(await asProgram(w, trusted)).toEqual([code])
})

test('a certificate of a CA that Node was given is well, with and without an issuer that has one', async () => {
  const certificate = selfSigned({ name: '127.0.0.1' })
  await using w = await world(undefined, certificate)
  const ca = join(w.home, 'ca.pem')
  await writeFile(ca, certificate.cert)
  expect(await asProgram(w, { NODE_EXTRA_CA_CERTS: ca })).toEqual([])
  w.env['STINT_TOKEN'] = issuer.sign({ sub: 'job', aud: 'https://other', iss: w.server.url })
  await using plain = await world()
  plain.env['STINT_TOKEN'] = w.env['STINT_TOKEN']
  expect(await asProgram(plain, {})).toEqual(['issuer_certificate_untrusted'])
})

test('a proxy that is away', async () => {
  await using w = await world()
  const proxy = { HTTP_PROXY: `http://127.0.0.1:${await freePort()}`, NODE_USE_ENV_PROXY: '1' }
  // The issuer is behind the same proxy.
  expect(await asProgram(w, proxy)).toEqual(['server_unreachable', 'proxy_unreachable', 'issuer_unreachable'])
})

/** What hangs on the process itself (its CAs, its proxy) needs one of its own. */
async function asProgram(w: World, env: Record<string, string>): Promise<readonly string[]> {
  const main = join(import.meta.dirname, '../../packages/sts-client/src/node/main.ts')
  const { stdout, stderr } = await runProgram(
    [process.execPath, main, 'doctor', '--server', w.server.url, '--role', ROLE_ARN, '--json'],
    { env: { ...w.env, ...env } },
  )
  expect(stderr).toBe('')
  return JSON.parse(stdout).findings.map(({ code }: Finding) => code)
}

test('every code that can be found is found by a test, and stands in the page of the commands', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/clients/cli.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (?:error|warning) \|/gm)].map((row) => row[1])
  expect(rows).toEqual(findingCodes())
  const source = await readFile(import.meta.filename, 'utf8')
  expect(findingCodes().filter((code) => !source.includes(`'${code}'`))).toEqual([])
})
