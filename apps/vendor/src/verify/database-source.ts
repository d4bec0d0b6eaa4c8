import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Entry } from './entry.ts'
import { LogFault } from './fault.ts'
import type { Kept, LogSource } from './source.ts'

const TILE = 256
/** As text: SQLite's bytes come in a buffer of their own each, which costs more than everything else of a row. */
const ENTRIES = `SELECT seq, body, hex(leaf || chain), length(leaf), type, at_ms, assumption, request, issuer, role, code
  FROM event WHERE seq > ? ORDER BY seq LIMIT 256`
const RAW = 'SELECT CAST(body AS BLOB) FROM event WHERE seq = ?'
const NODES = 'SELECT level, idx, hash FROM tree_node ORDER BY level, idx'

const NO_BODY = Buffer.alloc(0)
/** What stands in the place of a body that was pruned; no event has no members. */
const PRUNED = '{}'

type Row = readonly [
  seq: number,
  body: string,
  leafAndChain: string,
  leafLength: number,
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
    entries: () => entriesOf(connection),
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

/** Every row, wherever its number stands: one below the first is no less of a fault than one that is missing. */
function* entriesOf(connection: Database.Database): Generator<Entry> {
  const rows = connection.prepare<[number], Row>(ENTRIES).raw()
  const raw = connection.prepare<[number], Buffer>(RAW).pluck()

  function bytesOf(seq: number, body: string): Uint8Array {
    if (body === PRUNED) return NO_BODY
    // What is no UTF-8 was replaced by this character, which may as well stand there itself.
    return body.includes('\ufffd') ? (raw.get(seq) ?? NO_BODY) : Buffer.from(body)
  }

  let last = Number.NEGATIVE_INFINITY
  for (let found = rows.all(last); found.length > 0; found = rows.all(last)) {
    for (const [seq, body, leafAndChain, leafLength, ...columns] of found) {
      const hashes = Buffer.from(leafAndChain, 'hex')
      const [leaf, chain] = [hashes.subarray(0, leafLength), hashes.subarray(leafLength)]
      yield { seq, body: bytesOf(seq, body), leaf, row: { chain, columns } }
      last = seq
    }
  }
}
