import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StsClientError } from '@stint/sts-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { obtainOnce } from '../../packages/sts-client/src/node/helper/obtain-once.ts'
import { slotOf } from '../../packages/sts-client/src/node/helper/session-cache.ts'
import { bundleHelper } from '../../scripts/build/client.ts'
import { runProgram } from '../support/run-program.ts'
import { selfSigned } from '../support/self-signed.ts'
import type { Endpoint, Reply } from '../support/token-endpoint.ts'
import { grant, ROLE_ARN, refusal, startEndpoint } from '../support/token-endpoint.ts'
import { until } from '../support/wait.ts'

// The bundle as it is shipped, run as the AWS SDKs run it.

const CANARY = 'eyJhbGciOiJSUzI1NiJ9.e30.canary'
let helper = ''
let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stint-helper-'))
  helper = join(root, 'credential-process.cjs')
  await bundleHelper(helper)
})
afterAll(() => rm(root, { recursive: true }))

type Setting = AsyncDisposable & {
  readonly endpoint: Endpoint
  readonly home: string
  readonly folder: string
  run(argv?: readonly string[], env?: Readonly<Record<string, string>>): ReturnType<typeof runProgram>
}

/** A server whose n-th session is `AKIDn`, and a home of its own. */
async function setting(reply: (serial: number) => Reply | Promise<Reply> = (serial) => grant({ serial })) {
  const endpoint = await startEndpoint((_request, serial) => reply(serial))
  const home = await mkdtemp(join(root, 'home-'))
  const one: Setting = {
    endpoint,
    home,
    folder: join(home, '.cache/stint/credentials'),
    run: (argv = [], env = {}) =>
      runProgram([process.execPath, helper, '--server', endpoint.url, '--role', ROLE_ARN, ...argv], {
        env: { HOME: home, STINT_TOKEN: CANARY, ...env },
      }),
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  }
  return one
}

const keyOf = (stdout: string): unknown => JSON.parse(stdout).AccessKeyId
const filesOf = async (folder: string, end: string) =>
  (await readdir(folder)).filter((name) => name.endsWith(end))

/** Rewrites what is kept, as if it had been obtained at another time. */
async function shift(folder: string, seconds: number): Promise<void> {
  for (const name of await filesOf(folder, '.json')) {
    const kept = JSON.parse(await readFile(join(folder, name), 'utf8'))
    kept.session.obtainedMs -= seconds * 1000
    kept.session.endsMs -= seconds * 1000
    await writeFile(join(folder, name), JSON.stringify(kept))
  }
}

