import { launchMoto } from '../../test/support/moto-server.ts'
import { launchRadosgw } from '../../test/support/radosgw-server.ts'
import { chromium } from './chromium.ts'
import { CLIENT_PARTS } from './client-programs.ts'
import { DEBIAN_PARTS } from './debian.ts'
import { type DebianPackages, makeDebianPackages } from './debian-packages.ts'
import { type GoModule, makeGoModule } from './go-module.ts'
import { LONG_PARTS } from './long-programs.ts'
import { probeMinio } from './minio-probe.ts'
import type { Part } from './part.ts'
import { makePythonModule } from './python-site.ts'
import { hadolint, ocsfPython, prometheusReader, verifyPython } from './python-tools.ts'
import { RUNTIME_PARTS } from './runtimes.ts'

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

/** What a gateway, a monitor and a store need; the archive keeps one version a release, and apt holds it to its signature. */
const RADOSGW: DebianPackages = {
  packages: ['radosgw', 'ceph-mon', 'ceph-osd'],
  without:
    /^(python3|sudo|lvm2|dmeventd|liblvm2|libdevmapper-event|parted|libparted|smartmontools|xfsprogs|libinih|liburcu|cryptsetup|gdisk|hdparm|logrotate|uuid-runtime|nvme|libnvme|dmidecode|libc6|libc-bin|gcc)/,
  programs: ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'monmaptool', 'osdmaptool'],
  arguments: {
    'plugin-dir': 'ceph',
    'erasure-code-dir': 'ceph/erasure-code',
    'osd-class-dir': 'rados-classes',
  },
}

const radosgw: Part = {
  name: 'radosgw',
  version: 'debian-1',
  program: 'radosgw',
  how: 'fetching Ceph’s gateway, monitor and store from Debian’s packages, once: a quarter of a minute, 118 MB are kept',
  byHand: 'apt-get install --no-install-recommends radosgw ceph-mon ceph-osd',
  checkRevision: 1,
  async check(program) {
    await using _started = await launchRadosgw(program)
  },
  make: (job) => makeDebianPackages(RADOSGW, job),
}

const moto: Part = {
  name: 'moto',
  version: '5.2.5',
  program: 'moto_server',
  how: 'fetching moto and what it needs as Python wheels by pip, once: under a minute, 115 MB are kept',
  byHand: "pip install 'moto[server]==5.2.5', then put its moto_server on PATH",
  checkRevision: 1,
  async check(program) {
    await using _started = await launchMoto(program)
  },
  make: (job) => makePythonModule({ requirements: 'moto.txt', module: 'moto.server' }, job),
}

/** All parts; each is one row here and, where none serves yet, one maker file beside. */
export const PARTS: readonly Part[] = [
  minio,
  verifyPython,
  ocsfPython,
  radosgw,
  moto,
  chromium,
  ...RUNTIME_PARTS,
  hadolint,
  prometheusReader,
  ...DEBIAN_PARTS,
  ...CLIENT_PARTS,
  ...LONG_PARTS,
]
