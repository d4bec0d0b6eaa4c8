import type { AuditEvent } from '../../domain/audit-event.ts'
import type { EventRow } from '../row.ts'
import type { UsageCounter } from './counter.ts'
import { countOf } from './counter.ts'

/** Shows the counter a row that is on disk. */
export function seeRow(counter: UsageCounter, row: EventRow, seq: number): void {
  const [type, atMs, assumption, , , , code, body] = row
  const count = type === SUMMARY ? countOf(JSON.parse(body)) : 1
  counter.see({ seq, type, atMs, assumption, code, sighting: row[13], count })
}

/** Rare, so its number is read from its text and crosses in no column. */
const SUMMARY: AuditEvent['type'] = 'assume.refused_summary'