describe('what is printed', () => {
  test('is one line of Version 1 with an Expiration of whole seconds, and nothing on stderr', async () => {
    await using s = await setting()
    const { code, stdout, stderr } = await s.run()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
    expect(JSON.parse(stdout)).toEqual({
      Version: 1,
      AccessKeyId: 'AKID0',
      SecretAccessKey: "it's-a-secret/0",
      SessionToken: 'session-token-0',
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
  })

  test('a refusal is one line on stderr with its code and request id, without any secret', async () => {
    await using s = await setting(() => refusal(400, 'access_denied'))
    const { code, stdout, stderr } = await s.run()
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(
      /^stint credential-process: access_denied: [^\n]*\(request req_[0-9a-f-]{36}\)[^\n]*\n$/,
    )
    expect(stderr).not.toContain('canary')
  })

  test('asks GitHub for the token of the job, with the server as its audience', async () => {
    await using github = await startEndpoint((_request, serial) =>
      serial === 0 ? { status: 500 } : { status: 200, body: JSON.stringify({ value: CANARY }) },
    )
    await using s = await setting()
    const { code, stdout, stderr } = await s.run(['--github'], {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer',
    })
    expect({ code, stderr, key: keyOf(stdout) }).toEqual({ code: 0, stderr: '', key: 'AKID0' })
    expect(github.requests).toHaveLength(2)
    const { searchParams } = new URL(github.requests[1]?.url ?? '', github.url)
    expect(searchParams.get('audience')).toBe(s.endpoint.url)
    expect(new URLSearchParams(s.endpoint.requests[0]?.body).get('subject_token')).toBe(CANARY)
  })

  test('speaks TLS, and to nobody whose certificate it does not know', async () => {
    const certificate = selfSigned({ name: '127.0.0.1' })
    await using tls = await startEndpoint(() => grant(), certificate)
    const ca = join(root, 'ca.pem')
    await writeFile(ca, certificate.cert)
    const run = (env: Record<string, string>) =>
      runProgram([process.execPath, helper, '--server', tls.url, '--no-cache'], {
        env: { HOME: root, STINT_TOKEN: CANARY, ...env },
      })
    expect(keyOf((await run({ NODE_EXTRA_CA_CERTS: ca })).stdout)).toBe('AKID0')
    const stranger = await run({})
    expect({ code: stranger.code, stdout: stranger.stdout }).toEqual({ code: 4, stdout: '' })
    expect(stranger.stderr).toMatch(
      /^stint credential-process: network_error: [^\n]*DEPTH_ZERO_SELF_SIGNED_CERT[^\n]*\n$/,
    )
    expect(tls.requests).toHaveLength(1)
  })

  test.each([
    ['a page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }, 5, 'response_invalid'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 5, 'redirected'],
    ['an answer without end', { endless: 'x'.repeat(4096) }, 5, 'response_too_large'],
    ['a cut answer', { cut: '{"access_token":' }, 4, 'response_incomplete'],
    ['a cut connection', { cut: 'at once' }, 4, 'network_error'],
    ['bytes that are not UTF-8', { status: 200, body: Uint8Array.of(0x7b, 0xff) }, 5, 'response_invalid'],
  ] satisfies [string, Reply, number, string][])('%s is refused', async (_name, reply, exit, word) => {
    await using s = await setting(() => reply)
    const { code, stdout, stderr } = await s.run()
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^stint credential-process: ${word}: [^\\n]+\\n$`))
    expect(stderr).not.toContain('canary')
  })
})

describe('what is kept', () => {
  test('stands in a 0600 file of a 0700 folder, and serves the next call without the server', async () => {
    await using s = await setting()
    await s.run()
    const [name = ''] = await readdir(s.folder)
    expect((await readdir(s.folder)).length).toBe(1)
    expect((await stat(s.folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(s.folder, name))).mode & 0o777).toBe(0o600)
    expect(keyOf((await s.run()).stdout)).toBe('AKID0')
    expect(s.endpoint.requests).toHaveLength(1)
  })

  test('holds no token, in no file and no name', async () => {
    await using s = await setting()
    await s.run()
    await writeFile(join(s.home, 'token'), CANARY)
    await s.run(['--token-file', join(s.home, 'token')])
    for (const name of await readdir(s.folder)) {
      expect(name).not.toContain('canary')
      expect(await readFile(join(s.folder, name), 'utf8')).not.toContain('canary')
    }
  })

  test('is renewed before the earliest SDK asks again, and not before', async () => {
    await using s = await setting()
    await s.run()
    await shift(s.folder, 3600 - 17 * 60)
    expect(keyOf((await s.run()).stdout)).toBe('AKID0')
    await shift(s.folder, 2 * 60)
    expect(keyOf((await s.run()).stdout)).toBe('AKID1')
  })

  test('a session of 15 minutes serves the first half of its life', async () => {
    await using s = await setting((serial) => grant({ serial, expiresIn: 900 }))
    await s.run()
    await shift(s.folder, 440)
    expect(keyOf((await s.run()).stdout)).toBe('AKID0')
    await shift(s.folder, 20)
    expect(keyOf((await s.run()).stdout)).toBe('AKID1')
  })

  test('a session of the future is not used: the clock was set back', async () => {
    await using s = await setting()
    await s.run()
    await shift(s.folder, -7200)
    expect(keyOf((await s.run()).stdout)).toBe('AKID1')
  })

  test('serves where the server is away, until a minute before its end, and never where it refuses', async () => {
    let now: Reply = grant({ serial: 0 })
    await using s = await setting(() => now)
    await s.run()
    await shift(s.folder, 3600 - 120)
    now = refusal(503, 'service_unavailable', { 'retry-after': '9' })
    const away = await s.run()
    expect({ code: away.code, key: keyOf(away.stdout) }).toEqual({ code: 0, key: 'AKID0' })
    expect(away.stderr).toMatch(/^stint credential-process: warning: service_unavailable[^\n]*\n$/)
    now = refusal(400, 'access_denied')
    expect(await s.run()).toMatchObject({ code: 3, stdout: '' })
    now = refusal(503, 'service_unavailable', { 'retry-after': '9' })
    await shift(s.folder, 61)
    expect(await s.run()).toMatchObject({ code: 4, stdout: '' })
  })

  const person = (sub: string) =>
    ['{"alg":"none"}', JSON.stringify({ iss: 'https://i', sub }), 'canary']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.')
  test.each([
    ['another role', ['--role', `${ROLE_ARN}-b`], {}],
    ['another lifetime', ['--duration', '900'], {}],
    ['another session name', ['--session-name', 'two'], {}],
    ['another place of the token', ['--token-env', 'T'], { T: CANARY }],
    ['another person’s token in the same place', [], { STINT_TOKEN: person('b') }],
    ['another GitHub job', [], { GITHUB_RUN_ID: '2' }],
    ['another GitLab job', [], { CI_JOB_ID: '2' }],
    ['another Buildkite job', [], { BUILDKITE_JOB_ID: '2' }],
    ['another CircleCI job', [], { CIRCLE_WORKFLOW_JOB_ID: '2' }],
  ] as readonly (readonly [string, readonly string[], Record<string, string>])[])(
    'is not given to %s',
    async (_name, argv, env) => {
      await using s = await setting((serial) => {
        const reply = grant({ serial })
        if (!('status' in reply) || !argv.includes(`${ROLE_ARN}-b`) || serial === 0) return reply
        return { ...reply, body: String(reply.body).replaceAll(ROLE_ARN, `${ROLE_ARN}-b`) }
      })
      expect(keyOf((await s.run()).stdout)).toBe('AKID0')
      expect(keyOf((await s.run(argv, env)).stdout)).toBe('AKID1')
    },
  )

  test('a fresh token of the same person uses what is kept', async () => {
    await using s = await setting()
    await s.run([], { STINT_TOKEN: person('a') })
    expect(keyOf((await s.run([], { STINT_TOKEN: `${person('a')}x` })).stdout)).toBe('AKID0')
  })

  test('--no-cache keeps nothing and reads nothing', async () => {
    await using s = await setting()
    await s.run(['--no-cache'])
    await expect(stat(s.folder)).rejects.toThrow('ENOENT')
  })

  test.each(['', '{', '{"key":"other"}', '[]', 'null', 'x'.repeat(70_000)])(
    'a file that is cut or of another version is as none: %j',
    async (text) => {
      await using s = await setting()
      await s.run()
      const [name = ''] = await readdir(s.folder)
      await writeFile(join(s.folder, name), text)
      expect(keyOf((await s.run()).stdout)).toBe('AKID1')
    },
  )

  test('a folder that cannot be made costs an exchange and a warning, never the answer', async () => {
    await using s = await setting()
    await writeFile(join(s.home, 'file'), '')
    const { code, stdout, stderr } = await s.run(['--cache-dir', join(s.home, 'file/below')])
    expect({ code, key: keyOf(stdout) }).toEqual({ code: 0, key: 'AKID0' })
    expect(stderr).toContain('warning')
  })
})

describe('a cache that others could have touched is refused aloud', () => {
  test.each([
    ['a file that others may read', (file: string) => chmod(file, 0o644)],
    ['a file that the group may write', (file: string) => chmod(file, 0o620)],
    ['a folder that others may enter', (_: string, folder: string) => chmod(folder, 0o755)],
    [
      'a symbolic link in the place of the file',
      async (file: string) => {
        await rm(file)
        await writeFile(`${file}.elsewhere`, '{}', { mode: 0o600 })
        await symlink(`${file}.elsewhere`, file)
      },
    ],
    [
      'a folder in the place of the file',
      async (file: string) => {
        await rm(file)
        await mkdir(file, { mode: 0o700 })
      },
    ],
    [
      'a symbolic link in the place of the folder',
      async (_: string, folder: string) => {
        await rm(folder, { recursive: true })
        await mkdir(`${folder}-elsewhere`, { mode: 0o700 })
        await symlink(`${folder}-elsewhere`, folder)
      },
    ],
  ])('%s', async (_name, spoil) => {
    await using s = await setting()
    await s.run()
    const [name = ''] = await readdir(s.folder)
    await spoil(join(s.folder, name), s.folder)
    const { code, stdout, stderr } = await s.run()
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^stint credential-process: cache_unsafe: [^\n]+\n$/)
    expect(s.endpoint.requests).toHaveLength(1)
  })
})

describe('many at once', () => {
  test('twenty helpers cause one exchange and print the same session', async () => {
    const release = Promise.withResolvers<void>()
    await using s = await setting(async (serial) => {
      await release.promise
      return grant({ serial })
    })
    const all = Promise.all(Array.from({ length: 20 }, () => s.run()))
    await until('the first has asked', () => s.endpoint.requests.length === 1)
    release.resolve()
    const ends = await all
    expect(ends.every(({ code, stderr }) => code === 0 && stderr === '')).toBe(true)
    expect(new Set(ends.map(({ stdout }) => keyOf(stdout)))).toEqual(new Set(['AKID0']))
    expect(s.endpoint.requests).toHaveLength(1)
    expect((await readdir(s.folder)).length).toBe(1)
  })

  test('who waits for a refusal shares it, and asks no more', async () => {
    const folder = join(await mkdtemp(join(root, 'shared-')), 'credentials')
    const refused = Promise.withResolvers<never>()
    const waits = Promise.withResolvers<void>()
    const slot = slotOf(folder, ['a'])
    const options = { slot, nowMs: () => Date.now(), warn: () => undefined }
    const first = obtainOnce({ ...options, sleep: async () => undefined, exchange: () => refused.promise })
    let asked = 0
    const second = obtainOnce({
      ...options,
      sleep: async () => {
        waits.resolve()
        await first.catch(() => undefined)
      },
      exchange: async () => {
        asked += 1
        throw new Error('asked again')
      },
    })
    await waits.promise
    const requestId = 'req_01940000-0000-7000-8000-000000000000'
    refused.reject(new StsClientError('access_denied', { status: 400, requestId }))
    await expect(first).rejects.toMatchObject({ code: 'access_denied' })
    await expect(second).rejects.toMatchObject({ code: 'access_denied', status: 400, requestId })
    expect(asked).toBe(0)
    expect(await filesOf(folder, '.lock')).toEqual([])
  })

  test('a helper that was killed amid its exchange holds nobody up', async () => {
    let isHanging = true
    await using s = await setting((serial) => (isHanging ? { hang: 'at once' } : grant({ serial })))
    let pid = 0
    const killed = runProgram([process.execPath, helper, '--server', s.endpoint.url, '--role', ROLE_ARN], {
      env: { HOME: s.home, STINT_TOKEN: CANARY },
      started: (id) => (pid = id),
    })
    await until('it has asked', () => s.endpoint.requests.length === 1)
    process.kill(pid, 'SIGKILL')
    await killed
    expect(await filesOf(s.folder, '.lock')).toHaveLength(1)
    isHanging = false
    expect(keyOf((await s.run()).stdout)).toBe('AKID1')
    expect((await readdir(s.folder)).length).toBe(1)
  })

  test('a lock of a process that lives but took too long is taken over', async () => {
    await using s = await setting()
    await s.run()
    const [name = ''] = await readdir(s.folder)
    await rm(join(s.folder, name))
    const lock = join(s.folder, name.replace('.json', '.lock'))
    await writeFile(lock, `${process.pid} 1`)
    await utimes(lock, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000))
    expect(keyOf((await s.run()).stdout)).toBe('AKID1')
    expect(await filesOf(s.folder, '.lock')).toEqual([])
  })

  test('what killed helpers left, and sessions that nobody asks for any more, are swept', async () => {
    await using s = await setting()
    await mkdir(s.folder, { recursive: true, mode: 0o700 })
    const old = new Date(Date.now() - 13 * 3_600_000)
    for (const name of ['a.json', 'b.json.1.2.tmp', 'c.failed', 'd.lock']) {
      await writeFile(join(s.folder, name), '{}', { mode: 0o600 })
      await utimes(join(s.folder, name), old, old)
    }
    await writeFile(join(s.folder, 'not-ours'), '')
    await s.run()
    const left = await readdir(s.folder)
    expect(left).toContain('not-ours')
    expect(left).toHaveLength(2)
  })
})
