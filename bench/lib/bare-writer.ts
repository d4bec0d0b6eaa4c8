import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

/** What a log at least costs: a worker, the event's table with its two indexes, one FULL commit a batch, nothing else. */
const { path } = workerData as { path: string } // made by bench/audit.ts
const db = new Database(path)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(`CREATE TABLE event (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, at_ms INTEGER NOT NULL, assumption TEXT,
  request TEXT, issuer TEXT, role TEXT, code TEXT, body TEXT NOT NULL, leaf BLOB NOT NULL, chain BLOB NOT NULL) STRICT;
  CREATE INDEX event_assumption ON event (assumption) WHERE assumption IS NOT NULL;
  CREATE INDEX event_request ON event (request) WHERE request IS NOT NULL;`)
const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
const [begin, commit] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT')]
const hash = Buffer.alloc(32, 1)
let seq = 0
parentPort?.on('message', (bodies: readonly string[]) => {
  begin.run()
  for (const body of bodies) {
    seq += 1
    const assumption = `asm_01a20cf8-623d-7fb1-93eb-${String(seq >> 1).padStart(12, '0')}`
    const isIntent = body.includes('"assume.intent"')
    const [type, request] = isIntent ? ['assume.intent', `req${assumption}`] : ['assume.issued', null]
    const [issuer, role] = isIntent ? ['github', 'app-artifacts'] : [null, null]
    insert.run(seq, type, seq, assumption, request, issuer, role, null, body, hash, hash)
  }
  commit.run()
  parentPort?.postMessage(null)
})
parentPort?.postMessage('open')
