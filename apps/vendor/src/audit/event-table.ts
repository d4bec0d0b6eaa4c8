import { hash } from 'node:crypto'
import type { Link } from '../domain/audit-chain.ts'
import { CHAIN_START, chainHash, leafHash, verifyChain } from '../domain/audit-chain.ts'
import type { MetLimit } from '../domain/use-limit.ts'
import { VendorError } from '../errors.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import type { EventRow, OpenIntentChange } from './row.ts'
import type { SessionKeeper } from './session-keeper.ts'
import { attachSessions, createSessionKeeper } from './session-keeper.ts'
import { createShadowCounter } from './shadow-counter.ts'
import { createSpender } from './spender.ts'

export type Head = { readonly seq: number; readonly chain: Uint8Array }

/** The writing side of `audit.db`: one per file, in the worker. */
export type EventTable = {
  head(): Head
  /**
   * Appends all rows in one durable transaction; throws SQLite's error, and then none of them is there. Where an intent
   * meets a limit, the row that was sent for that stands in its place; the answer says so, row by row, or null where
   * none did.
   */
  append(rows: readonly EventRow[]): readonly (MetLimit | null)[] | null
  /** Wipes what is kept of sessions that were over at that instant, from the file and from its log. */
  purge(nowMs: number): void
  close(): void
}

export type EventTableOptions = {
  readonly path: string
  readonly migrations: string
  /** The file of session keys, where sessions are kept. */
  readonly sessions?: { readonly path: string; readonly migrations: string }
  /** A bound on the file, in pages: how a test, or a quota, fills the disk under the log. */
  readonly maxPages?: number
}

const TAIL_ROWS = 1000

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/**
 * Opens the log and verifies its newest rows. `expected` is the head that this process knows to be written: after a
 * failed write the file is opened anew, and if its tail is not the one that was acknowledged, nothing is written to it
 * ever again (`audit_tampered`).
 */
export function openEventTable(options: EventTableOptions, expected: Head | null): EventTable {
  const connection = openDatabase(options.path, options.migrations)
  try {
    if (options.maxPages !== undefined) connection.pragma(`max_page_count = ${options.maxPages}`)
    const found = verifyTail(connection)
    if (expected !== null && !sameHead(found, expected)) {
      throw new VendorError('audit_tampered', { facts: { seq: found.seq, expected: expected.seq } })
    }
    if (options.sessions !== undefined) attachSessions(connection, options.sessions)
    return eventTable(connection, found, createSessionKeeper(connection, options.sessions !== undefined))
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}

function eventTable(connection: Connection, found: Head, keeper: SessionKeeper): EventTable {
  const insert = connection.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const change = changer(connection)
  const spend = createSpender(connection)
  const countShadows = createShadowCounter(connection)
  const begin = connection.prepare('BEGIN IMMEDIATE')
  const commit = connection.prepare('COMMIT')
  const rollback = connection.prepare('ROLLBACK')
  let head = found
  return {
    head: () => head,
    append(rows) {
      let { seq, chain } = head
      const met: (MetLimit | null)[] = []
      begin.run()
      try {
        for (const sent of rows) {
          const limit = sent[9] === null ? null : spend(sent[9], sent[1])
          met.push(limit)
          const row = limit === null ? sent : (sent[9]?.instead[limit] ?? sent)
          const [type, atMs, assumption, request, issuer, role, code, body, does, , shadow, session] = row
          seq += 1
          const leaf = leafHash(Buffer.from(body), sha256)
          chain = chainHash(chain, leaf, sha256)
          insert.run(seq, type, atMs, assumption, request, issuer, role, code, body, leaf, chain)
          if (does !== null) change(does)
          if (shadow !== null) countShadows(shadow, { seq, atMs })
          if (session !== null) keeper.change(session)
        }
        commit.run()
      } catch (thrown) {
        if (connection.inTransaction) rollback.run()
        throw thrown
      }
      head = { seq, chain }
      return met.every((one) => one === null) ? null : met
    },
    purge: (nowMs) => keeper.purge(nowMs),
    close: () => connection.close(),
  }
}

/** A withheld session is opened again, with what is known of it by then: the later of both ends counts. */
const OPEN = `INSERT INTO open_intent VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (assumption) DO UPDATE SET
  access_key_id = excluded.access_key_id, announced = excluded.announced,
  latest_expiry_ms = max(latest_expiry_ms, excluded.latest_expiry_ms)`

function changer(connection: Connection): (change: OpenIntentChange) => void {
  const open = connection.prepare(OPEN)
  const announce = connection.prepare('UPDATE open_intent SET announced = 1 WHERE assumption = ?')
  const close = connection.prepare('DELETE FROM open_intent WHERE assumption = ?')
  const revocation = connection.prepare('INSERT INTO revocation VALUES (?, ?, ?, 0)')
  const finished = connection.prepare('UPDATE revocation SET finished = 1 WHERE id = ?')
  const lifted = connection.prepare('UPDATE revocation SET locked = 0 WHERE id = ?')
  return (change) => {
    switch (change.do) {
      case 'open': {
        const { assumption, target, storeTokenExpiresMs, latestExpiryMs, accessKeyId, announced } = change
        open.run(assumption, target, storeTokenExpiresMs, latestExpiryMs, accessKeyId, announced)
        return
      }
      case 'announce':
        announce.run(change.assumption)
        return
      case 'close':
        close.run(change.assumption)
        return
      case 'revocation':
        revocation.run(change.id, change.body, change.locked)
        return
      case 'finished':
        finished.run(change.id)
        return
      case 'lifted':
        lifted.run(change.id)
    }
  }
}

type StoredLink = { seq: number; body: string; leaf: Buffer; chain: Buffer }

/** Verifies the newest rows and answers the head. Throws `audit_tampered` naming the first row that does not hold. */
function verifyTail(connection: Connection): Head {
  const newest =
    connection.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM event').get()?.seq ?? 0
  return verifyRange(connection, Math.max(0, newest - TAIL_ROWS))
}

/** Verifies every row after `from`; the row at `from` itself is taken as it stands. */
export function verifyRange(connection: Connection, from: number): Head {
  const select = 'SELECT seq, body, leaf, chain FROM event'
  const before = connection.prepare<[number], StoredLink>(`${select} WHERE seq = ?`).get(from)
  if (from > 0 && before === undefined) throw tampered(from, 'gap')
  const rows = connection.prepare<[number], StoredLink>(`${select} WHERE seq > ? ORDER BY seq`).iterate(from)
  let head: Head =
    before === undefined ? { seq: 0, chain: CHAIN_START } : { seq: before.seq, chain: before.chain }
  const links = function* (): Generator<Link> {
    for (const row of rows) {
      yield { seq: row.seq, body: Buffer.from(row.body), leaf: row.leaf, chain: row.chain }
      head = { seq: row.seq, chain: row.chain }
    }
  }
  const fault = verifyChain(links(), head, sha256)
  if (fault !== null) throw tampered(fault.seq, fault.reason)
  return head
}

function tampered(seq: number, reason: string): VendorError {
  return new VendorError('audit_tampered', { facts: { seq, reason } })
}

function sameHead(a: Head, b: Head): boolean {
  return a.seq === b.seq && Buffer.compare(a.chain, b.chain) === 0
}
