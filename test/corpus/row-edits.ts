import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'

/** An edit of `audit.db`, by SQL without its triggers or by hand: at which event, and what it may be called. */
export type RowEdit = {
  readonly name: string
  readonly seq: number
  readonly faults: readonly string[]
  readonly edit: string | ((path: string) => void)
}

const PLACES = [1, 33, 256, 257, 600]
/** By column of `event`: a value that it never has. */
const COLUMNS: Readonly<Record<string, string>> = {
  type: "'process.stop '",
  at_ms: 'at_ms + 1',
  assumption: "'asm_other'",
  request: "'req_other'",
  issuer: "'other'",
  role: "'other'",
  code: "'other'",
}

const sha256 = (...parts: readonly Uint8Array[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Changes a body and makes leaf and every chain after it anew: what an honest-looking row needs. */
function rechain(path: string, seq: number): void {
  const db = new Database(path)
  db.exec('DROP TRIGGER event_no_update')
  type Row = { seq: number; body: string; chain: Buffer }
  const before = db.prepare<[number], Row>('SELECT seq, body, chain FROM event WHERE seq = ?').get(seq - 1)
  let chain: Uint8Array = before?.chain ?? Buffer.alloc(32)
  const update = db.prepare('UPDATE event SET body = ?, leaf = ?, chain = ? WHERE seq = ?')
  for (const row of db
    .prepare<[number], Row>('SELECT seq, body, chain FROM event WHERE seq >= ? ORDER BY seq')
    .all(seq)) {
    const body = row.seq === seq ? row.body.replace(/"v":1\}$/, '"v":2}') : row.body
    const leaf = sha256(Uint8Array.of(0), Buffer.from(body))
    chain = sha256(chain, leaf)
    update.run(body, leaf, chain, row.seq)
  }
  db.close()
}

/** Puts bytes into a body that are no UTF-8, with the leaf that they have. */
function unreadable(path: string, seq: number): void {
  const db = new Database(path)
  db.exec('DROP TRIGGER event_no_update')
  const bytes = Buffer.from('{"at":"\xff"}', 'latin1')
  const update = db.prepare('UPDATE event SET body = CAST(? AS TEXT), leaf = ? WHERE seq = ?')
  update.run(bytes, sha256(Uint8Array.of(0), bytes), seq)
  db.close()
}

/** Changes one byte of an index, behind SQLite's back: a look-up then misses the event. */
function breakIndex(path: string, needle: string): void {
  const bytes = readFileSync(path)
  const pageSize = bytes.readUInt16BE(16)
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) {
    const page = Math.floor(at / pageSize) * pageSize
    const isIndexLeaf = bytes[page + (page === 0 ? 100 : 0)] === 0x0a
    if (!isIndexLeaf) continue
    bytes[at + needle.length - 1] = (bytes[at + needle.length - 1] ?? 0) ^ 1
    writeFileSync(path, bytes)
    return
  }
  throw new Error(`no index holds ${needle}`)
}

export const ROW_EDITS: readonly RowEdit[] = [
  ...PLACES.flatMap((seq): readonly RowEdit[] => [
    {
      name: `event ${seq}: its text`,
      seq,
      faults: ['leaf'],
      edit: `UPDATE event SET body = replace(body, '"v":1', '"v":2') WHERE seq = ${seq}`,
    },
    {
      name: `event ${seq}: its leaf`,
      seq,
      faults: ['leaf'],
      edit: `UPDATE event SET leaf = zeroblob(32) WHERE seq = ${seq}`,
    },
    {
      name: `event ${seq}: its chain`,
      seq,
      faults: ['chain'],
      edit: `UPDATE event SET chain = zeroblob(32) WHERE seq = ${seq}`,
    },
    {
      name: `event ${seq}: a byte of its leaf in its chain`,
      seq,
      faults: ['leaf'],
      edit: `UPDATE event SET chain = CAST(substr(leaf, 32) || chain AS BLOB), leaf = substr(leaf, 1, 31) WHERE seq = ${seq}`,
    },
    { name: `event ${seq}: no text`, seq, faults: ['body'], edit: (path) => unreadable(path, seq) },
    { name: `event ${seq}: gone`, seq, faults: ['gap'], edit: `DELETE FROM event WHERE seq = ${seq}` },
    {
      name: `event ${seq}: exchanged with the next`,
      seq,
      faults: ['chain', 'order', 'leaf'],
      edit: `UPDATE event SET seq = -1 WHERE seq = ${seq}; UPDATE event SET seq = ${seq} WHERE seq = ${seq + 1};
        UPDATE event SET seq = ${seq + 1} WHERE seq = -1`,
    },
    {
      name: `event ${seq}: made anew with all that follows`,
      seq,
      faults: ['node', 'root'],
      edit: (path) => rechain(path, seq),
    },
    ...Object.entries(COLUMNS).map(
      ([column, value]): RowEdit => ({
        name: `event ${seq}: column ${column}`,
        seq,
        faults: ['column'],
        edit: `UPDATE event SET ${column} = ${value} WHERE seq = ${seq}`,
      }),
    ),
  ]),
  {
    name: 'a hash of the tree',
    seq: 300,
    faults: ['node'],
    edit: 'UPDATE tree_node SET hash = zeroblob(32) WHERE level = 1 AND idx = 1',
  },
  {
    name: 'a hash of the tree gone',
    seq: 300,
    faults: ['node'],
    edit: 'DELETE FROM tree_node WHERE level = 1 AND idx = 1',
  },
  {
    name: 'a hash of the tree too many',
    seq: 0,
    faults: ['node'],
    edit: 'INSERT INTO tree_node VALUES (1, 99, zeroblob(32))',
  },
  {
    name: 'a level of the tree too many',
    seq: 0,
    faults: ['node'],
    edit: 'INSERT INTO tree_node VALUES (2, 0, zeroblob(32))',
  },
  {
    name: 'a checkpoint of a size that was never',
    seq: 0,
    faults: ['truncated'],
    edit: 'INSERT INTO checkpoint SELECT 999999, note FROM checkpoint LIMIT 1',
  },
  {
    name: 'a checkpoint under another size',
    seq: 0,
    faults: ['signature'],
    edit: 'UPDATE checkpoint SET size = size + 1 WHERE size = (SELECT min(size) FROM checkpoint)',
  },
  {
    name: 'a note changed',
    seq: 0,
    faults: ['signature'],
    edit: "UPDATE checkpoint SET note = replace(note, '=', '+')",
  },
  { name: 'the keys gone', seq: 0, faults: ['key'], edit: 'DELETE FROM log_key' },
  { name: 'a key changed', seq: 0, faults: ['key'], edit: "UPDATE log_key SET vkey = vkey || 'x'" },
  ...[0, -1, '-9007199254740991'].map(
    (seq): RowEdit => ({
      name: `an event before the first, at ${seq}`,
      seq: 1,
      faults: ['gap'],
      edit: `INSERT INTO event SELECT ${seq}, type, at_ms, assumption, request, issuer, role, code, body, leaf, chain
        FROM event WHERE seq = 5`,
    }),
  ),
  {
    name: 'the newest events gone',
    seq: 0,
    faults: ['truncated', 'node'],
    edit: 'DELETE FROM event WHERE seq > 700; DELETE FROM tree_node WHERE idx > 1',
  },
  {
    name: 'an index without an event',
    seq: 0,
    faults: ['database'],
    edit: (path) => breakIndex(path, 'asm_two-1-0'),
  },
  {
    name: 'an index of requests without one',
    seq: 0,
    faults: ['database'],
    edit: (path) => breakIndex(path, 'req_one-2-3'),
  },
]
