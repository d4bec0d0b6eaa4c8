import type { Connection } from '../storage/sqlite/open.ts'

/** How far each sink is: read beside the writer. */
export function createSinkReader(connection: Connection): (name: string) => number | null {
  const select = connection.prepare<[string], number>('SELECT delivered FROM sink WHERE name = ?').pluck()
  return (name) => select.get(name) ?? null
}

/** The same in the writer. A cursor never goes back. */
export function createSinkWriter(connection: Connection): (name: string, delivered: number) => void {
  const upsert = connection.prepare(
    `INSERT INTO sink VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET delivered = max(delivered, excluded.delivered)`,
  )
  return (name, delivered) => void upsert.run(name, delivered)
}
