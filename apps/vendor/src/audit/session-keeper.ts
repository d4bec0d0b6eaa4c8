import { VendorError } from '../errors.ts'
import type { SealedSession } from '../ports.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import type { SessionChange } from './row.ts'

/**
 * The writing side of `session.db`, on the connection of the log. What is ended goes with the event that ends it; what is to
 * be kept waits for others, because a commit of its own is dear and a session without it is only nobody (ADR 0027).
 */
export type SessionKeeper = {
  /** Inside the transaction of its event. */
  change(change: SessionChange): void
  /** Inside a transaction: writes what waits. Only `written` takes it off the list, when that transaction stands. */
  write(): void
  written(): void
  purge(nowMs: number): void
}

/**
 * Puts the file of session keys beside the log on its connection. Each file commits for itself. What is deleted is written
 * over with zeros.
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

/** `waiting`: what is to be kept and is not written, null where there is no file to keep it in. */
export function createSessionKeeper(connection: Connection, waiting: SealedSession[] | null): SessionKeeper {
  const link = connection.prepare('INSERT OR IGNORE INTO chain_link VALUES (?, ?)')
  const linkAll = (ancestors: readonly string[], assumption: string) => {
    for (const ancestor of ancestors) link.run(ancestor, assumption)
  }
  if (waiting === null) {
    return {
      change(change) {
        if (change.do === 'link') linkAll(change.ancestors, change.assumption)
      },
      write: () => undefined,
      written: () => undefined,
      purge: () => undefined,
    }
  }
  const keep = connection.prepare(KEEP)
  const forget = connection.prepare(FORGET)
  const purge = connection.prepare('DELETE FROM session.session_key WHERE expires_ms <= ?')
  // What a killed process wiped may stand in the write-ahead log that it left.
  let wiped = true
  /** So many of those that wait stand in the transaction that is open: none is written twice, it may be forgotten since. */
  let inserted = 0

  function write(): void {
    for (const { assumption, accessKeyId, expiresMs, keyId, sealed } of waiting?.slice(inserted) ?? [])
      keep.run(assumption, accessKeyId, expiresMs, keyId, Buffer.from(sealed, 'latin1'))
    inserted = waiting?.length ?? 0
  }

  return {
    write,
    written() {
      waiting.splice(0, inserted)
      inserted = 0
    },
    change(change) {
      switch (change.do) {
        case 'keep':
          waiting.push(change)
          return
        case 'forget':
          // It may be one of those that wait.
          write()
          if (forget.run(change.assumption, change.assumption).changes > 0) wiped = true
          return
        case 'link':
          linkAll(change.ancestors, change.assumption)
      }
    },
    purge(nowMs) {
      if (purge.run(nowMs).changes > 0) wiped = true
      // What was wiped still stands in older frames of the write-ahead log, so that is emptied too.
      if (wiped) wiped = connection.pragma('session.wal_checkpoint(TRUNCATE)', { simple: true }) !== 0
    },
  }
}
