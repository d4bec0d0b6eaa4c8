import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientCommand, ClientIo } from '@stint/sts-client/node'
import { runClientCommand } from '@stint/sts-client/node'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printVariables } from '../../packages/sts-client/src/node/print.ts'
import { answerSigned, IDENTITY_ARN, identityXml } from '../support/sts-wire.ts'
import type { Reply, SeenRequest } from '../support/token-endpoint.ts'
import { grant, granted, ROLE_ARN, refusal, startEndpoint } from '../support/token-endpoint.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stint-env-'))
})
afterAll(() => rm(root, { recursive: true }))

const CANARY = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2kiLCJzdWIiOiJqb2IifQ.canary'

async function run(
  command: ClientCommand,
  argv: readonly string[],
  options: { readonly reply?: (request: SeenRequest) => Reply; readonly io?: Partial<ClientIo> } = {},
) {
  await using endpoint = await startEndpoint(options.reply ?? (() => grant()))
  let [stdout, stderr] = ['', '']
  const exit = await runClientCommand(command, ['--server', endpoint.url, '--role', ROLE_ARN, ...argv], {
    env: { STINT_TOKEN: CANARY },
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    fetch,
    now: () => new Date(),
    readFile: (path) => readFile(path, 'utf8'),
    ...options.io,
  })
  return { exit, stdout, stderr, endpoint }
}

