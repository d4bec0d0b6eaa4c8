import type { Link } from '../domain/audit-chain.ts'
import { CHAIN_START, chainHash, verifyChain } from '../domain/audit-chain.ts'
import type { MetLimit } from '../domain/use-limit.ts'
import { VendorError } from '../errors.ts'
import type { NextLogKey, SealedSession } from '../ports.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import { createDetectWriter, type DetectChange } from './detect-rows.ts'
import { createGhostWriter, type GhostChange } from './ghost-rows.ts'
import { openPersonal, type PersonalWriter } from './personal/personal-writer.ts'
import { createSweepingPruner } from './personal/sweeping-pruner.ts'
import { createPrunedCheck, linkOf } from './pruned-check.ts'
import { PRUNED_BODY, type Pruner } from './pruner.ts'
import type { ReviewChange } from './review-row.ts'
import { createReviewWriter, type ReviewWriter, type StagedPart } from './review-writer.ts'
import type { EventRow, OpenIntentChange } from './row.ts'
import type { SessionKeeper } from './session-keeper.ts'
import { attachSessions, createSessionKeeper } from './session-keeper.ts'
import { createShadowCounter } from './shadow-counter.ts'
import { createSinkWriter } from './sink-cursors.ts'
import { createSpender } from './spender.ts'
import { originOf } from './tree/log-key.ts'
import type { LogKeyOptions, LogSigner } from './tree/log-signer.ts'
import { openLogSigner } from './tree/log-signer.ts'
import type { LogTree } from './tree/log-tree.ts'
import { finishTree, leafOf, openLogTree } from './tree/log-tree.ts'
import { createReceipts } from './tree/receipts.ts'
import { sha256 } from './tree/sha256.ts'
import type { UsageCounter } from './usage/counter.ts'
import { NOT_COUNTING, openUsageCounter } from './usage/counter.ts'
import { seeRow } from './usage/see-row.ts'

export type Head = { readonly seq: number; readonly chain: Uint8Array }

export type Written = {
  /** Where the first row of the batch stands. */
  readonly first: number
  /** Row by row the limit that an intent met, so that the row sent for that stands in its place; null where none did. */
  readonly met: readonly (MetLimit | null)[] | null
  /** Row by row the receipt of an outcome that wants one, up to the checkpoint that all of them share. */
  readonly receipts: { readonly heads: readonly (string | null)[]; readonly checkpoint: string } | null
}

/** The writing side of `audit.db`: one per file, in the worker. */
export type EventTable = {
  head(): Head
  /** The verifier key that signs, and whether this opening gave the log its first. */
  readonly key: Pick<LogSigner, 'vkey' | 'isNew'>
  /** Appends all rows in one durable transaction; throws SQLite's error, and then none of them is there. */
  append(rows: readonly EventRow[]): Written
  /** Signs the tree as it stands, and keeps that; the kept one where nothing was written since. */
  checkpoint(): { readonly size: number; readonly note: string }
  prepareNextKey(origin: string | null): NextLogKey
  useNextKey(next: NextLogKey): void
  /** One durable write that changes nothing: throws SQLite's error where the file takes none. */
  touch(): void
  /** Writes what is to be kept of sessions and waits. */
  keepSessions(): void
  /** Writes what was counted of the use of mappings, where that is many events or whoever asks wants it now. */
  count(when: 'many' | 'now'): void
  /** Keeps how far a sink has the log. */
  keepDelivered(name: string, seq: number): void
  readonly pruner: Pick<Pruner, 'slice' | 'looked'>
  /** Takes what was erased out of the write-ahead log; false where a reader is in the way. */
  wipe(): boolean
  /** Wipes what is kept of sessions that were over at that instant, from their file and from its write-ahead log. */
  purge(nowMs: number): void
  /** A part of a review's snapshot, which counts once its event stands. */
  stageReview(part: StagedPart): void
  close(): void
}

export type EventTableOptions = {
  readonly path: string
  readonly migrations: string
  readonly key: LogKeyOptions
  /** The file of session keys, where sessions are kept. */
  readonly sessions?: { readonly path: string; readonly migrations: string }
  /** This run of the process, where personal members are commitments. */
  readonly cloakedBoot?: string
  /** The file that keeps room for a full disk. Left out: there is none. */
  readonly reserve?: string
  /** A bound on the file, in pages: how a test, or a quota, fills the disk under the log. */
  readonly maxPages?: number
}

const TAIL_ROWS = 1000

export type OpeningTable = {
  /** The head that this process knows to be written; null at its first opening. */
  readonly expected: Head | null
  /** Heard while a log that has no tree yet gets one, and while its use is counted. */
  readonly onProgress: (done: number, of: number) => void
  /** What is to be kept of sessions and is not written: it outlives a table that is opened anew. */
  readonly unkept: SealedSession[]
  /** True: the disk is full, and the little room that there is belongs to new rows. */
  readonly full?: boolean
}

/**
 * Opens the log and verifies its newest rows and its newest checkpoint. After a failed write the file is opened anew, and
 * if its tail is not the one that was acknowledged, nothing is written to it ever again (`audit_tampered`).
 */
