import { copyFile, mkdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { goToolchain, runToEnd } from './go-toolchain.ts'
import type { Environment, MakeJob } from './part.ts'

export type GoModule = {
  readonly module: string
  readonly version: string
  /** Module hash as go.sum has it (`h1:…`); the modules that it needs are held by its own go.sum. */
  readonly sum: string
  /** Minor version of Go that its go.mod asks for. */
  readonly goMinor: number
  /** How many packages a build with empty caches compiled, for the progress; differs a little by Go version. */
  readonly packages: number
}

/** Builds the module's main package with caches of its own, which go with the job's folder. */
export async function makeGoModule(source: GoModule, job: MakeJob): Promise<void> {
  const go = await goToolchain(source.goMinor, job)
  const env = buildEnvironment(job)
  await mkdir(join(job.folder, 'tmp'))
  const call = { command: go, env, cwd: job.folder }
  const wanted = `${source.module}@${source.version}`
  await checkSum(await runToEnd({ ...call, name: 'go mod download', args: ['mod', 'download', '-json', wanted] }), source)
  // -modcacherw: Go writes its module cache read-only, which `rm -rf` without root cannot remove.
  const args = ['install', '-modcacherw', '-v', '-trimpath', '-ldflags=-s -w', wanted]
  using progress = reportProgress(source, job)
  await runToEnd({ ...call, name: 'go install', args, onOutput: progress.read })
  await rename(join(job.folder, 'bin', basename(source.module)), job.output).catch(() =>
    copyFile(join(job.folder, 'bin', basename(source.module)), job.output),
  )
}
