import { parentPort, workerData } from 'node:worker_threads'
import type { MetLimit } from '../domain/use-limit.ts'
import { VendorError } from '../errors.ts'
import type { EventTable, EventTableOptions, Head } from './event-table.ts'
import { openEventTable } from './event-table.ts'
import type { EventRow } from './row.ts'

/** What the log asks the writer: a batch, or to stop. */
export type WriterRequest =
  | {
      readonly rows: readonly EventRow[]
      /** Sessions that are over at this instant are forgotten first; null: nothing is looked at. */
      readonly purgeMs: number | null
    }
  | 'close'

/** What the writer answers: `open` once, then one answer a batch, in order. */
export type WriterAnswer =
  | { readonly ok: true; readonly met: readonly (MetLimit | null)[] | null }
  | {
      readonly ok: false
      readonly code: 'audit_unavailable' | 'audit_tampered' | 'migration_failed'
      readonly reason: string
    }

const port = parentPort
if (port !== null) serve(port, workerData as EventTableOptions) // made by audit/log.ts, which types it

/**
 * The one writer of `audit.db`. After any failed write the connection is closed, because a file whose sync failed once
 * tells nothing true afterwards; the next batch opens it anew and holds its tail against the head last acknowledged.
 */
function serve(to: NonNullable<typeof parentPort>, options: EventTableOptions): void {
  let table: EventTable | null = null
  let head: Head | null = null
  let tampered = false

  function write({ rows, purgeMs }: Exclude<WriterRequest, 'close'>): WriterAnswer {
    try {
      if (tampered) throw new VendorError('audit_tampered')
      table ??= openEventTable(options, head)
      if (purgeMs !== null) table.purge(purgeMs)
      const met = rows.length > 0 ? table.append(rows) : null
      head = table.head()
      return { ok: true, met }
    } catch (thrown) {
      close()
      const code = thrown instanceof VendorError ? thrown.code : 'audit_unavailable'
      tampered ||= code === 'audit_tampered'
      const known = code === 'audit_tampered' || code === 'migration_failed' ? code : 'audit_unavailable'
      return { ok: false, code: known, reason: reasonOf(thrown) }
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

  to.on('message', (request: WriterRequest) => {
    if (request === 'close') {
      close()
      to.close()
    } else to.postMessage(write(request))
  })
  to.postMessage(write({ rows: [], purgeMs: null }))
}

/** SQLite's own code (SQLITE_FULL, SQLITE_IOERR_WRITE): for the operator. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof VendorError) return JSON.stringify(thrown.facts)
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}
