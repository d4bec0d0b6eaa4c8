import type { AuditEvent, RecordedEvent } from '../../domain/audit-event.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { createPersonalReader, type Reveal } from '../personal/personal-reader.ts'
import { foldTally } from './fold.ts'
import type { SightingText } from './sighting.ts'
import { countedSighting } from './sighting.ts'
import type { CountedEvent } from './tally.ts'
import { createTally } from './tally.ts'
import { createUsageWriter } from './write-folded.ts'

/** Counts the use of mappings beside the transactions that write the events. */
export type UsageCounter = {
  /** An event that is on disk: in memory only. Events come in their order, each once. */
  see(event: CountedEvent): void
  /** Events seen and not yet counted on disk. */
  waiting(): number
  /** Writes what was seen, with the cursor, in one transaction. Throws SQLite's error; then the counter is of no more use. */
  flush(): void
}

/** Counts nothing and moves no cursor: whoever opens the log next counts what came meanwhile. */
export const NOT_COUNTING: UsageCounter = { see() {}, waiting: () => 0, flush() {} }

type EventRowRead = {
  seq: number
  type: string
  atMs: number
  assumption: string | null
  code: string | null
  body: string
}

/** Events of one transaction while a log is counted. */
const EVENTS_AT_ONCE = 8_192

const EVENTS = `SELECT seq, type, at_ms AS atMs, assumption, code, body FROM event
  WHERE seq > ? AND seq <= ? ORDER BY seq`
const INTENT = "SELECT body FROM event WHERE assumption = ? AND type = 'assume.intent'"

/**
 * Opens the counter of a log with so many events. What the cursor says is not counted yet is counted first: the last few
 * thousand after a kill, everything in a log of before there were rollups.
 */
export function openUsageCounter(
  connection: Connection,
  {
    events,
    onProgress,
  }: { readonly events: number; readonly onProgress: (done: number, of: number) => void },
): UsageCounter {
  const cursor = connection.prepare<[], { seq: number }>('SELECT seq FROM usage_cursor')
  const move = connection.prepare('UPDATE usage_cursor SET seq = ?')
  const write = createUsageWriter(connection)
  const tally = createTally(intentsOf(connection))
  let counted = cursor.get()?.seq ?? 0
  let seen = counted
  const counter: UsageCounter = {
    see(event) {
      seen = event.seq
      tally.see(event)
    },
    waiting: () => seen - counted,
    flush() {
      if (seen === counted) return
      const folded = foldTally(tally.take())
      connection.transaction(() => {
        write(folded)
        move.run(seen)
      })()
      counted = seen
    },
  }
  catchUp(connection, { counter, from: counted, events, onProgress })
  return counter
}

/** Throws away what was counted and counts every event anew: the same as what stood, or one of both is wrong. */
export function recountUsage(connection: Connection): void {
  const tables = ['mapping', 'day', 'refusal', 'mapping_refusal', 'quarter', 'subject', 'network', 'lifetime']
  connection.transaction(() => {
    for (const table of tables) connection.exec(`DELETE FROM usage_${table}`)
    connection.exec('UPDATE usage_cursor SET seq = 0')
  })()
  const newest = connection.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM event').get()
  openUsageCounter(connection, { events: newest?.seq ?? 0, onProgress: () => undefined })
}

type CatchingUp = {
  readonly counter: UsageCounter
  readonly from: number
  readonly events: number
  readonly onProgress: (done: number, of: number) => void
}

function catchUp(connection: Connection, { counter, from, events, onProgress }: CatchingUp): void {
  const read = connection.prepare<[number, number], EventRowRead>(EVENTS)
  const personal = createPersonalReader(connection)
  for (let after = from; after < events; after += EVENTS_AT_ONCE) {
    const until = Math.min(events, after + EVENTS_AT_ONCE)
    const reveal = personal.reveal()
    for (const row of read.all(after, until)) counter.see(countedOf(row, reveal))
    counter.flush()
    if (events - from > EVENTS_AT_ONCE) onProgress(until, events)
  }
}

const TELLING: ReadonlySet<string> = new Set<AuditEvent['type']>([
  'assume.intent',
  'assume.redelivered',
  'assume.refused',
  'assume.refused_summary',
])

function countedOf({ body, ...row }: EventRowRead, reveal: Reveal): CountedEvent {
  if (!TELLING.has(row.type)) return { ...row, sighting: null, count: 1 }
  const event: RecordedEvent = JSON.parse(body)
  return { ...row, sighting: countedSighting(event, reveal.event(event)), count: countOf(event) }
}

/** How many refusals an event stands for. */
export function countOf(event: AuditEvent): number {
  return event.type === 'assume.refused_summary' ? event.count : 1
}

function intentsOf(connection: Connection): (assumption: string) => SightingText | null {
  const read = connection.prepare<[string], { body: string }>(INTENT)
  const personal = createPersonalReader(connection)
  return (assumption) => {
    const found = read.get(assumption)
    if (found === undefined) return null
    const event: RecordedEvent = JSON.parse(found.body)
    return countedSighting(event, personal.reveal().event(event))
  }
}
