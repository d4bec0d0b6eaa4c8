import { arch, platform } from 'node:os'
import Database from 'better-sqlite3'
import { VendorError } from '../../errors.ts'

const UNFIT = new Set(['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'])

/**
 * Opens a file with SQLite. Where its native part is missing or is for another machine: `native_part_unfit`, naming this
 * machine; otherwise SQLite's own error.
 */
export function connect(path: string, options: Database.Options = {}): Database.Database {
  try {
    return new Database(path, options)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (!UNFIT.has(code)) throw cause
    throw new VendorError('native_part_unfit', {
      cause,
      facts: { platform: platform(), arch: arch(), reason: code },
    })
  }
}
