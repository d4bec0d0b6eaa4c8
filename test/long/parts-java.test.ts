import { readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { partsSandbox } from '../support/fake-part.ts'
import { runProgram } from '../support/run-program.ts'

// A JDK and Maven from Debian, 125 MB, into an empty cache: for `test:long`.

const SCRIPT = join(import.meta.dirname, '../../scripts/parts.ts')
const JAVA = ['java', 'javac', 'mvn']

test('where PATH has no Java, the Java client is made by and runs on that of Debian’s packages, without root', async () => {
  await using sandbox = await partsSandbox()
  const names = (await readdir('/usr/bin')).filter((name) => !JAVA.includes(name))
  await Promise.all(names.map((name) => symlink(join('/usr/bin', name), join(sandbox.bin, name))))
  // The rest as the user has it: apt and Maven have settings of theirs.
  const env = { ...process.env, PATH: sandbox.bin, STINT_CACHE: sandbox.cache, JAVA_HOME: undefined }

  const made = await runProgram([process.execPath, SCRIPT, 'make', 'aws-sdk-java-v2'], { env })
  expect(made.code, made.stderr).toBe(0)
  expect(made.stderr).toContain('debian-java: made in')

  const [, program = ''] = /^aws-sdk-java-v2 {2}(.+)$/m.exec(made.stdout) ?? []
  expect(program.startsWith(sandbox.cache)).toBe(true)
  const said = await runProgram([program], { env: { PATH: sandbox.bin } })
  expect(said.stdout).toMatch(/^usage: /)
})