/** Visible ASCII, as the answer is read; quotes and what shells take for their own come often. */
const value = fc
  .array(
    fc.oneof(
      fc.constantFrom(...`'"\`$\\#!%&;|<>(){}[]*?~^@,= `.trim()),
      fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    ),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((characters) => characters.join(''))

describe('what is printed is read back to the same values', () => {
  test('by sh', () => {
    fc.assert(
      fc.property(value, (text) => {
        const script = `${printVariables({ A: text }, 'sh')}printf %s "$A"`
        expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: {} })).toBe(text)
      }),
      { numRuns: 40 },
    )
  })

  test('by node --env-file', async () => {
    const texts = fc
      .sample(value, { numRuns: 300, seed: 7 })
      .filter((text) => !["'", '"', '`'].every((quote) => text.includes(quote)))
    const variables = Object.fromEntries(texts.map((text, at) => [`V${at}`, text]))
    const file = join(root, 'vars.env')
    await writeFile(file, printVariables(variables, 'dotenv'))
    const program = 'process.stdout.write(JSON.stringify(process.env))'
    const said = execFileSync(process.execPath, [`--env-file=${file}`, '-e', program], {
      encoding: 'utf8',
      env: {},
    })
    expect(JSON.parse(said)).toEqual(variables)
  })

  test('by the quoting rules of fish and PowerShell', () => {
    fc.assert(
      fc.property(value, (text) => {
        const fish = /^set -gx A '(.*)'\n$/.exec(printVariables({ A: text }, 'fish'))?.[1]
        expect(fish).toMatch(/^(?:[^'\\]|\\['\\])*$/)
        expect(fish?.replace(/\\(['\\])/g, '$1')).toBe(text)
        const powershell = /^\$Env:A = '(.*)'\n$/.exec(printVariables({ A: text }, 'powershell'))?.[1]
        expect(powershell).toMatch(/^(?:[^']|'')*$/)
        expect(powershell?.replaceAll("''", "'")).toBe(text)
      }),
    )
  })

  test('a value that no .env file can hold is refused', () => {
    expect(() => printVariables({ A: '\'"`' }, 'dotenv')).toThrow(
      expect.objectContaining({ code: 'options_invalid' }),
    )
  })
})

describe('stint env', () => {
  test.each(['sh', 'fish', 'powershell', 'dotenv'])(
    '%s: keys, their end, the store and the region',
    async (format) => {
      const argv = ['--format', format, '--s3-endpoint', 'https://s3.example.com', '--region', 'eu-west-1']
      const { exit, stdout, stderr } = await run('env', argv)
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
      const names = [...stdout.matchAll(/AWS_[A-Z0-9_]+/g)].map(([name]) => name)
      expect(names).toEqual([
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
        'AWS_CREDENTIAL_EXPIRATION',
        'AWS_ENDPOINT_URL_S3',
        'AWS_REGION',
        'AWS_DEFAULT_REGION',
      ])
    },
  )

  test('github: masks before the keys stand in the file, and prints no key besides', async () => {
    const file = join(root, 'github-env')
    await writeFile(file, 'BEFORE=1\n')
    const answer = granted()
    const secret = 'per%cent/secret'
    const body = JSON.stringify({
      ...answer,
      credentials: { ...answer.credentials, secret_access_key: secret },
    })
    const { exit, stdout } = await run('env', ['--format', 'github'], {
      reply: () => ({ status: 200, body }),
      io: { env: { STINT_TOKEN: CANARY, GITHUB_ENV: file } },
    })
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: '::add-mask::AKID0\n::add-mask::per%25cent/secret\n::add-mask::session-token-0\n',
    })
    const lines = (await readFile(file, 'utf8')).split('\n')
    expect(lines.slice(0, 4)).toEqual([
      'BEFORE=1',
      'AWS_ACCESS_KEY_ID=AKID0',
      `AWS_SECRET_ACCESS_KEY=${secret}`,
      'AWS_SESSION_TOKEN=session-token-0',
    ])
  })

  test('github outside of a job exchanges nothing', async () => {
    const { exit, stderr, endpoint } = await run('env', ['--format', 'github'])
    expect(exit).toBe(2)
    expect(stderr).toContain('options_invalid')
    expect(endpoint.requests).toHaveLength(0)
  })

  test.each([
    ['another format', ['--format', 'toString'], 2],
    ['a store that is no URL', ['--s3-endpoint', 'minio:9000'], 2],
    ['a region with a line break', ['--region', 'a\nb'], 2],
  ])('%s is refused before anything is asked', async (_name, argv, code) => {
    const { exit, stdout, stderr, endpoint } = await run('env', argv)
    expect({ exit, stdout, asked: endpoint.requests.length }).toEqual({ exit: code, stdout: '', asked: 0 })
    expect(stderr).toMatch(/^stint env: options_invalid: [^\n]+\n$/)
  })

  test('a refusal prints no line that a shell would run', async () => {
    const { exit, stdout } = await run('env', [], { reply: () => refusal(400, 'access_denied') })
    expect({ exit, stdout }).toEqual({ exit: 3, stdout: '' })
  })

  test('says that a profile may win', async () => {
    const { stderr } = await run('env', [], { io: { env: { STINT_TOKEN: CANARY, AWS_PROFILE: 'old' } } })
    expect(stderr).toMatch(/^stint env: warning: AWS_PROFILE [^\n]+\n$/)
  })
})

const SESSION = granted().credentials
const stsWire = (request: SeenRequest) =>
  answerSigned(
    request,
    {
      accessKeyId: SESSION.access_key_id,
      secretAccessKey: SESSION.secret_access_key,
      sessionToken: SESSION.session_token,
    },
    identityXml(),
  )

describe('stint whoami', () => {
  const both =
    (wire: (request: SeenRequest) => Reply) =>
    (request: SeenRequest): Reply =>
      request.url.endsWith('/v1/token') ? grant() : wire(request)

  test('says what the token says, and whose session it is by a signature of its own keys', async () => {
    const { exit, stdout, stderr } = await run('whoami', [], {
      reply: both(stsWire),
    })
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toContain('sub  "job"')
    expect(stdout).toContain(IDENTITY_ARN)
    for (const secret of ['canary', "it's-a-secret", 'session-token-0']) expect(stdout).not.toContain(secret)
  })

  test('as JSON', async () => {
    const { stdout } = await run('whoami', ['--json'], {
      reply: both(stsWire),
    })
    expect(JSON.parse(stdout)).toMatchObject({
      token: { iss: 'https://i', sub: 'job', aud: null },
      session: {
        role: ROLE_ARN,
        caller_identity: { arn: IDENTITY_ARN, account: '000000000000', userId: 'AROA:job-1' },
      },
    })
  })

  test.each([
    ['has no STS wire', { status: 404, body: '{"code":"not_found"}' }],
    [
      'has an STS wire without it',
      { status: 400, body: '<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>' },
    ],
    [
      'keeps nothing of such sessions',
      {
        status: 403,
        body: '<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>',
      },
    ],
    ['answers a page there', { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }],
    [
      'answers what could move a cursor',
      { status: 200, body: identityXml('arn:aws:sts::000000000000:assumed-role/a/\u001b[2J') },
    ],
  ] satisfies [string, Reply][])('a server that %s says nothing of the session', async (_name, reply) => {
    const { exit, stdout } = await run('whoami', [], { reply: both(() => reply) })
    expect(exit).toBe(0)
    expect(stdout).toContain('no GetCallerIdentity')
    expect(stdout).not.toContain('\u001b')
  })

  test('a session that the server refuses is a refusal, with its STS code', async () => {
    const body = '<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>'
    const { exit, stderr } = await run('whoami', [], { reply: both(() => ({ status: 403, body })) })
    expect(exit).toBe(3)
    expect(stderr).toMatch(/^stint whoami: ExpiredToken: /)
  })

  test('--token-only asks nobody', async () => {
    const { exit, endpoint } = await run('whoami', ['--token-only'])
    expect({ exit, asked: endpoint.requests.length }).toEqual({ exit: 0, asked: 0 })
  })
})

test.each(['exchange', 'env', 'exec', 'credential-process', 'whoami', 'doctor'] as const)(
  'stint %s --help explains itself with its exit codes, and asks nobody',
  async (command) => {
    const { exit, stdout, stderr, endpoint } = await run(command, ['--help'])
    expect({ exit, stderr, asked: endpoint.requests.length }).toEqual({ exit: 0, stderr: '', asked: 0 })
    expect(stdout).toMatch(new RegExp(`^usage: stint ${command} `))
    expect(stdout).toContain('exit codes')
  },
)
