import { copyFile, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256OfFile } from './cache.ts'
import type { JavaTools } from './java-tools.ts'
import type { MakeJob } from './part.ts'
import { runToEnd } from './run-to-end.ts'

export type Jars = {
  /** Path of a pom whose dependencies are wanted. */
  readonly pom: string
  /** File in `requirements/`: `sha256sum` of each jar that Maven resolves from it. */
  readonly sums: string
}

const REQUIREMENTS = fileURLToPath(new URL('requirements/', import.meta.url))

/** Fetches the jars into `jars` beside what is made, by the user's Maven settings, and holds them to their sums; the folder. */
export async function fetchJars(wanted: Jars, { mvn, java }: JavaTools, job: MakeJob): Promise<string> {
  const jars = join(dirname(job.output), 'jars')
  await copyFile(wanted.pom, join(job.folder, 'pom.xml'))
  await runToEnd({
    name: 'mvn dependency:copy-dependencies',
    command: mvn,
    args: [
      ...['-q', '-B', '-C', `-Dmaven.repo.local=${join(job.folder, 'repository')}`],
      ...['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`],
    ],
    // A system's mvn looks for java by itself, and may find another one.
    env: { ...job.env, PATH: `${dirname(java)}:${job.env['PATH'] ?? ''}` },
    cwd: job.folder,
  })
  await checkSums(jars, wanted.sums)
  return jars
}

/** All that was pinned is there, and nothing else. */
async function checkSums(jars: string, sums: string): Promise<void> {
  const lines = (await readFile(join(REQUIREMENTS, sums), 'utf8')).trim().split('\n')
  const pinned = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)] as const))
  const found = await readdir(jars)
  const odd = [...pinned.keys()].filter((name) => !found.includes(name))
  if (odd.length > 0) throw new Error(`Maven did not resolve ${odd.join(', ')}`)
  for (const name of found) {
    const sum = await sha256OfFile(join(jars, name))
    if (sum !== pinned.get(name)) throw new Error(`${name} has SHA-256 ${sum}, not the pinned one`)
  }
}
