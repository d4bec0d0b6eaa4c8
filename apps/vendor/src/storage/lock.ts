import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { VendorError } from '../errors.ts'
import { connect } from './sqlite/connect.ts'
import type { Connection } from './sqlite/open.ts'

export type FolderLock = { release(): void }

/** A connection that nobody refers to is closed by the garbage collector, and its lock is gone: so this refers to it. */
const held = new Set<Connection>()

/**
 * Makes the data folder (0700) and locks it for this process. The lock is SQLite's own exclusive file lock, which the
 * kernel drops when the process dies, however it dies, and not before it is released: no process numbers to compare, nothing stale to clear. A second
 * live process is refused with `data_folder_locked`; a folder that others can enter with `data_folder_unsafe`.
 */
export function lockDataFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if ((statSync(folder).mode & 0o077) !== 0) {
    throw new VendorError('data_folder_unsafe', { facts: { folder, wanted: '0700' } })
  }
  const path = join(folder, 'lock')
  const connection = connect(path, { timeout: 0 })
  try {
    chmodSync(path, 0o600)
    connection.pragma('locking_mode = EXCLUSIVE')
    connection.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    connection.close()
    throw new VendorError('data_folder_locked', { cause, facts: { folder } })
  }
  held.add(connection)
  return {
    release() {
      connection.close()
      held.delete(connection)
    },
  }
}
