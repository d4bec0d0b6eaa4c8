import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { isClosingRecord } from '../domain/closing-records.ts'
import { VendorError } from '../errors.ts'
import type { NextLogKey, SealedSession } from '../ports.ts'
import type { EventTable, EventTableOptions, Head, Written } from './event-table.ts'
import { openEventTable } from './event-table.ts'
import { createReserve, isDiskFull, isNoRoom } from './reserve.ts'
import type { StagedPart } from './review-writer.ts'
import type { EventRow } from './row.ts'

/** What the log asks the writer: rows; the tree signed; another key; or to stop. */
export type WriterRequest =
  | { readonly do: 'write'; readonly rows: readonly EventRow[] }
  | { readonly do: 'checkpoint' }
  /** Writes what was counted of the use of mappings, for whoever reads it next. */
  | { readonly do: 'count' }
  /** One durable write that changes nothing: does the file take one again? */
  | { readonly do: 'touch' }
  /** What is kept of sessions that were over at that instant is wiped. */
  | { readonly do: 'purge'; readonly nowMs: number }
  /** What is to be kept of sessions is written now, and can be read. */
  | { readonly do: 'keep' }
  | { readonly do: 'stage_review'; readonly part: StagedPart }
  | { readonly do: 'deliver'; readonly sink: string; readonly seq: number }
  /** The next bodies of what was announced are taken out. */
  | { readonly do: 'prune' }
  /** What was erased is taken out of the write-ahead log. */
  | { readonly do: 'wipe' }
  | { readonly do: 'looked'; readonly upto: number; readonly held: readonly number[] }
  | { readonly do: 'prepare_key'; readonly origin: string | null }
  | { readonly do: 'use_key'; readonly next: NextLogKey }
  | 'close'

/**
 * What the writer says: how far the tree of an older log has come; `opened` once; then the answers, in order. One answer
 * may be that of several requests to write: `requests` says of how many. `full`: the disk is, the reserve was given back for
 * closing records, and the writer takes no others; every answer says so until it is over.
 */
export type WriterAnswer = WriterSaid & { readonly full?: true }

type WriterSaid =
  | { readonly ok: true; readonly did: 'progress'; readonly done: number; readonly of: number }
  /** `reserve`: why the room for a full disk is not kept, by the system's own code; null where it is. */
  | {
      readonly ok: true
      readonly did: 'opened'
      readonly vkey: string
      readonly isNewKey: boolean
      readonly reserve: string | null
    }
  | ({ readonly ok: true; readonly did: 'write'; readonly requests: number } & Written)
  | { readonly ok: true; readonly did: 'checkpoint'; readonly size: number; readonly note: string }
  | { readonly ok: true; readonly did: 'count' }
  | { readonly ok: true; readonly did: 'touch' }
  | { readonly ok: true; readonly did: 'purge' }
  | { readonly ok: true; readonly did: 'keep' }
  /** Unasked: so many sessions are nobody, because what was to be kept of them could not be written. */
  | { readonly ok: true; readonly did: 'lost_sessions'; readonly count: number; readonly reason: string }
  | { readonly ok: true; readonly did: 'stage_review' }
  | { readonly ok: true; readonly did: 'deliver' }
  | { readonly ok: true; readonly did: 'prune'; readonly more: boolean }
  | { readonly ok: true; readonly did: 'wipe'; readonly wiped: boolean }
  | { readonly ok: true; readonly did: 'looked' }
  | ({ readonly ok: true; readonly did: 'prepare_key' } & NextLogKey)
  | { readonly ok: true; readonly did: 'use_key' }
  | {
      readonly ok: false
      readonly requests: number
      readonly code: WriterFault
      readonly reason: string
    }

const FAULTS = [
  'audit_unavailable',
  'audit_tampered',
  'migration_failed',
  'data_folder_unsafe',
  'log_key_unusable',
  'log_key_unknown',
] as const
type WriterFault = (typeof FAULTS)[number]

/** So long, and so many: what is to be kept of sessions waits for others. */
const KEEP_MS = 200
const KEEP_ROWS = 256

const port = parentPort
if (port !== null) serve(port, workerData as EventTableOptions) // made by audit/writer-client.ts, which types it

/**
 * The one writer of `audit.db`. After any failed write the connection is closed, because a file whose sync failed once
 * tells nothing true afterwards; the next batch opens it anew and holds its tail against the head last acknowledged.
 */
