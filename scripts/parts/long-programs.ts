import { type GoModule, makeGoModule } from './go-module.ts'
import { hadoopPart } from './java-program.ts'
import type { Part } from './part.ts'
import { pythonPart } from './python-site.ts'
import { runToEnd } from './run-to-end.ts'

/** MinIO's client. Of its source, like MinIO itself: a test tool, of which nothing is shipped. */
const MC: GoModule = {
  module: 'github.com/minio/mc',
  version: 'v0.0.0-20250313080218-cf909e1063a9',
  sum: 'h1:6RyInOHKL6jz8zxcAar/h6rg/aJCxDP/uFuSNvYSuMI=',
  goMinor: 23,
  packages: 580,
}

const OPENTOFU: GoModule = {
  module: 'github.com/opentofu/opentofu',
  version: 'v1.12.6',
  sum: 'h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=',
  goMinor: 26,
  inside: './cmd/tofu',
  packages: 1850,
}

/** What the recipes of `test:long` run besides: large, or long to make. */
export const LONG_PARTS: readonly Part[] = [
  {
    name: 'mc',
    version: MC.version,
    program: 'mc',
    how: `building Go module ${MC.module}@${MC.version}, once: some 3 minutes on 2 cores, 31 MB are kept`,
    byHand: `with Go 1.${MC.goMinor} or newer: CGO_ENABLED=0 go install -trimpath ${MC.module}@${MC.version}`,
    long: true,
    checkRevision: 1,
    check: (program) => expectLine(program, '--version', /^mc version /),
    make: (job) => makeGoModule(MC, job),
  },
  {
    name: 'opentofu',
    version: OPENTOFU.version,
    program: 'tofu',
    how: `building Go module ${OPENTOFU.module}@${OPENTOFU.version}, once: some 8 minutes on 2 cores, 115 MB are kept`,
    byHand: 'put a `tofu` 1.12 on PATH',
    long: true,
    checkRevision: 1,
    check: (program) => expectLine(program, 'version', /^OpenTofu v1\.12\./),
    make: (job) => makeGoModule(OPENTOFU, job),
  },
  {
    ...pythonPart({
      name: 'python-dvc',
      version: '3.67.1',
      requirements: 'dvc.txt',
      megabytes: 205,
      says: 'import dvc, dvc_s3; print(dvc.__version__)',
    }),
    long: true,
  },
  hadoopPart,
]

async function expectLine(program: string, argument: string, line: RegExp): Promise<void> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', CHECKPOINT_DISABLE: '1' }
  const said = await runToEnd({ name: program, command: program, args: [argument], env, cwd: '/' })
  if (!line.test(said)) throw new Error(`it says ${JSON.stringify(said.slice(0, 80))}`)
}
