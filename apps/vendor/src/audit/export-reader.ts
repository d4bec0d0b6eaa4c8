import type { RecordedEvent } from '../domain/audit-event.ts'
import type { ExportRow, Intent } from '../domain/export/exported.ts'
import type { ExportPage, ExportQuery } from '../ports/log-keeping.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { PRUNED_BODY } from './pruner.ts'

type Row = { seq: number; body: string; leaf: Buffer; assumption: string | null; wanted: number }

/** How many rows one page may look at, and how many bytes of bodies it may hold. */
const MAX_SCANNED = 5_000
const MAX_BYTES = 4 * 1024 * 1024

/** Rows outside of the time asked for are walked over without their bodies. */
const ROWS = `SELECT seq, leaf, assumption, at_ms >= :from AND at_ms < :to AS wanted,
  CASE WHEN at_ms >= :from AND at_ms < :to THEN body ELSE '${PRUNED_BODY}' END AS body
  FROM event WHERE seq > :after AND seq <= :after + ${MAX_SCANNED} ORDER BY seq`
const INTENT = `SELECT body FROM event WHERE assumption = ? AND type = 'assume.intent' LIMIT 1`
const NEWEST = 'SELECT coalesce(max(seq), 0) FROM event'

/** The log in its order, for whoever hands it on. */
export function createExportReader(connection: Connection): { page(query: ExportQuery): ExportPage } {
  const rows = connection.prepare<[Readonly<Record<string, number>>], Row>(ROWS)
  const intent = connection.prepare<[string], string>(INTENT).pluck()
  const newest = connection.prepare<[], number>(NEWEST).pluck()

  function intentOf(event: RecordedEvent, assumption: string | null): Intent | null {
    if (assumption === null || event.type === 'assume.intent') return null
    const body = intent.get(assumption)
    // Written by audit/log.ts; gone where it was pruned.
    return body === undefined || body === PRUNED_BODY ? null : (JSON.parse(body) as Intent)
  }

  function exported({ seq, leaf, body, assumption }: Row): ExportRow {
    const hex = leaf.toString('hex')
    if (body === PRUNED_BODY) return { seq, leaf: hex, body: null, event: null, intent: null }
    const event = JSON.parse(body) as RecordedEvent // written by audit/log.ts, which types it
    return { seq, leaf: hex, body, event, intent: intentOf(event, assumption) }
  }

  return {
    page({ after, limit, fromMs, toMs }) {
      const range = { from: fromMs ?? Number.MIN_SAFE_INTEGER, to: toMs ?? Number.MAX_SAFE_INTEGER }
      const found: Row[] = []
      let last = after
      let bytes = 0
      for (const row of rows.iterate({ after, ...range })) {
        if (found.length === limit || bytes > MAX_BYTES) break
        last = row.seq
        if (row.wanted === 0) continue
        bytes += row.body.length
        found.push(row)
      }
      return { rows: found.map(exported), next: last < (newest.get() ?? 0) && last > after ? last : null }
    },
  }
}
