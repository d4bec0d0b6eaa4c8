import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { programOnPath } from './cache.ts'
import type { MakeJob } from './part.ts'
import { runToEnd } from './run-to-end.ts'

export type WantedPackages = {
  /** What is wanted; what they need and this system has not comes along. */
  readonly packages: readonly string[]
  /** Dependencies that our programs never load: administration tools, Python. */
  readonly without: RegExp
  /** What they need comes along although this system has it: for files that are looked for beside them. */
  readonly whole?: true
}

export type DebianPackages = WantedPackages & {
  /** Programs of these packages, in `/usr/bin`. */
  readonly programs: readonly string[]
  /** Folders below the library folder, as arguments that a program finds its own plugins with. */
  readonly arguments: Readonly<Record<string, string>>
}

const TRIPLES: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/**
 * Fetches Debian packages by apt with lists and caches of its own, and unpacks them, all without being root. Apt holds
 * each to the archive's signature. Beside `job.output` stands a small script for every program, which finds its
 * libraries wherever the folder is moved to.
 */
export async function makeDebianPackages(source: DebianPackages, job: MakeJob): Promise<void> {
  const { root, triple } = await unpackDebianPackages(source, job)
  await keepOnly(root, source.programs)
  for (const program of source.programs)
    await writeScript(
      join(dirname(job.output), program),
      scriptOf({ program, triple, arguments: source.arguments }),
    )
}

/** The same packages as they are, in the folder `root` beside `job.output`, and the name of their library folder. */
export async function unpackDebianPackages(
  source: WantedPackages,
  job: MakeJob,
): Promise<{ readonly root: string; readonly triple: string }> {
  const triple = process.platform === 'linux' ? TRIPLES[process.arch] : undefined
  if (triple === undefined) throw new Error('Debian packages are for linux on x64 and arm64')
  for (const tool of ['apt-get', 'dpkg-deb'])
    if ((await programOnPath(tool, job.env)) === undefined) throw new Error(`no \`${tool}\` on PATH`)
  const archives = await fetchPackages(source, job)
  job.log(`unpacking ${archives.length} packages`)
  const root = join(dirname(job.output), 'root')
  for (const archive of archives) await run('dpkg-deb', ['-x', archive, root], job)
  return { root, triple }
}

/** Fetches them into the job's folder; answers the archives. */
export async function fetchPackages(source: WantedPackages, job: MakeJob): Promise<readonly string[]> {
  const folder = join(job.folder, 'apt')
  for (const one of ['lists/partial', 'cache/archives/partial', 'debs'])
    await mkdir(join(folder, one), { recursive: true })
  const apt = [
    `-oDir::State::Lists=${join(folder, 'lists')}`,
    `-oDir::Cache=${join(folder, 'cache')}`,
    '-oDebug::NoLocking=1',
    '-oAPT::Sandbox::User=', // the folder is ours alone, and apt's own user cannot enter it
  ]
  // Of a system on which nothing is installed yet, where that is what is asked for.
  const status = join(folder, 'status')
  await writeFile(status, '')
  const known = source.whole === true ? [`-oDir::State::status=${status}`] : []
  job.log('apt-get update, into a folder of its own')
  await run('apt-get', [...apt, '-qq', 'update'], job)
  const planned = await run(
    'apt-get',
    [
      ...[...apt, ...known, '-qq', 'install', '--no-install-recommends', '--print-uris'],
      ...(source.whole === true ? [] : ['--reinstall']),
      ...source.packages,
    ],
    job,
  )
  const names = [...planned.matchAll(/^'\S+' ([a-z0-9][a-z0-9.+-]*)_\S+\.deb /gm)].map(
    (found) => found[1] ?? '',
  )
  const wanted = names.filter((name) => !source.without.test(name))
  if (!source.packages.every((name) => wanted.includes(name)))
    throw new Error(
      `apt plans ${names.length} packages, and ${source.packages.join(', ')} are not all among them`,
    )
  job.log(`fetching ${wanted.length} packages`)
  const debs = join(folder, 'debs')
  await run('apt-get', [...apt, '-qq', 'download', ...wanted], { ...job, folder: debs })
  return (await readdir(debs)).filter((name) => name.endsWith('.deb')).map((name) => join(debs, name))
}

/** Programs and libraries; what else packages bring is of no use here. */
async function keepOnly(root: string, programs: readonly string[]): Promise<void> {
  const bin = join(root, 'usr/bin')
  for (const name of await readdir(bin)) if (!programs.includes(name)) await rm(join(bin, name))
  for (const name of ['etc', 'var', 'sbin', 'usr/sbin', 'usr/share', 'usr/include', 'usr/lib/python3'])
    await rm(join(root, name), { recursive: true, force: true })
}

function scriptOf(of: {
  readonly program: string
  readonly triple: string
  readonly arguments: DebianPackages['arguments']
}): string {
  const { program, triple } = of
  const given = Object.entries(of.arguments).map(
    ([name, path]) => `--${name}=$root/usr/lib/${triple}/${path}`,
  )
  return `#!/bin/sh
root=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/root
LD_LIBRARY_PATH=$root/usr/lib/${triple}:$root/lib/${triple}:$root/usr/lib/${triple}/ceph
CEPH_ARGS="${given.join(' ')}"
export LD_LIBRARY_PATH CEPH_ARGS
exec "$root/usr/bin/${program}" "$@"
`
}

export async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await chmod(`${path}.new`, 0o755)
  await rename(`${path}.new`, path)
}

function run(command: string, args: readonly string[], { env, folder }: MakeJob): Promise<string> {
  const plain = { ...env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
  return runToEnd({ name: `${command} ${args.at(-1) ?? ''}`, command, args, env: plain, cwd: folder })
}
