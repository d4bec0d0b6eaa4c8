import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * Room that is kept for the disk that is full: as much as SQLite's write-ahead log grows to by itself, which some hundred
 * commits of closing records fit into (ADR 0055).
 */
export const RESERVE_BYTES = 4 * 1024 * 1024
/** It is made where as much is left beside it: whoever comes back to a disk that is all but full would be full at once. */
const LEFT_BYTES = RESERVE_BYTES
const CHUNK_BYTES = 256 * 1024

/** The file beside the log that is given up when the disk is full. */
export type Reserve = {
  /** It is there from here on: null; or why it is not, by the system's own code. */
  make(): string | null
  /** Its room is the disk's again; false where there was none. */
  free(): boolean
}

/** Builds the reserve at that path; null is a log that has none. */
export function createReserve(path: string | null): Reserve {
  let isHeld = false
  return {
    make() {
      if (path === null || isHeld) return null
      try {
        if (!isWhole(path)) fill(path)
        isHeld = true
        return null
      } catch (thrown) {
        rmSync(path, { force: true })
        return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
      }
    },
    free() {
      if (path === null || !isHeld) return false
      isHeld = false
      try {
        // Cut and synced first: some file systems give blocks back only when the change of the folder is on disk.
        const file = openSync(path, 'r+')
        try {
          ftruncateSync(file)
          fsyncSync(file)
        } finally {
          closeSync(file)
        }
        rmSync(path)
        return true
      } catch {
        return false
      }
    },
  }
}

/** Of an earlier process, and with blocks of its own. */
function isWhole(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true && found.size === RESERVE_BYTES && found.blocks * 512 >= RESERVE_BYTES
}

/** Of bytes that no file system can leave out, pack or share. */
function fill(path: string): void {
  rmSync(path, { force: true })
  const { bavail, bsize } = statfsSync(dirname(path))
  if (bavail * bsize < RESERVE_BYTES + LEFT_BYTES)
    throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
  const file = openSync(path, 'wx', 0o600)
  try {
    for (let at = 0; at < RESERVE_BYTES; ) at += writeSync(file, randomBytes(CHUNK_BYTES))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** What SQLite says of a disk without room: the write itself, or the file that readers and the writer share. */
const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT'])

export function isDiskFull(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && FULL.has(String(thrown.code))
}
