import { makeGoModule } from './go-module.ts'
import { probeMinio } from './minio-probe.ts'
import type { Part } from './part.ts'

const SOURCE = {
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  sum: 'h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA=',
  goMinor: 24,
  packages: 1150,
}

/** The store: a `minio` on PATH that passes the probe, else built from its Go module. */
export const minio: Part = {
  name: 'minio',
  version: SOURCE.version,
  program: 'minio',
  how: 'built from its Go module, about 4 minutes on 2 cores, once for this user',
  byHand: `go install ${SOURCE.module}@${SOURCE.version}   (Go ≥ 1.24, its folder on PATH)`,
  checkRevision: 1,
  check: probeMinio,
  make: (job) => makeGoModule(SOURCE, job),
}
