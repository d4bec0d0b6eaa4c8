import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { partPath } from '../../scripts/parts/part-path.ts'
import { MINIO } from '../../scripts/parts/table.ts'
import { type PartsSandbox, partsSandbox } from '../support/fake-part.ts'
import { startProcess } from '../support/process.ts'
import { isRunning, until } from '../support/wait.ts'

// `node scripts/parts.ts make minio` as a person runs it, with a `go` on PATH that does one thing a Go can do.
// The real build takes minutes, and is proved by every machine on which these tests run.

type FakeGo = { readonly version?: string; readonly sum?: string; readonly install: string }

const fakeGo = ({ version = 'go1.26.0', sum = MINIO.sum, install }: FakeGo) => `#!/bin/sh
case "$1 $2" in
  'env GOVERSION') echo ${version} ;;
  'mod download') echo '{ "Sum": "${sum}" }' ;;
  install*) ${install} ;;
esac
`

function make(sandbox: PartsSandbox, env: Readonly<Record<string, string>> = {}) {
  const script = join(import.meta.dirname, '../../scripts/parts.ts')
  return startProcess({
    name: 'parts.ts',
    command: process.execPath,
    args: [script, 'make', 'minio'],
    env: { ...sandbox.env, ...env },
  })
}

const filesOf = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile())

test.each([
  ['no Go and no Python', undefined, ['no `go` on PATH', 'no `python3` on PATH']],
  ['a Go that is too old and no Python', { version: 'go1.19.8', install: 'exit 1' }, ['go1.19.8', 'Go 1.24']],
  ['a module with other content', { sum: 'h1:other=', install: 'exit 1' }, ['h1:other=', MINIO.sum]],
  ['a build that fails', { install: 'echo out of disk; exit 2' }, ['code 2', 'out of disk']],
] satisfies [string, FakeGo | undefined, string[]][])(
  'refuses %s: names the part, the reason and the command, and leaves nothing',
  async (_, go, reasons) => {
    await using sandbox = await partsSandbox()
    if (go) await sandbox.program('go', fakeGo(go))
    await using making = await make(sandbox)
    expect((await making.exited).code).toBe(1)
    for (const text of ['part `minio`', 'go install -trimpath', ...reasons])
      expect(making.output()).toContain(text)
    expect((await filesOf(sandbox.cache)).filter(({ name }) => !name.endsWith('.lock'))).toEqual([])
  },
)

test('builds with caches of its own and the caller’s Go settings, and keeps the program only', async () => {
  const real = await partPath('minio', console.error)
  await using sandbox = await partsSandbox()
  const seen = join(sandbox.bin, 'seen')
  const copy = `/usr/bin/env > "${seen}"; /bin/mkdir "$GOBIN"; /bin/cp "${real}" "$GOBIN/minio"`
  await sandbox.program('go', fakeGo({ install: copy }))
  await using making = await make(sandbox, {
    GOFLAGS: '-buildvcs=false',
    GONOSUMDB: 'example.com',
    GOOS: 'plan9',
  })
  expect({ ...(await making.exited), output: making.output() }).toMatchObject({ code: 0 })
  const env = new Map((await readFile(seen, 'utf8')).split('\n').map((line) => [line.split('=')[0], line]))
  expect(env.get('GOFLAGS')).toBe('GOFLAGS=-buildvcs=false')
  expect(env.get('GONOSUMDB')).toBe('GONOSUMDB=example.com')
  expect(env.has('GOOS')).toBe(false)
  for (const name of ['GOMODCACHE', 'GOCACHE', 'GOPATH', 'GOTMPDIR', 'TMPDIR', 'GOBIN']) {
    expect(env.get(name)).toContain(`${name}=${sandbox.cache}`)
  }
  const kept = (await filesOf(sandbox.cache))
    .map(({ name }) => name.replace(/^.*(\.json|\.lock)$/, '*$1'))
    .sort()
  expect(kept).toEqual(['*.json', '*.lock', 'minio'])
})

test.each(['SIGINT', 'SIGKILL'] as const)(
  '%s while building leaves no process and no half',
  async (signal) => {
    await using sandbox = await partsSandbox()
    const seen = join(sandbox.bin, 'pid')
    await sandbox.program(
      'go',
      fakeGo({ install: `echo $$ > "${seen}.new"; /bin/mv "${seen}.new" "${seen}"; exec /bin/sleep 300` }),
    )
    await using making = await make(sandbox)
    const started = () =>
      access(seen).then(
        () => true,
        () => false,
      )
    await until('the build runs', started)
    const pid = Number(await readFile(seen, 'utf8'))
    expect(isRunning(pid)).toBe(true)
    process.kill(making.pid, signal)
    expect((await making.exited).signal).toBe(signal)
    await until('the build is gone', () => !isRunning(pid))
    const halves = async () =>
      (await readdir(join(sandbox.cache, 'parts/minio'))).filter((name) => name.includes('.making-'))
    await until('its folder is gone', async () => (await halves()).length === 0)
  },
)
