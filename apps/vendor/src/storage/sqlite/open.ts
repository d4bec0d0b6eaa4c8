import type Database from 'better-sqlite3'
import { VendorError } from '../../errors.ts'
import { migrate } from '../migrate.ts'
import { connect } from './connect.ts'

export type Connection = Database.Database

const BUSY_TIMEOUT_MS = 5_000
const FULL = 2

/**
 * Opens a database file for writing, in WAL mode with `synchronous=FULL`, and brings it to the newest migration.
 *
 * FULL is set after WAL and read back, because better-sqlite3 lowers it to NORMAL when WAL is switched on, and NORMAL
 * loses committed rows with the power. Throws `migration_failed`, or SQLite's own error.
 */
export function openDatabase(path: string, migrations: string): Connection {
  const connection = connect(path)
  try {
    connection.pragma('journal_mode = WAL')
    connection.pragma('synchronous = FULL')
    connection.pragma('foreign_keys = ON')
    connection.pragma('trusted_schema = OFF')
    connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    assertDurable(connection)
    migrate(connection, migrations)
    return connection
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}

/** Opens the file for reading only: never blocks the writer, never creates anything. */
export function openForReading(path: string): Connection {
  const connection = connect(path, { readonly: true, fileMustExist: true })
  connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
  connection.pragma('trusted_schema = OFF')
  return connection
}

function assertDurable(connection: Connection): void {
  const journal = connection.pragma('journal_mode', { simple: true })
  const synchronous = connection.pragma('synchronous', { simple: true })
  if (journal !== 'wal' || synchronous !== FULL) {
    throw new VendorError('migration_failed', {
      facts: { journal: String(journal), synchronous: String(synchronous) },
    })
  }
}
