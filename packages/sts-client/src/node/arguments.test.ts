import { describe, expect, test } from 'vitest'
import type { StsClientErrorCode } from '../errors.ts'
import { EXCHANGE_FLAGS, exchangeOf, readFlags } from './arguments.ts'
import { sourceOf } from './named-source.ts'

const TOKEN = `eyJhbGciOiJSUzI1NiJ9.${'e30'.repeat(20)}.canary`
const ARN = 'arn:aws:iam::000000000000:role/app'
const FILES: Readonly<Record<string, string>> = {
  '/token': 'from-file\n',
  '/empty': '\n',
  '/var/run/secrets/stint/token': 'from-kubernetes\n',
}

function parse(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const values = readFlags(argv, EXCHANGE_FLAGS)
  const exchange = exchangeOf(values, env)
  const named = sourceOf(values, {
    env,
    server: exchange.server,
    send: () => Promise.reject(new Error('nothing may be sent')),
    readFile: async (path) =>
      FILES[path] ?? Promise.reject(Object.assign(new Error(path), { code: 'ENOENT' })),
    stdin: async () => 'from-stdin\n',
  })
  return { exchange, ...named }
}

describe('what is asked', () => {
  test('flags win over the environment', () => {
    const env = { STINT_SERVER: 'https://env', STINT_ROLE: 'env', STINT_ACCOUNT: '000000000000' }
    expect(parse([], env).exchange).toEqual({
      server: 'https://env',
      role: { account: '000000000000', name: 'env' },
    })
    expect(parse(['--server', 'https://flag', '--role', ARN], env).exchange).toEqual({
      server: 'https://flag',
      role: ARN,
    })
  })

  test('lifetime and session name pass', () => {
    const argv = ['--server', 'https://s', '--duration', '900', '--session-name', 'job']
    expect(parse(argv).exchange).toEqual({
      server: 'https://s',
      durationSeconds: 900,
      roleSessionName: 'job',
    })
  })

  test.each([
    ['a file', ['--token-file', '/token'], {}, 'from-file'],
    ['standard input', ['--token-file', '-'], {}, 'from-stdin'],
    ['an environment variable', ['--token-env', 'T'], { T: ' from-env ' }, 'from-env'],
    ['Kubernetes', ['--kubernetes'], {}, 'from-kubernetes'],
    ['GitLab', ['--gitlab'], { GITLAB_CI: 'true', STINT_ID_TOKEN: 'from-gitlab' }, 'from-gitlab'],
    ['CircleCI', ['--circleci'], { CIRCLECI: 'true', CIRCLE_OIDC_TOKEN: 'first' }, 'first'],
    [
      'CircleCI, the second version before the first',
      ['--circleci'],
      { CIRCLECI: 'true', CIRCLE_OIDC_TOKEN: 'first', CIRCLE_OIDC_TOKEN_V2: 'second' },
      'second',
    ],
    ['a command', ['--token-command', 'echo from-command'], {}, 'from-command'],
    [
      'GitLab where no place is named',
      [],
      { GITLAB_CI: 'true', STINT_ID_TOKEN: 'from-gitlab' },
      'from-gitlab',
    ],
    ['STINT_TOKEN where no place is named', [], { STINT_TOKEN: 'from-stint-token' }, 'from-stint-token'],
    ['Kubernetes where nothing else is there', [], { STINT_TOKEN: '' }, 'from-kubernetes'],
  ] as const)('the token comes from %s', async (_name, argv, env, token) => {
    expect(await parse(['--server', 'https://s', ...argv], env).source()).toBe(token)
  })
})

describe('is refused', () => {
  const S = ['--server', 'https://s']
  const cases: readonly (readonly [string, readonly string[], StsClientErrorCode])[] = [
    ['no server', [], 'options_invalid'],
    ['an unknown flag', [...S, '--sever', 'x'], 'options_invalid'],
    ['a token as an argument', [...S, TOKEN], 'options_invalid'],
    ['a token as a flag', [...S, `--${TOKEN}`], 'options_invalid'],
    ['a flag without value', [...S, '--role'], 'options_invalid'],
    ['a value for a switch', [...S, `--github=${TOKEN}`], 'options_invalid'],
    ['a role by name without account', [...S, '--role', 'app'], 'options_invalid'],
    ['a lifetime in words', [...S, '--duration', '1h'], 'options_invalid'],
    ['a lifetime of zero', [...S, '--duration', '0'], 'options_invalid'],
    ['two places of the token', [...S, '--github', '--kubernetes'], 'options_invalid'],
    ['GitLab outside of it', [...S, '--gitlab'], 'subject_token_absent'],
    ['Buildkite outside of it', [...S, '--buildkite'], 'subject_token_absent'],
    ['CircleCI outside of it', [...S, '--circleci'], 'subject_token_absent'],
    ['a provider where none is asked', [...S, '--device-login', 'https://idp'], 'options_invalid'],
    ['a file that is not there', [...S, '--token-file', '/none'], 'subject_token_absent'],
    ['an empty file', [...S, '--token-file', '/empty'], 'subject_token_absent'],
    ['a token where its file belongs', [...S, '--token-file', TOKEN], 'subject_token_absent'],
    ['a token where its variable belongs', [...S, '--token-env', TOKEN], 'subject_token_absent'],
    ['an unset variable', [...S, '--token-env', 'T'], 'subject_token_absent'],
    ['GitHub outside of it', [...S, '--github'], 'subject_token_absent'],
  ]
  test.each(cases)('%s', async (_name, argv, code) => {
    const asked = async () => parse(argv).source()
    await expect(asked()).rejects.toMatchObject({ code, message: expect.not.stringContaining('canary') })
  })
})

describe('the place of a token', () => {
  test('never holds the token', () => {
    const env = { STINT_TOKEN: TOKEN, GITLAB_CI: 'true', STINT_ID_TOKEN: TOKEN, CIRCLE_OIDC_TOKEN: TOKEN }
    for (const argv of [
      [],
      ['--gitlab'],
      ['--circleci'],
      ['--token-env', 'STINT_TOKEN'],
      ['--token-file', '/token'],
    ])
      expect(parse(['--server', 'https://s', ...argv], env).place).not.toContain('canary')
  })

  test('tells one from another', () => {
    const places = [
      ['--token-file', '/token'],
      ['--token-file', '/empty'],
      ['--token-env', 'A'],
      ['--token-env', 'B'],
      ['--token-command', 'a'],
      ['--token-command', 'b'],
      ['--github'],
      ['--github', '--audience', 'b'],
      ['--gitlab'],
      ['--buildkite'],
      ['--circleci'],
      ['--circleci', '--audience', 'b'],
      ['--kubernetes'],
      [],
    ].map((argv) => parse(['--server', 'https://s', ...argv]).place)
    expect(new Set(places).size).toBe(places.length)
  })
})
