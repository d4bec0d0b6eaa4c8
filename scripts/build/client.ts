import { execFile } from 'node:child_process'
import { chmod, copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'rolldown'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')
export const CLIENT_PACKAGE = join(ROOT, 'packages/sts-client')

/**
 * The client as it is published: each module by itself with its declarations, and the credential helper as one file.
 * Leaves `dist` in the package, and the licence beside it.
 */
export async function buildClient(): Promise<{ readonly dist: string }> {
  const dist = join(CLIENT_PACKAGE, 'dist')
  await rm(dist, { recursive: true, force: true })
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  await run(tsc, ['-p', 'tsconfig.build.json'], { cwd: CLIENT_PACKAGE }).catch((error: unknown) => {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    throw new Error(`tsc refused the client:\n${said}`, { cause: error })
  })
  await chmod(join(dist, 'node/main.js'), 0o755)
  await bundleHelper(join(dist, 'credential-process.cjs'))
  await copyFile(join(ROOT, 'LICENSE'), join(CLIENT_PACKAGE, 'LICENSE'))
  return { dist }
}

/**
 * The credential helper as one CommonJS file: an ES module takes Node twice as long to start, and every file more a
 * look at the disk.
 */
export async function bundleHelper(file: string): Promise<void> {
  await build({
    input: join(CLIENT_PACKAGE, 'src/node/helper/main.ts'),
    platform: 'node',
    treeshake: true,
    output: { file, format: 'cjs', minify: true, banner: '#!/usr/bin/env node' },
  })
  await chmod(file, 0o755)
}