export function openEventTable(
  options: EventTableOptions,
  { expected, onProgress, unkept, full = false }: OpeningTable,
): EventTable {
  const connection = openDatabase(options.path, options.migrations)
  try {
    // A checkpoint of the WAL lengthens the file by what it moves: that may be all the room that the reserve gave.
    if (full) connection.pragma('wal_autocheckpoint = 0')
    if (options.maxPages !== undefined) connection.pragma(`max_page_count = ${options.maxPages}`)
    const found = verifyTail(connection)
    if (expected !== null && !sameHead(found, expected)) {
      throw new VendorError('audit_tampered', { facts: { seq: found.seq, expected: expected.seq } })
    }
    finishTree(connection, found.seq, onProgress)
    const tree = openLogTree(connection, found.seq)
    const signer = openLogSigner(connection, tree.stored, { size: found.seq, options: options.key })
    if (options.sessions !== undefined) attachSessions(connection, options.sessions)
    const personal = openPersonal(connection, { cloakedBoot: options.cloakedBoot, full })
    const keeper = createSessionKeeper(connection, options.sessions === undefined ? null : unkept)
    // What is counted of thousands of events may be more than the reserve: it is counted when there is room.
    const usage = full ? NOT_COUNTING : openUsageCounter(connection, { events: found.seq, onProgress })
    return eventTable(connection, { found, tree, signer, keeper, personal, usage })
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}

type Opened = {
  readonly found: Head
  readonly tree: LogTree
  readonly signer: LogSigner
  readonly keeper: SessionKeeper
  readonly personal: PersonalWriter
  readonly usage: UsageCounter
}

/** So many events are counted on disk at once: a start after a kill counts as many again, in a tenth of a second. */
const COUNTED_AT_ONCE = 8_192

function eventTable(
  connection: Connection,
  { found, tree, signer, keeper, personal, usage }: Opened,
): EventTable {
  const reviews = createReviewWriter(connection)
  const pruner = createSweepingPruner(connection, personal)
  const keepDelivered = createSinkWriter(connection)
  const writeRow = rowWriter(connection, { tree, keeper, reviews, pruner, personal })
  const begin = connection.prepare('BEGIN IMMEDIATE')
  const commit = connection.prepare('COMMIT')
  const rollback = connection.prepare('ROLLBACK')
  let head = found
  return {
    head: () => head,
    key: signer,
    append(rows) {
      const met: (MetLimit | null)[] = []
      const rowsWritten: EventRow[] = []
      const first = head.seq + 1
      let next = head
      let receipts: Written['receipts']
      begin.run()
      try {
        for (const row of rows) {
          const written = writeRow(row, next)
          met.push(written.met)
          rowsWritten.push(written.row)
          next = written.head
        }
        receipts = receiptsOf(rows, first, { tree, signer })
        commit.run()
      } catch (thrown) {
        if (connection.inTransaction) rollback.run()
        throw thrown
      }
      keeper.written()
      head = next
      for (const [at, row] of rowsWritten.entries()) seeRow(usage, row, first + at)
      return { first, met: met.every((one) => one === null) ? null : met, receipts }
    },
    checkpoint: () => ({ size: head.seq, note: signer.checkpoint(tree.now()) }),
    prepareNextKey: (origin) => signer.prepareNextKey(origin ?? originOf(signer.vkey)),
    useNextKey: (next) => signer.useNextKey(tree.now(), next),
    touch: () => touch(connection),
    keepSessions() {
      connection.transaction(keeper.write)()
      keeper.written()
    },
    count(when) {
      if (when === 'now' || usage.waiting() >= COUNTED_AT_ONCE) usage.flush()
    },
    purge: (nowMs) => keeper.purge(nowMs),
    stageReview: (part) => reviews.stage(part),
    keepDelivered,
    pruner,
    wipe: personal.wipe,
    close: () => connection.close(),
  }
}

/** Writes the header's page as it is: a frame in the log, and a sync. */
function touch(connection: Connection): void {
  const version = connection.pragma('user_version', { simple: true })
  connection.pragma(`user_version = ${Number(version)}`)
}

/** What is derived from events and has a writer of its own. */
type Derived = { readonly reviews: ReviewWriter; readonly pruner: Pruner; readonly personal: PersonalWriter }

type WrittenRow = { readonly met: MetLimit | null; readonly row: EventRow; readonly head: Head }

/** Writes one row, or that in its place, with everything that is derived from it: columns, tree, tables. */
function rowWriter(
  connection: Connection,
  { tree, keeper, reviews, pruner, personal }: Pick<Opened, 'tree' | 'keeper'> & Derived,
): (sent: EventRow, before: Head) => WrittenRow {
  const insert = connection.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const change = changer(connection, { reviews, pruner, personal })
  const spend = createSpender(connection)
  const countShadows = createShadowCounter(connection)
  return (sent, before) => {
    const met = sent[9] === null ? null : spend(sent[9], sent[1])
    const row = met === null ? sent : (sent[9]?.instead[met] ?? sent)
    const [type, atMs, assumption, request, issuer, role, code, body, does, , shadow, , session, , note] = row
    const seq = before.seq + 1
    const leaf = leafOf(body)
    const chain = chainHash(before.chain, leaf, sha256)
    insert.run(seq, type, atMs, assumption, request, issuer, role, code, body, leaf, chain)
    tree.append(leaf)
    if (does !== null) change(does, { seq, assumption })
    if (shadow !== null) countShadows(shadow, { seq, atMs })
    if (session !== null) keeper.change(session)
    if (note !== undefined) personal.keep(note)
    return { met, row, head: { seq, chain } }
  }
}

/** One tree and one signature serve all outcomes of a batch. */
function receiptsOf(
  rows: readonly EventRow[],
  first: number,
  { tree, signer }: Pick<Opened, 'tree' | 'signer'>,
): Written['receipts'] {
  if (rows.every((row) => row[11] === null)) return null
  const now = tree.now()
  const receiptOf = createReceipts(now, tree.nodeAt)
  const heads = rows.map((row, at) => {
    const intent = row[11]
    return intent === null ? null : receiptOf({ event: row[7], index: first + at - 1, intent: intent - 1 })
  })
  return { heads, checkpoint: signer.sign(now) }
}

/** A withheld session is opened again, with what is known of it by then: the later of both ends counts. */
const OPEN = `INSERT INTO open_intent VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (assumption) DO UPDATE SET
  access_key_id = excluded.access_key_id, announced = excluded.announced,
  latest_expiry_ms = max(latest_expiry_ms, excluded.latest_expiry_ms)`

function changer(
  connection: Connection,
  { reviews, pruner, personal }: Derived,
): (change: OpenIntentChange, of: { readonly seq: number; readonly assumption: string | null }) => void {
  const open = connection.prepare(OPEN)
  const announce = connection.prepare('UPDATE open_intent SET announced = 1 WHERE assumption = ?')
  const close = connection.prepare('DELETE FROM open_intent WHERE assumption = ?')
  const revocation = connection.prepare('INSERT INTO revocation VALUES (?, ?, ?, 0)')
  const finished = connection.prepare('UPDATE revocation SET finished = 1 WHERE id = ?')
  const forked = connection.prepare('INSERT OR IGNORE INTO log_fork VALUES (?)')
  const lifted = connection.prepare('UPDATE revocation SET locked = 0 WHERE id = ?')
  const probe = connection.prepare('INSERT INTO probe VALUES (?, ?, ?, ?, NULL)')
  const probed = connection.prepare('UPDATE probe SET seq = ? WHERE id = ?')
  const derived = derivedChanger(connection, { reviews, pruner, personal })
  return (change, { seq, assumption }) => {
    if (change === 'close') {
      close.run(assumption)
      return
    }
    if (!('do' in change)) {
      open.run(assumption, ...change)
      return
    }
    switch (change.do) {
      case 'announce':
        announce.run(change.assumption)
        return
      case 'revocation':
        revocation.run(change.id, change.body, change.locked)
        return
      case 'finished':
        finished.run(change.id)
        return
      case 'lifted':
        lifted.run(change.id)
        return
      case 'forked':
        for (const sha256Hex of change.accepted) forked.run(sha256Hex)
        return
      case 'probe':
        probe.run(change.id, change.target, change.role, seq)
        return
      case 'probed':
        probed.run(seq, change.id)
        return
      default:
        derived(change, seq)
    }
  }
}

type DerivedChange =
  | DetectChange
  | GhostChange
  | ReviewChange
  | Extract<OpenIntentChange, { do: 'prune' | 'erase' }>

/** Tables that have a writer of their own. */
function derivedChanger(
  connection: Connection,
  { reviews, pruner, personal }: Derived,
): (change: DerivedChange, seq: number) => void {
  const detected = createDetectWriter(connection)
  const ghosts = createGhostWriter(connection)
  return (change, seq) => {
    switch (change.do) {
      case 'ghost':
      case 'ghost_dismissed':
        ghosts(change, seq)
        return
      case 'review':
      case 'maker':
        reviews.change(change, seq)
        return
      case 'prune':
        pruner.announce(change.runs)
        return
      case 'erase':
        personal.erase(change)
        return
      default:
        detected(change)
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
  const pruned = createPrunedCheck()
  const links = function* (): Generator<Link> {
    for (const row of rows) {
      if (row.body === PRUNED_BODY) pruned.bare(row.seq)
      yield linkOf(row)
      head = { seq: row.seq, chain: row.chain }
    }
  }
  const fault = verifyChain(links(), head, sha256)
  if (fault !== null) throw tampered(fault.seq, fault.reason)
  const unnamed = pruned.firstUnnamed(connection)
  if (unnamed !== null) throw tampered(unnamed, 'pruned')
  return head
}

function tampered(seq: number, reason: string): VendorError {
  return new VendorError('audit_tampered', { facts: { seq, reason } })
}

function sameHead(a: Head, b: Head): boolean {
  return a.seq === b.seq && Buffer.compare(a.chain, b.chain) === 0
}
