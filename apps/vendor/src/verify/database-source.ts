import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Entry } from './entry.ts'
import { LogFault } from './fault.ts'
import type { Kept, LogSource } from './source.ts'

const TILE = 256
const ENTRIES = `SELECT seq, CAST(body AS BLOB) AS body, leaf, chain,
  type, at_ms, assumption, request, issuer, role, code FROM event ORDER BY seq`
const NODES = 'SELECT level, idx, hash FROM tree_node ORDER BY level, idx'

const NO_BODY = Buffer.alloc(0)
/** What stands in the place of a body that was pruned; no event has no members. */
const PRUNED = Buffer.from('{}')
const isPruned = (body: Buffer) => Buffer.compare(body, PRUNED) === 0

type Row = readonly [
  seq: number,
  body: Buffer,
  leaf: Buffer,
  chain: Buffer,
  ...columns: readonly (string | number | null)[],
]

/** `audit.db` of a data folder, read only; a service may be writing it. */
export function openDatabaseSource(path: string): LogSource {
  if (!existsSync(path)) throw new LogFault('format', 0)
  const connection = new Database(path, { readonly: true, fileMustExist: true })
  try {
    // What is written meanwhile is not looked at: all reads are of one instant.
    connection.exec('BEGIN')
    checkDatabase(connection)
    return databaseSource(connection)
  } catch (thrown) {
    connection.close()
    throw thrown instanceof LogFault ? thrown : new LogFault('database', 0)
  }
}

/** What SQLite itself finds wrong: a page, an index that does not have a row. */
function checkDatabase(connection: Database.Database): void {
  const found = connection.pragma('integrity_check(1)', { simple: true })
  if (found !== 'ok')
    throw new LogFault('database', Number(/row (\d+) missing/.exec(String(found))?.[1] ?? 0))
}

function databaseSource(connection: Database.Database): LogSource {
  const keys = connection
    .prepare<[], string>('SELECT vkey FROM log_key ORDER BY from_size, vkey')
    .pluck()
    .all()
  const checkpoints = connection
    .prepare<[], Kept>('SELECT size, note FROM checkpoint ORDER BY size, note')
    .all()
  const newest = connection.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM event').pluck().get() ?? 0
  const nodes = new Map<string, Buffer>(
    connection
      .prepare<[], [number, number, Buffer]>(NODES)
      .raw()
      .all()
      .map(([level, idx, hash]) => [`${level}/${idx}`, hash]),
  )
  const rows = connection.prepare<[], Row>(ENTRIES).raw()

  return {
    from: 0,
    to: newest,
    size: checkpoints.at(-1)?.size ?? 0,
    keys,
    checkpoints,
    anchors: [],
    left: [],
    right: [],
    widths: [],
    later: [],
    *entries(): Generator<Entry> {
      for (const [seq, body, leaf, chain, ...columns] of rows.iterate())
        yield { seq, body: isPruned(body) ? NO_BODY : body, leaf, row: { chain, columns } }
    },
    node(leaves, end) {
      const level = Math.log2(leaves) / Math.log2(TILE)
      if (!Number.isInteger(level)) return undefined
      const key = `${level}/${end / leaves - 1}`
      const found = nodes.get(key) ?? null
      nodes.delete(key)
      return found
    },
    finish() {
      const [more] = nodes.keys()
      if (more !== undefined) throw new LogFault('node', newest)
    },
    close: () => connection.close(),
  }
}
