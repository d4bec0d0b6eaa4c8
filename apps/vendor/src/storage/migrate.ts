import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database as Connection } from 'better-sqlite3'
import { VendorError } from '../errors.ts'

const FILE = /^[0-9]{4}_[a-z0-9_]+\.sql$/
const TABLE = `CREATE TABLE IF NOT EXISTS migration (
  name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, position INTEGER NOT NULL UNIQUE
) STRICT`

type Shipped = { readonly name: string; readonly sql: string; readonly sha256: string }
type Applied = { readonly name: string; readonly sha256: string }

/**
 * Applies the numbered SQL files of a folder, in order, forward only, each in a transaction. A file once applied is
 * held against its hash: one that changed, is missing or stands before an applied one is `migration_failed`.
 */
export function migrate(connection: Connection, folder: string): void {
  connection.exec(TABLE)
  const shipped = readFolder(folder)
  const applied = connection
    .prepare<[], Applied>('SELECT name, sha256 FROM migration ORDER BY position')
    .all()
  for (const [position, done] of applied.entries()) {
    const file = shipped[position]
    if (file?.name !== done.name || file.sha256 !== done.sha256) {
      throw new VendorError('migration_failed', {
        facts: { migration: done.name, reason: 'changed or missing' },
      })
    }
  }
  for (const [offset, file] of shipped.slice(applied.length).entries()) {
    apply(connection, file, applied.length + offset)
  }
}

function apply(connection: Connection, file: Shipped, position: number): void {
  try {
    connection.transaction(() => {
      connection.exec(file.sql)
      connection.prepare('INSERT INTO migration VALUES (?, ?, ?)').run(file.name, file.sha256, position)
    })()
  } catch (cause) {
    throw new VendorError('migration_failed', { cause, facts: { migration: file.name } })
  }
}

function readFolder(folder: string): readonly Shipped[] {
  const names = readdirSync(folder)
    .filter((name) => FILE.test(name))
    .toSorted()
  if (names.length === 0)
    throw new VendorError('migration_failed', { facts: { reason: 'no migration files' } })
  return names.map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8')
    return { name, sql, sha256: hash('sha256', sql) }
  })
}
