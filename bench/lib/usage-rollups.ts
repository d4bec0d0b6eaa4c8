import { foldTally } from '../../apps/vendor/src/audit/usage/fold.ts'
import type { Counted } from '../../apps/vendor/src/audit/usage/tally.ts'
import { createUsageWriter } from '../../apps/vendor/src/audit/usage/write-folded.ts'
import { openDatabase } from '../../apps/vendor/src/storage/sqlite/open.ts'

const DAY_MS = 86_400_000
const FIRST_DAY = Date.parse('2026-07-01') / DAY_MS
const DAYS = 92
const MAPPINGS = 5_000
const SUBJECTS = 5

export const QUARTER = { fromMs: FIRST_DAY * DAY_MS, toMs: (FIRST_DAY + DAYS - 1) * DAY_MS }

/**
 * Rollups as the writer makes them of so many events of a quarter, spread over 5,000 mappings, every day; the events
 * themselves are not there. Answers how many events they are of.
 */
export function rolledUp(path: string, migrations: string, events: number): number {
  const connection = openDatabase(path, migrations)
  try {
    connection.pragma('synchronous = OFF')
    const write = createUsageWriter(connection)
    // A vend is two events.
    const vends = Math.ceil(events / 2 / DAYS / MAPPINGS)
    for (let day = 0; day < DAYS; day++) {
      const tally = Array.from({ length: MAPPINGS }, (_, at) => countedOf(day, at, vends))
      connection.transaction(() => write(foldTally(tally)))()
    }
    connection.pragma('wal_checkpoint(TRUNCATE)')
    return vends * 2 * DAYS * MAPPINGS
  } finally {
    connection.close()
  }
}

function countedOf(day: number, at: number, count: number): Counted {
  const atMs = (FIRST_DAY + day) * DAY_MS + at * 1000
  const sub = (at * 7 + day) % SUBJECTS
  const sighting = `app-${at}-main@2\nrole-${at % 200}\nstore\ngithub\n3600\n\n10.${at % 200}.${sub}.3\nrepo:acme/app-${at}:ref:refs/heads/b${sub}`
  const whole = { day: FIRST_DAY + day, outcome: 'issued', code: '', sighting, count } as const
  return { ...whole, seq: day * MAPPINGS + at + 1, firstMs: atMs, lastMs: atMs + 60_000 }
}
