import { DEBIAN_PARTS } from './debian.ts'
import { type GoModule, makeGoModule } from './go-module.ts'
import { probeMinio } from './minio-probe.ts'
import type { Part } from './part.ts'
import { verifyPython } from './verify-python.ts'

/** The last commit of the community repository (a build of it calls itself `DEVELOPMENT.GOGET`). */
export const MINIO: GoModule = {
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  sum: 'h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA=',
  goMinor: 24,
  packages: 1300,
}

const minio: Part = {
  name: 'minio',
  version: MINIO.version,
  program: 'minio',
  how: `building Go module ${MINIO.module}@${MINIO.version}, once: about 4 minutes on 2 cores, 112 MB are kept`,
  byHand: `with Go 1.${MINIO.goMinor} or newer: CGO_ENABLED=0 go install -trimpath ${MINIO.module}@${MINIO.version}, then put its folder ($(go env GOPATH)/bin) on PATH`,
  checkRevision: 1,
  check: probeMinio,
  make: (job) => makeGoModule(MINIO, job),
}

/** All parts; each is one row here and, where none serves yet, one maker file beside. */
export const PARTS: readonly Part[] = [
  minio,
  verifyPython,
  ...DEBIAN_PARTS.filter(({ name }) => name === 'strace'),
]
