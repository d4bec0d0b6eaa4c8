import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { containerCredentialProvider, StsClientError } from '@stint/sts-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openContainerDoor } from '../../packages/sts-client/src/node/container-door.ts'
import { runProgram } from '../support/run-program.ts'
import { grant, ROLE_ARN, refusal, startEndpoint } from '../support/token-endpoint.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { ACCOUNT, startVendor } from '../support/vendor.ts'
import { isRunning, until } from '../support/wait.ts'

const CLI = join(import.meta.dirname, '../../apps/vendor/src/cli.ts')
const CHILD = join(import.meta.dirname, '../support/exec-child.ts')
const CANARY = 'eyJhbGciOiJSUzI1NiJ9.e30.canary'
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stint-exec-'))
})
afterAll(() => rm(root, { recursive: true }))

type Options = {
  readonly server: string
  readonly role?: string
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const commandOf = ({ server, role = ROLE_ARN, argv = [] }: Options, program: readonly string[]) =>
  [process.execPath, CLI, 'exec', '--server', server, '--role', role, ...argv, '--', ...program] as const
const envOf = ({ env = {} }: Options) => ({ HOME: root, PATH: '/usr/bin:/bin', STINT_TOKEN: CANARY, ...env })
const exec = (options: Options, program: readonly string[]) =>
  runProgram(commandOf(options, program), { env: envOf(options) })

describe('with a real Stint, MinIO and AWS SDK', () => {
  test('a program writes and reads for longer than its session lives', { timeout: 90_000 }, async () => {
    await using vendor = await startVendor()
    const minio = await startTrustingMinio(vendor)
    try {
      const options = {
        server: vendor.url,
        role: `arn:aws:iam::${ACCOUNT}:role/quick-look`,
        argv: ['--s3-endpoint', minio.endpoint, '--region', 'us-east-1'],
        // What would win over us, were it left.
        env: {
          STINT_TOKEN: vendor.token(),
          AWS_ACCESS_KEY_ID: 'AKIDOLD',
          AWS_SECRET_ACCESS_KEY: 'old',
          AWS_PROFILE: 'old',
        },
      }
      const { code, stdout, stderr } = await exec(options, [
        process.execPath,
        CHILD,
        'acme/app/exec.txt',
        '12',
      ])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const ids: readonly string[] = JSON.parse(stdout)
      expect(ids.length).toBeGreaterThan(1)
      expect(ids).not.toContain('AKIDOLD')
      const env = {
        HOME: root,
        STINT_SERVER: vendor.url,
        STINT_TOKEN: vendor.token(),
        STINT_ACCOUNT: ACCOUNT,
      }
      const stint = (...argv: string[]) =>
        runProgram([process.execPath, CLI, ...argv, '--role', 'app-artifacts'], { env })
      expect(await stint('doctor')).toEqual({ code: 0, stdout: 'nothing stands in the way\n', stderr: '' })
      expect(JSON.parse((await stint('credential-process')).stdout)).toMatchObject({ Version: 1 })
      const { stdout: facts } = await stint('whoami', '--json')
      expect(JSON.parse(facts)).toMatchObject({
        token: { sub: 'repo:acme/app' },
        session: { role: expect.stringContaining('app-artifacts') },
      })
    } finally {
      await minio.stop()
    }
  })
})

describe('the program', () => {
  test('finds the door, its bearer and the store, and nothing that would win over them', async () => {
    await using endpoint = await startEndpoint(() => grant())
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIDOLD',
      AWS_SESSION_TOKEN: 'old',
      AWS_ROLE_ARN: 'old',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/old',
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/old',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/old',
      STINT_CLIENT_SECRET: 'canary',
      HTTP_PROXY: 'http://127.0.0.1:1',
      NO_PROXY: 'a.example.com',
      KEPT: 'yes',
    }
    const argv = ['--s3-endpoint', 'https://s3.example.com', '--region', 'eu-west-1']
    const { code, stdout, stderr } = await exec({ server: endpoint.url, argv, env }, ['env'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const seen = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    )
    expect(seen).toEqual({
      HOME: root,
      PATH: '/usr/bin:/bin',
      KEPT: 'yes',
      HTTP_PROXY: 'http://127.0.0.1:1',
      NO_PROXY: 'a.example.com,127.0.0.1,localhost',
      no_proxy: 'a.example.com,127.0.0.1,localhost',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_ENDPOINT_URL_S3: 'https://s3.example.com',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: expect.stringMatching(
        /^http:\/\/127\.0\.0\.1:\d+\/v1\/credentials$/,
      ),
      AWS_CONTAINER_AUTHORIZATION_TOKEN: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  test('gets the keys themselves by --static', async () => {
    await using endpoint = await startEndpoint(() => grant())
    const program = [
      'sh',
      '-c',
      'echo $AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN $AWS_CONTAINER_CREDENTIALS_FULL_URI',
    ]
    const { stdout } = await exec({ server: endpoint.url, argv: ['--static'] }, program)
    expect(stdout).toBe('AKID0 session-token-0\n')
  })

  test('does not see a configuration file whose default profile would win, and it is said', async () => {
    await using endpoint = await startEndpoint(() => grant())
    const home = await mkdtemp(join(root, 'home-'))
    await mkdir(join(home, '.aws'))
    await writeFile(join(home, '.aws/config'), '[default]\nregion = eu-west-1\ncredential_process = /old\n')
    const { stdout, stderr } = await exec({ server: endpoint.url, env: { HOME: home } }, [
      'sh',
      '-c',
      'echo $AWS_CONFIG_FILE',
    ])
    expect(stdout).toBe('/dev/null\n')
    expect(stderr).toMatch(/^stint exec: the default profile of [^\n]+ sets credential_process: [^\n]+\n$/)
    await writeFile(join(home, '.aws/config'), '[default]\nregion = eu-west-1\n[profile a]\nrole_arn = a\n')
    const kept = await exec({ server: endpoint.url, env: { HOME: home } }, [
      'sh',
      '-c',
      'echo $AWS_CONFIG_FILE',
    ])
    expect({ stdout: kept.stdout, stderr: kept.stderr }).toEqual({ stdout: '\n', stderr: '' })
  })

  test('reads standard input and writes as if it stood alone', async () => {
    await using endpoint = await startEndpoint(() => grant())
    const options = { server: endpoint.url }
    const end = await runProgram(commandOf(options, ['sh', '-c', 'cat; echo err >&2']), {
      env: envOf(options),
      stdin: 'in',
    })
    expect(end).toEqual({ code: 0, stdout: 'in', stderr: 'err\n' })
  })
})

describe('the end of the program is ours', () => {
  test.each([
    ['exit code 0', ['true'], 0],
    ['exit code 7', ['sh', '-c', 'exit 7'], 7],
    ['exit code 255', ['sh', '-c', 'exit 255'], 255],
    ['an end by a signal', ['sh', '-c', 'kill -TERM $$'], 143],
    ['a program that is not there', ['/none/such'], 127],
    ['a file that is no program', ['/etc/passwd'], 126],
  ])('%s', async (_name, program, code) => {
    await using endpoint = await startEndpoint(() => grant())
    expect((await exec({ server: endpoint.url }, program)).code).toBe(code)
  })

  test.each([
    ['a refusal', () => refusal(400, 'access_denied'), [], 'access_denied'],
    ['no program', () => grant(), ['--static'], 'options_invalid'],
  ])('%s ends with 125, and nothing is started', async (_name, reply, argv, word) => {
    await using endpoint = await startEndpoint(reply)
    const file = join(root, 'started')
    const { code, stderr } = await exec(
      { server: endpoint.url, argv },
      argv.length > 0 ? [] : ['touch', file],
    )
    expect(code).toBe(125)
    expect(stderr).toMatch(new RegExp(`^stint exec: ${word}: [^\\n]+\\n$`))
    expect(stderr).not.toContain('canary')
    expect(await readdir(root)).not.toContain('started')
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s reaches the program, which may end as it likes; nothing is left',
    async (signal) => {
      await using endpoint = await startEndpoint(() => grant())
      const options = { server: endpoint.url }
      const name = signal.slice(3)
      const script = `trap 'exit 9' ${name}; echo $$; while :; do sleep 0.05; done`
      const [file, ...args] = commandOf(options, ['sh', '-c', script])
      const child = spawn(file, args, { env: envOf(options), stdio: ['ignore', 'pipe', 'pipe'] })
      let said = ''
      child.stdout.on('data', (text) => {
        said += String(text)
      })
      await until('the program runs', () => /\d+\n/.test(said))
      child.kill(signal)
      const [code] = await once(child, 'close')
      expect(code).toBe(9)
      expect(isRunning(Number(said))).toBe(false)
    },
  )
})

describe('the door', () => {
  const credentials = {
    accessKeyId: 'AKID',
    secretAccessKey: 'secret/key',
    sessionToken: 'session',
    expiration: new Date(Date.now() + 3_600_500),
  }

  test('gives the union of what SDKs want, in the form that the strictest reads', async () => {
    await using door = await openContainerDoor(
      async () => credentials,
      () => undefined,
    )
    const response = await fetch(`${door.url}?a=1`, { headers: { authorization: door.bearer } })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: 'AKID',
      AccessKeyID: 'AKID',
      SecretAccessKey: 'secret/key',
      Token: 'session',
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
  })

  test('serves the container provider of the client', async () => {
    await using door = await openContainerDoor(
      async () => credentials,
      () => undefined,
    )
    const provider = containerCredentialProvider({
      url: door.url,
      authorization: async () => `${door.bearer}\n`,
    })
    expect(await provider()).toMatchObject({ accessKeyId: 'AKID', sessionToken: 'session' })
    const stranger = containerCredentialProvider({ url: door.url, authorization: async () => 'guess' })
    await expect(stranger()).rejects.toMatchObject({
      code: 'refused',
      serverCode: 'AccessDenied',
      status: 403,
    })
  })

  test.each([
    ['no bearer', {}, 'GET', '', 403],
    ['another bearer', { authorization: 'x'.repeat(43) }, 'GET', '', 403],
    ['an empty bearer', { authorization: 'Bearer ' }, 'GET', '', 403],
    ['another path', { ours: true }, 'GET', '/more', 404],
    ['another method', { ours: true }, 'POST', '', 404],
  ])('%s gets nothing', async (_name, headers, method, more, status) => {
    let asked = 0
    await using door = await openContainerDoor(
      async () => {
        asked += 1
        return credentials
      },
      () => undefined,
    )
    const sent = 'ours' in headers ? { authorization: door.bearer } : headers
    const response = await fetch(`${door.url}${more}`, { method, headers: { ...sent } })
    expect({ status: response.status, asked }).toEqual({ status, asked: 0 })
    expect(await response.text()).not.toContain('AKID')
  })

  test('a refusal of the server is final, an outage is not', async () => {
    let failure = new StsClientError('access_denied', { requestId: 'req_1' })
    const told: unknown[] = []
    await using door = await openContainerDoor(
      () => Promise.reject(failure),
      (error) => told.push(error),
    )
    const ask = () => fetch(door.url, { headers: { authorization: door.bearer } })
    const refused = await ask()
    expect({ status: refused.status, body: await refused.json() }).toEqual({
      status: 403,
      body: { Code: 'access_denied', Message: expect.stringContaining('req_1') },
    })
    failure = new StsClientError('service_unavailable')
    expect((await ask()).status).toBe(503)
    expect(told).toHaveLength(2)
  })
})
