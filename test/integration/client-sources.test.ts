import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  buildkiteToken,
  circleciToken,
  gitlabToken,
  kubernetesToken,
  tokenCommand,
} from '@stint/sts-client/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// Small programs in the place of the platforms' own, which behave as their documentation says.

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stint-sources-'))
})
afterAll(() => rm(root, { recursive: true }))

/** A folder for PATH with one program in it; it notes its arguments, a line each. */
async function program(
  name: string,
  script: string,
): Promise<{ readonly path: string; readonly calls: () => Promise<string> }> {
  const folder = await mkdtemp(join(root, 'bin-'))
  const log = join(folder, 'calls')
  await writeFile(join(folder, name), `#!/bin/sh\nprintf '%s\\n' "$@" --- >> '${log}'\n${script}\n`)
  await chmod(join(folder, name), 0o755)
  return { path: `${folder}:/usr/bin:/bin`, calls: () => readFile(log, 'utf8') }
}

describe('a command', () => {
  test('is run again for every exchange, and its last newline taken off', async () => {
    const file = join(root, 'count')
    const source = tokenCommand(`echo x >> ${file}; wc -l < ${file}`)
    expect([await source(), await source()]).toEqual(['1', '2'])
  })

  test('as a list it is run without a shell', async () => {
    expect(await tokenCommand(['/bin/echo', '$HOME; exit 1'])()).toBe('$HOME; exit 1')
  })

  test.each([
    ['that fails', 'echo canary; exit 3', 'subject_token_command_failed', /ended with code 3/],
    ['that is ended by a signal', 'kill -9 $$', 'subject_token_command_failed', /SIGKILL/],
    ['that is not there', 'no-such-program-canary 2>/dev/null', 'subject_token_command_failed', /code 127/],
    ['that prints nothing', 'true', 'subject_token_absent', /output/],
    ['that prints without end', 'yes canary', 'subject_token_command_failed', /more than a token/],
  ])('%s is an error that repeats nothing', async (_name, command, code, words) => {
    await expect(tokenCommand(command)()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    })
    await expect(tokenCommand(command)()).rejects.toMatchObject({
      message: expect.not.stringContaining('canary'),
    })
  })

  test('that cannot be started is an error that does not repeat the command line', async () => {
    await expect(tokenCommand(['/none/canary'])()).rejects.toMatchObject({
      code: 'subject_token_command_failed',
      message: expect.stringMatching(/ENOENT/),
    })
    await expect(tokenCommand(['/none/canary'])()).rejects.toMatchObject({
      message: expect.not.stringContaining('canary'),
    })
  })

  test('that hangs is left at its deadline, though what it started holds its output', async () => {
    await expect(tokenCommand('sleep 2 & sleep 2', { timeoutMs: 200 })()).rejects.toMatchObject({
      code: 'subject_token_unavailable',
    })
  })
})

describe('Buildkite', () => {
  const env = (path: string) => ({ BUILDKITE: 'true', PATH: path })

  test('asks the agent for that audience, life and those claims', async () => {
    const agent = await program('buildkite-agent', 'echo a.b.c')
    const source = buildkiteToken({
      audience: 'https://stint.example.com/$(x)',
      env: env(agent.path),
      lifetimeSeconds: 600,
      claims: ['organization_id', 'pipeline_id'],
    })
    expect(await source()).toBe('a.b.c')
    expect(await agent.calls()).toBe(
      'oidc\nrequest-token\n--audience\nhttps://stint.example.com/$(x)\n--lifetime\n600\n--claim\norganization_id\n--claim\npipeline_id\n---\n',
    )
  })

  test('an agent that fails, and one that is not there', async () => {
    const agent = await program('buildkite-agent', 'exit 1')
    const failing = buildkiteToken({ audience: 'a', env: env(agent.path) })
    await expect(failing()).rejects.toMatchObject({ code: 'subject_token_command_failed' })
    const absent = buildkiteToken({ audience: 'a', env: env(root) })
    await expect(absent()).rejects.toMatchObject({
      code: 'subject_token_command_failed',
      detail: expect.stringContaining('ENOENT'),
    })
  })

  test('outside of a job there is no token', async () => {
    await expect(buildkiteToken({ audience: 'a', env: {} })()).rejects.toMatchObject({
      code: 'subject_token_absent',
    })
  })
})

describe('CircleCI', () => {
  test('with an audience the CLI is asked for it', async () => {
    const cli = await program('circleci', 'echo a.b.c')
    const source = circleciToken({
      env: { CIRCLECI: 'true', PATH: cli.path, CIRCLE_OIDC_TOKEN: 'other' },
      audience: 'https://"s',
    })
    expect(await source()).toBe('a.b.c')
    expect(await cli.calls()).toBe('run\noidc\nget\n--claims\n{"aud":"https://\\"s"}\n---\n')
  })

  test('a job without a token says where it was looked for', async () => {
    await expect(circleciToken({ env: { CIRCLECI: 'true' } })()).rejects.toMatchObject({
      code: 'subject_token_absent',
      detail: expect.stringContaining('CIRCLE_OIDC_TOKEN_V2'),
    })
  })
})

test('GitLab: a job without the token is told what .gitlab-ci.yml needs', async () => {
  await expect(gitlabToken({ env: { GITLAB_CI: 'true' } })()).rejects.toMatchObject({
    code: 'subject_token_absent',
    detail: expect.stringMatching(/STINT_ID_TOKEN.*id_tokens/),
  })
  expect(await gitlabToken({ env: { GITLAB_CI: 'true', T: 'a.b.c' }, variable: 'T' })()).toBe('a.b.c')
})

test('Kubernetes: the projected file is read again when the kubelet has replaced it', async () => {
  const path = join(root, 'projected')
  const source = kubernetesToken({ path })
  await expect(source()).rejects.toMatchObject({ code: 'subject_token_absent' })
  for (const token of ['first', 'second']) {
    await writeFile(path, token)
    expect(await source()).toBe(token)
  }
})
