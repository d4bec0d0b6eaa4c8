import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, constants, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Environment, Part } from './part.ts'

/** `$STINT_CACHE`, else `$XDG_CACHE_HOME/stint`, else `~/.cache/stint`: shared by all checkouts of a user. */
function cacheFolder(env: Environment): string {
  if (env['STINT_CACHE']) return resolve(env['STINT_CACHE'])
  // The XDG specification says that a relative path is to be ignored.
  const xdg = env['XDG_CACHE_HOME']
  return join(xdg?.startsWith('/') ? xdg : join(homedir(), '.cache'), 'stint')
}

/** The key of a made part: name, version and platform. */
export function partFolder(part: Part, env: Environment): string {
  return join(cacheFolder(env), 'parts', part.name, `${part.version}-${process.platform}-${process.arch}`)
}

export const cachedProgram = (part: Part, env: Environment): string =>
  join(partFolder(part, env), part.program)

/** The first executable file of that name on PATH. */
export async function programOnPath(name: string, env: Environment): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = resolve(folder, name)
    if (folder !== '' && (await isProgram(path))) return path
  }
  return undefined
}

export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

// A check starts the program and takes about a second, so a program that passed is not asked again while its
// bytes are the same. Only passing is remembered: a failure may have had a cause outside the program.

/** Has exactly this program passed the part's check? */
export async function hasPassed(part: Part, program: string, env: Environment): Promise<boolean> {
  const text = await readFile(await stampPath(part, program, env), 'utf8').catch(() => undefined)
  return text !== undefined
}

/** Remembers that it has. */
export async function rememberPassed(
  part: Part,
  program: string,
  env: Environment,
  now: Date,
): Promise<void> {
  const path = await stampPath(part, program, env)
  await mkdir(join(path, '..'), { recursive: true })
  const stamp = { part: part.name, program, revision: part.checkRevision, at: now.toISOString() }
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(stamp)}\n`)
  await rename(`${path}.${process.pid}`, path)
}

async function stampPath(part: Part, program: string, env: Environment): Promise<string> {
  const name = `${await sha256OfFile(program)}-r${part.checkRevision}.json`
  return join(cacheFolder(env), 'parts', part.name, 'checked', name)
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
