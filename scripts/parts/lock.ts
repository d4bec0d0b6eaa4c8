import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'

export type LockOptions = {
  /** Called once, when another process holds the lock. */
  readonly onWait: () => void
  readonly signal?: AbortSignal
}

/**
 * Waits for a lock between processes and takes it. SQLite's lock is the kernel's: it falls the moment its
 * holder dies, by SIGKILL too, so there is no stale lock to recognise, and no race in taking one over.
 */
export async function takeLock(path: string, { onWait, signal }: LockOptions): Promise<Disposable> {
  await mkdir(dirname(path), { recursive: true })
  const database = new Database(path, { timeout: 0 })
  try {
    for (let waited = false; !tryExclusive(database); waited = true) {
      if (!waited) onWait()
      await delay(200, undefined, signal ? { signal } : {})
    }
  } catch (error) {
    database.close()
    throw error
  }
  return { [Symbol.dispose]: () => void database.close() }
}

function tryExclusive(database: Database.Database): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false
    throw error
  }
}
