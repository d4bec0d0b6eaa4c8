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
parentPort?.on('message', (rows: readonly (readonly (string | number | null)[])[]) => {
  begin.run()
  for (const row of rows) {
    seq += 1
    insert.run(seq, ...row, hash, hash)
  }
  commit.run()
  parentPort?.postMessage(null)
})
parentPort?.postMessage('open')