function serve(to: NonNullable<typeof parentPort>, options: EventTableOptions): void {
  let table: EventTable | null = null
  let head: Head | null = null
  let tampered = false
  const reserve = createReserve(options.reserve ?? null)
  let full = false
  const unkept: SealedSession[] = []
  let keeping: NodeJS.Timeout | null = null

  function answer(requests: number, work: (table: EventTable) => WriterAnswer): WriterAnswer {
    try {
      if (tampered) throw new VendorError('audit_tampered')
      table ??= openEventTable(options, { expected: head, onProgress, unkept, full })
      head ??= table.head()
      const said = work(table)
      head = table.head()
      return full ? { ...said, full } : said
    } catch (thrown) {
      close()
      if (!full && isDiskFull(thrown)) full = reserve.free()
      const code = thrown instanceof VendorError ? thrown.code : 'audit_unavailable'
      tampered ||= code === 'audit_tampered'
      return {
        ok: false,
        requests,
        code: FAULTS.find((one) => one === code) ?? 'audit_unavailable',
        reason: reasonOf(thrown),
        ...(full ? { full } : {}),
      }
    }
  }

  function refuseForRoom(requests: number): WriterAnswer {
    return { ok: false, requests, code: 'audit_unavailable', reason: 'disk_full', full: true }
  }

  /**
   * The disk has room for the reserve, and so for everything: the file is opened anew, as it is at work. One that cannot be
   * made for another reason is no reason to refuse, as at the start.
   */
  function recover(): void {
    const missing = reserve.make()
    if (missing !== null && isNoRoom(missing)) return
    full = false
    close()
  }

  /** A disk without room for the reserve is as one that became full: closing records only, until there is. */
  function open(): WriterAnswer {
    const said = answer(1, ({ key }) => {
      const missing = reserve.make()
      full = missing !== null && isNoRoom(missing)
      return { ok: true, did: 'opened', vkey: key.vkey, isNewKey: key.isNew, reserve: missing }
    })
    if (full) close()
    return said
  }

  function onProgress(done: number, of: number): void {
    to.postMessage({ ok: true, did: 'progress', done, of } satisfies WriterAnswer)
  }

  /** What cannot be written is given up: the log must not fail with it. */
  function keepSessions(): void {
    if (keeping !== null) clearTimeout(keeping)
    keeping = null
    // Its room is for closing records; they are kept when the disk has room.
    if (table === null || unkept.length === 0 || full) return
    try {
      table.keepSessions()
    } catch (thrown) {
      close()
      if (isDiskFull(thrown)) full = reserve.free()
      // They are kept when there is room.
      if (full) return
      const count = unkept.splice(0).length
      to.postMessage({
        ok: true,
        did: 'lost_sessions',
        count,
        reason: reasonOf(thrown),
      } satisfies WriterAnswer)
    }
  }

  /** When the answer is on its way: whoever waits for it waits for no count. What fails here is found by the next write. */
  function countMany(): void {
    if (full) return
    try {
      table?.count('many')
    } catch {
      close()
    }
  }

  /** At the end of the process; a table that is dropped after a failure counts at its next opening. */
  function countLast(): void {
    try {
      table?.count('now')
    } catch {
      // The next opening counts.
    }
  }

  function close(): void {
    try {
      table?.close()
    } catch {
      // A connection that cannot even be closed is dropped; the file is opened anew.
    }
    table = null
  }

  /**
   * Whatever came while the last commit was under way goes into this one; answers what came after it. On a full disk only
   * messages that are closing records throughout are written, and no others go with them: one answer is of all its rows.
   */
  function write(first: readonly EventRow[]): WriterRequest | null {
    const batches = [first]
    const refused = full && !areClosing(first)
    let next = waitingMessage(to)
    while (next !== null && next !== 'close' && next.do === 'write') {
      if (full && areClosing(next.rows) === refused) break
      batches.push(next.rows)
      next = waitingMessage(to)
    }
    const requests = batches.length
    to.postMessage(
      refused
        ? refuseForRoom(requests)
        : answer(requests, (open) => ({ ok: true, did: 'write', requests, ...open.append(batches.flat()) })),
    )
    if (unkept.length >= KEEP_ROWS) keepSessions()
    else if (unkept.length > 0) keeping ??= setTimeout(keepSessions, KEEP_MS)
    countMany()
    return next
  }

  to.on('message', (first: WriterRequest) => {
    for (let next: WriterRequest | null = first; next !== null; ) {
      const request = next
      if (request === 'close') {
        full = false
        keepSessions()
        countLast()
        close()
        to.close()
        return
      }
      if (request.do === 'write') next = write(request.rows)
      else {
        if (full && request.do === 'touch') recover()
        if (request.do === 'keep' || request.do === 'purge') keepSessions()
        to.postMessage(
          full && !isClosingQuestion(request)
            ? refuseForRoom(1)
            : answer(1, (open) => carryOut(open, request)),
        )
        next = waitingMessage(to)
      }
    }
  })
  const opened = open()
  // The disk was full before: the reserve that the process before this one left is the room of this start.
  to.postMessage(!opened.ok && full ? open() : opened)
}

function areClosing(rows: readonly EventRow[]): boolean {
  return rows.every(([type]) => isClosingRecord(type))
}

/** Signing what was closed takes a line. */
function isClosingQuestion(question: Question): boolean {
  return question.do === 'checkpoint'
}

function waitingMessage(from: NonNullable<typeof parentPort>): WriterRequest | null {
  return receiveMessageOnPort(from)?.message ?? null
}

type Question = Exclude<WriterRequest, 'close' | { readonly do: 'write' }>

function carryOut(table: EventTable, request: Question): WriterAnswer {
  switch (request.do) {
    case 'count':
      table.count('now')
      return { ok: true, did: 'count' }
    case 'touch':
      table.touch()
      return { ok: true, did: 'touch' }
    case 'checkpoint':
      return { ok: true, did: 'checkpoint', ...table.checkpoint() }
    case 'keep':
      // Done before: what waits is not the table's.
      return { ok: true, did: 'keep' }
    case 'purge':
      table.purge(request.nowMs)
      return { ok: true, did: 'purge' }
    case 'stage_review':
      table.stageReview(request.part)
      return { ok: true, did: 'stage_review' }
    case 'deliver':
      table.keepDelivered(request.sink, request.seq)
      return { ok: true, did: 'deliver' }
    case 'prune':
      return { ok: true, did: 'prune', more: table.pruner.slice() }
    case 'wipe':
      return { ok: true, did: 'wipe', wiped: table.wipe() }
    case 'looked':
      table.pruner.looked(request.upto, request.held)
      return { ok: true, did: 'looked' }
    case 'prepare_key':
      return { ok: true, did: 'prepare_key', ...table.prepareNextKey(request.origin) }
    case 'use_key':
      table.useNextKey(request.next)
      return { ok: true, did: 'use_key' }
  }
}

/** SQLite's own code (SQLITE_FULL, SQLITE_IOERR_WRITE): for the operator. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof VendorError) return JSON.stringify(thrown.facts)
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}
