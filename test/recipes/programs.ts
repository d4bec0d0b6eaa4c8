import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { partPath } from '../../scripts/parts/part-path.ts'

const here = (path: string) => join(import.meta.dirname, path)
const part = (name: string) => partPath(name, (line) => console.error(line))

/** What pages type, and what is then run: parts of the table, this repository's own, small stand-ins for agents of platforms. */
const COMMANDS: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  aws: async () => [await part('python-aws'), '-m', 'awscli'],
  'python-duckdb': async () => [await part('python-duckdb')],
  rclone: async () => [await part('rclone')],
  stint: async () => [process.execPath, here('../../apps/vendor/src/cli.ts')],
  'buildkite-agent': async () => [process.execPath, here('programs/buildkite-agent.mjs')],
  circleci: async () => [process.execPath, here('programs/circleci.mjs')],
}

/** Large, or long to make: those of `test:long`. */
const LONG_COMMANDS: typeof COMMANDS = {
  mc: async () => [await part('mc')],
  dvc: async () => [await part('python-dvc'), '-m', 'dvc'],
  hadoop: async () => [await part('hadoop')],
  tofu: async () => [await part('opentofu')],
}

/** Makes a folder for PATH with all of them. */
export async function makePrograms(folder: string, { long }: { readonly long: boolean }): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await Promise.all(
    Object.entries({ ...COMMANDS, ...(long ? LONG_COMMANDS : {}) }).map(async ([name, command]) => {
      const words = (await command()).map((word) => `'${word}'`).join(' ')
      await writeFile(join(bin, name), `#!/bin/sh\nexec ${words} "$@"\n`)
      await chmod(join(bin, name), 0o755)
    }),
  )
  return bin
}
