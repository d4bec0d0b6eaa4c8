import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Where parts are kept, for all checkouts of this user: STINT_CACHE, else the cache folder of the desktop standard. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['STINT_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'stint')
}

/** `<cache>/<name>-<version>-<platform>`: another version or platform is another program. */
export function cachedProgram(name: string, version: string): string {
  return join(cacheFolder(), `${name}-${version}-${process.platform}-${process.arch}`)
}

/** SHA-256 of a program: what a probe's stamp is for. */
export function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** Whether these very bytes passed their probe before. */
export function wasProbed(digest: string): boolean {
  return existsSync(stampOf(digest))
}

/** Remembers that these bytes passed. */
export async function stampProbed(digest: string, program: string): Promise<void> {
  await mkdir(dirname(stampOf(digest)), { recursive: true })
  await writeAtomically(
    stampOf(digest),
    `${JSON.stringify({ program, sha256: digest, at: new Date().toISOString() })}\n`,
  )
}

function stampOf(digest: string): string {
  return join(cacheFolder(), 'probed', `${digest}.json`)
}

async function writeAtomically(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}`
  await writeFile(aside, text)
  await rename(aside, path)
}

const POLL_MS = 500

/**
 * Runs work that only one process at a time may do, such as making a part that several checkouts share. A lock whose
 * process is gone is taken over.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait: () => void): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  let told = false
  while (!(await take(path))) {
    if (!told) onWait()
    told = true
    await delay(POLL_MS)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown
  }
  const holder = Number(await readFile(path, 'utf8').catch(() => ''))
  // An empty file is a lock that is being written this moment.
  if (holder > 0 && !isAlive(holder)) {
    // Only who renames it away may remove it: two waiters cannot both take over.
    const grave = `${path}.${process.pid}`
    await rename(path, grave).catch(() => undefined)
    await rm(grave, { force: true })
  }
  return false
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
