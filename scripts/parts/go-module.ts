import { mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { goToolchain } from './go-toolchain.ts'
import type { Environment, MakeJob } from './part.ts'
import { runToEnd } from './run-to-end.ts'

export type GoModule = {
  readonly module: string
  readonly version: string
  /** Module hash as go.sum has it (`h1:…`); the modules that it needs are held by its own go.sum. */
  readonly sum: string
  /** Minor version of Go that its go.mod asks for. */
  readonly goMinor: number
  /**
   * The main package, for a module that `go install` refuses because its go.mod replaces others: it is built in the module's
   * own folder, where that counts.
   */
  readonly inside?: string
  /** How many packages a build with empty caches compiled, for the progress; differs a little by Go version. */
  readonly packages: number
}

/** Builds the module's main package with caches of its own, which go with the job's folder. */
export async function makeGoModule(source: GoModule, job: MakeJob): Promise<void> {
  const go = await goToolchain(source.goMinor, job)
  const env = await goEnvironment(job)
  const call = { command: go, env, cwd: job.folder }
  const wanted = `${source.module}@${source.version}`
  // -modcacherw: Go writes its module cache read-only, which cannot be removed without changing modes again.
  const fetch = ['mod', 'download', '-modcacherw', '-json', wanted]
  const fetched = await runToEnd({ ...call, name: 'go mod download', args: fetch })
  checkSum(fetched, source)
  const flags = ['-modcacherw', '-v', '-trimpath', '-ldflags=-s -w']
  using progress = reportProgress(source, job)
  if (source.inside === undefined) {
    const args = ['install', ...flags, wanted]
    await runToEnd({ ...call, name: 'go install', args, onOutput: progress.read })
    return rename(join(job.folder, 'bin', basename(source.module)), job.output)
  }
  const cwd = /"Dir": "([^"]+)"/.exec(fetched)?.[1]
  if (cwd === undefined) throw new Error(`go mod download does not say where ${wanted} is`)
  const args = ['build', '-mod=readonly', ...flags, '-o', job.output, source.inside]
  await runToEnd({ ...call, cwd, name: 'go build', args, onOutput: progress.read })
}

/**
 * The caller's environment, so that its GOPROXY, GONOSUMDB, GOFLAGS and proxies count, but for where things are
 * written, and for what would make another program of it.
 */
export async function goEnvironment({ env, folder }: MakeJob): Promise<Environment> {
  await mkdir(join(folder, 'tmp'))
  const { GOOS: _os, GOARCH: _arch, GOROOT: _root, ...rest } = env
  return {
    ...rest,
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GOPATH: join(folder, 'gopath'),
    GOMODCACHE: join(folder, 'mod'),
    GOCACHE: join(folder, 'build'),
    GOBIN: join(folder, 'bin'),
    GOTMPDIR: join(folder, 'tmp'),
    // The tools' argument files go by this one: a build that is cut must leave nothing in /tmp either.
    TMPDIR: join(folder, 'tmp'),
  }
}

function checkSum(answer: string, { module, sum }: GoModule): void {
  const found = /"Sum": "([^"]+)"/.exec(answer)?.[1]
  if (found !== sum) throw new Error(`${module} has module hash ${found ?? 'unknown'}, not the pinned ${sum}`)
}

/** `go install -v` prints a line for each module fetched and for each package compiled. */
function reportProgress({ packages }: GoModule, { log }: MakeJob) {
  const started = performance.now()
  let rest = ''
  let modules = 0
  let compiled = 0
  const read = (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    const downloads = lines.filter((line) => line.startsWith('go: ')).length
    modules += downloads
    compiled += lines.length - downloads
  }
  const report = () => {
    const seconds = Math.round((performance.now() - started) / 1000)
    const phase =
      compiled > 0 ? `compiled ${compiled} of about ${packages} packages` : `fetched ${modules} modules`
    log(`${phase}, ${seconds} s`)
  }
  const timer = setInterval(report, 5_000)
  return { read, [Symbol.dispose]: () => clearInterval(timer) }
}
