import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programOnPath } from './cache.ts'
import type { MakeJob, Part } from './part.ts'
import { runToEnd } from './run-to-end.ts'

const REQUIREMENTS = fileURLToPath(new URL('requirements/verify.txt', import.meta.url))
const VERSION = '48.0.0'

/** The packages are found by where this stands, so that the finished folder may be moved to its place. */
const LAUNCHER = `#!/bin/sh
# Made by scripts/parts: a python3 that sees the packages beside it, and no others.
PYTHONPATH="$(dirname "$(readlink -f "$0")")/site" PYTHONNOUSERSITE=1 PYTHONDONTWRITEBYTECODE=1 exec python3 "$@"
`

/** What `tools/verify/stint_verify.py` runs with: a python3 with `cryptography`, pinned by the hashes of its wheels. */
export const verifyPython: Part = {
  name: 'verify-python',
  version: VERSION,
  program: 'verify-python',
  how: `pip install of cryptography ${VERSION} with pinned hashes, once: 15 MB`,
  byHand:
    'python3 -m pip install -r scripts/parts/requirements/verify.txt, then put a `verify-python` on PATH that starts that python3',
  checkRevision: 1,
  async check(program) {
    const says = 'import cryptography; print(cryptography.__version__)'
    const call = { name: 'verify-python -c …', command: program, args: ['-c', says], cwd: '/' }
    const said = await runToEnd({ ...call, env: { PATH: process.env['PATH'] } })
    if (said.trim() !== VERSION) throw new Error(`it has cryptography ${said.trim()}, wanted ${VERSION}`)
  },
  make: makePython,
}

/** `--only-binary`: a source package runs its own code while it is installed. */
async function makePython(job: MakeJob): Promise<void> {
  const python = await programOnPath('python3', job.env)
  if (python === undefined) throw new Error('no `python3` (3.10 or newer, with pip) on PATH')
  const site = join(dirname(job.output), 'site')
  await mkdir(site)
  await runToEnd({
    name: 'pip install cryptography',
    command: python,
    args: [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
      ...['--only-binary=:all:', '--require-hashes', '--target', site, '-r', REQUIREMENTS],
    ],
    env: job.env,
    cwd: job.folder,
  })
  await writeFile(job.output, LAUNCHER)
  await chmod(job.output, 0o755)
}
