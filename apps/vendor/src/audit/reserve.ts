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
/** It is made where as much is left beside it: a log that came back to a disk that is all but full would be full at once. */
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
  return {
    make() {
      if (path === null) return null
      try {
        if (!isWhole(path)) fill(path)
        return null
      } catch (thrown) {
        removeIfPossible(path)
        return codeOf(thrown)
      }
    },
    free() {
      if (path === null) return false
      try {
        giveUp(path)
        return true
      } catch {
        // There is none, or it is no file.
        return false
      }
    },
  }
}

/** It may be of an earlier process; and its blocks are its own. */
function isWhole(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true && found.size === RESERVE_BYTES && found.blocks * 512 >= RESERVE_BYTES
}

/** With bytes that no file system can leave out or pack. */
function fill(path: string): void {
  rmSync(path, { force: true })
  const { bavail, bsize } = statfsSync(dirname(path))
  if (bavail * bsize < RESERVE_BYTES + LEFT_BYTES)
    throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
  const file = openSync(path, 'wx', 0o600)
  try {
    const chunk = randomBytes(CHUNK_BYTES)
    for (let at = 0; at < RESERVE_BYTES; )
      at += writeSync(file, chunk, 0, Math.min(CHUNK_BYTES, RESERVE_BYTES - at))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Cut and synced before it is removed: some file systems give blocks back only when the change of the file is on disk. */
function giveUp(path: string): void {
  const file = openSync(path, 'r+')
  try {
    ftruncateSync(file)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  rmSync(path)
}

/** What is no file, or lies where nothing can be removed, stays. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // Why it could not be made says more.
  }
}

/** What the system says of a disk, or a quota, without room. */
export function isNoRoom(code: string): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** What SQLite says of it: the write itself, or the file that readers and the writer share; a migration has it as its cause. */
export function isDiskFull(thrown: unknown): boolean {
  const code = codeOf(thrown)
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE' || isNoRoom(code)) return true
  return thrown instanceof Error && thrown.cause !== undefined && isDiskFull(thrown.cause)
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}
