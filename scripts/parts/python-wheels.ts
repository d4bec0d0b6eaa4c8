import { chmod, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { programOnPath } from './cache.ts'
import type { MakeJob } from './part.ts'
import { runToEnd } from './run-to-end.ts'

export type PythonWheels = {
  /** A requirements file beside this one: each package with its version and the hashes of its wheels. */
  readonly requirements: string
  /** The module that is run (`python3 -m …`). */
  readonly module: string
}

/**
 * Unpacks wheels into a folder of their own, held to their hashes, from whatever package index the user's pip is set up
 * for, and writes a small script that runs one module of them. No virtual environment, so nothing of it names a path.
 */
export async function makePythonWheels(source: PythonWheels, job: MakeJob): Promise<void> {
  const python = await programOnPath('python3', job.env)
  if (python === undefined) throw new Error('no `python3` on PATH')
  const site = join(dirname(job.output), 'site')
  job.log(`fetching the wheels of ${source.requirements} by pip`)
  const requirements = join(import.meta.dirname, source.requirements)
  await runToEnd({
    name: 'pip install',
    command: python,
    args: [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'],
      ...['--no-deps', '--only-binary=:all:', '--require-hashes', '--target', site, '-r', requirements],
    ],
    env: { ...job.env, PIP_ROOT_USER_ACTION: 'ignore' },
    cwd: job.folder,
  })
  await writeFile(
    job.output,
    `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
PYTHONPATH=$here/site PYTHONDONTWRITEBYTECODE=1 exec python3 -m ${source.module} "$@"
`,
  )
  await chmod(job.output, 0o755)
}
