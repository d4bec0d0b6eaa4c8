import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEventTable } from '../../apps/vendor/src/audit/event-table.ts'
import { createTreeReader } from '../../apps/vendor/src/audit/tree/tree-reader.ts'
import { openForReading } from '../../apps/vendor/src/storage/sqlite/open.ts'
import { keyBeside } from './log-key.ts'

/** A receipt that was answered: where its outcome stands, and what the log said of itself. */
export type Promised = {
  readonly seq: number
  readonly size: number
  readonly root: string
  readonly record: string
}

export function promisedBy(receipt: string): Promised {
  const lines = receipt.split('\n')
  const gap = lines.indexOf('')
  const record =
    Buffer.from((lines[1] ?? '').slice('extra '.length), 'base64')
      .toString()
      .split('\n')[0] ?? ''
  const index = Number((lines[2] ?? '').slice('index '.length))
  return { seq: index + 1, size: Number(lines[gap + 2]), root: lines[gap + 3] ?? '', record }
}

/** What a child of `vend` was answered. A last line that was cut was never whole with its reader. */
export function readLedger(path: string): readonly Promised[] {
  const file = `${path}.ledger`
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
  return lines.map((line) => promisedBy((JSON.parse(line) as { receipt: string }).receipt))
}

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/audit')

/** Starts on the log as the writer does, and holds it against what was answered. Names each promise that is broken. */
export function brokenPromises(path: string, promised: readonly Promised[]): readonly string[] {
  const options = { path, migrations: MIGRATIONS, key: keyBeside(path) }
  openEventTable(options, { expected: null, onProgress: () => {}, unkept: [] }).close()
  const connection = openForReading(path)
  try {
    const tree = createTreeReader(connection)
    const body = connection.prepare<[number], string>('SELECT body FROM event WHERE seq = ?').pluck()
    return promised.flatMap(({ seq, size, root, record }) => {
      if (body.get(seq) !== record) return [`event ${seq} is not the one that was answered`]
      if (tree.size() < size) return [`${tree.size()} events, and ${size} were signed`]
      const now = Buffer.from(tree.root(size)).toString('base64')
      return now === root ? [] : [`the tree of ${size} is another one`]
    })
  } finally {
    connection.close()
  }
}
