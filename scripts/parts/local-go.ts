import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { goEnvironment } from './go-module.ts'
import { goToolchain } from './go-toolchain.ts'
import type { MakeJob, Part } from './part.ts'
import { runToEnd } from './run-to-end.ts'

/** A Go program of this repository: its modules are held by its own go.sum. */
export type LocalGo = {
  readonly name: string
  /** Of the library that it is there for. */
  readonly version: string
  /** The module's folder; the program's package is `./<name>` in it. */
  readonly folder: string
  /** Minor version of Go that its go.mod asks for. */
  readonly goMinor: number
}

/** The part. Its version ends with a digest of the sources: an edited program is another part. */
export function localGoPart(source: LocalGo): Part {
  return {
    name: source.name,
    version: `${source.version}-${sourcesDigest(source)}`,
    program: source.name,
    how: `building test program ${source.name} with Go modules, once: about 1 minute on 2 cores`,
    byHand: `with Go 1.${source.goMinor} or newer, in test/clients/go: go build ./${source.name}, then put it on PATH`,
    checkRevision: 1,
    check: expectUsage,
    make: (job) => makeLocalGo(source, job),
  }
}

function sourcesDigest({ folder, name }: LocalGo): string {
  const files = ['go.mod', 'go.sum', ...globSync(`${name}/**/*.go`, { cwd: folder })].toSorted()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(folder, file)))
  return hash.digest('hex').slice(0, 12)
}

async function makeLocalGo({ folder, name, goMinor }: LocalGo, job: MakeJob): Promise<void> {
  const go = await goToolchain(goMinor, job)
  const env = await goEnvironment(job)
  const args = ['build', '-mod=readonly', '-modcacherw', '-trimpath', '-ldflags=-s -w', '-o', job.output]
  await runToEnd({ name: `go build ./${name}`, command: go, args: [...args, `./${name}`], env, cwd: folder })
}

/** Called without a bucket it says how it is called, and that it is ours. */
async function expectUsage(program: string): Promise<void> {
  const said = await runToEnd({ name: relative('/', program), command: program, args: [], env: {}, cwd: '/' })
  if (!said.startsWith('usage: ')) throw new Error(`it says ${JSON.stringify(said.slice(0, 80))}`)
}
