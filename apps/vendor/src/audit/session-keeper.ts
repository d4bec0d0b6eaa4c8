import { VendorError } from '../errors.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import type { SessionChange } from './row.ts'

/** The writing side of `session.db`, on the connection of the log: what is kept is on disk with its outcome. */
export type SessionKeeper = {
  change(change: SessionChange): void
  purge(nowMs: number): void
}

/**
 * Puts the file of session keys beside the log on its connection. Each file commits for itself: after a crash between the
 * two a key may stand without its outcome, and then its credentials were never answered. What is deleted is written over
 * with zeros.
 */
export function attachSessions(
  connection: Connection,
  file: { readonly path: string; readonly migrations: string },
): void {
  openDatabase(file.path, file.migrations).close()
  connection.prepare('ATTACH ? AS session').run(file.path)
  connection.pragma('session.synchronous = FULL')
  connection.pragma('session.secure_delete = ON')
  const [synchronous, secure] = ['synchronous', 'secure_delete'].map((name) =>
    connection.pragma(`session.${name}`, { simple: true }),
  )
  if (synchronous !== 2 || secure !== 1) {
    throw new VendorError('migration_failed', {
      facts: { synchronous: String(synchronous), secureDelete: String(secure) },
    })
  }
}

const KEEP = 'INSERT OR REPLACE INTO session.session_key VALUES (?, ?, ?, ?, ?)'
const FORGET = `DELETE FROM session.session_key WHERE assumption IN
  (SELECT ? UNION ALL SELECT assumption FROM chain_link WHERE ancestor = ?)`

/** `keeps`: whether there is a file to keep anything in. */
export function createSessionKeeper(connection: Connection, keeps: boolean): SessionKeeper {
  const link = connection.prepare('INSERT OR IGNORE INTO chain_link VALUES (?, ?)')
  const keep = keeps ? connection.prepare(KEEP) : null
  const forget = keeps ? connection.prepare(FORGET) : null
  const purge = keeps ? connection.prepare('DELETE FROM session.session_key WHERE expires_ms <= ?') : null
  // What a killed process wiped may stand in the write-ahead log that it left.
  let wiped = keeps
  return {
    change(change) {
      switch (change.do) {
        case 'keep': {
          const { assumption, accessKeyId, expiresMs, keyId, sealed } = change
          keep?.run(assumption, accessKeyId, expiresMs, keyId, Buffer.from(sealed, 'latin1'))
          return
        }
        case 'forget':
          if (forget !== null && forget.run(change.assumption, change.assumption).changes > 0) wiped = true
          return
        case 'link':
          for (const ancestor of change.ancestors) link.run(ancestor, change.assumption)
      }
    },
    purge(nowMs) {
      if (purge === null) return
      if (purge.run(nowMs).changes > 0) wiped = true
      // What was wiped still stands in older frames of the write-ahead log, so that is emptied too.
      if (wiped) wiped = connection.pragma('session.wal_checkpoint(TRUNCATE)', { simple: true }) !== 0
    },
  }
}
