import type { Connection } from '../storage/sqlite/open.ts'

/** Of a target that says nothing, or is gone. */
const KEEP_DAYS = 90
const DAY_MS = 86_400_000
/** What a store might still send again. */
const SEEN_MS = DAY_MS
/** Beyond these the oldest go, however young: some 150 bytes each. */
const MOST_ROWS = 1_000_000
const MOST_SESSIONS = 200_000
const MOST_SEEN = 500_000
/** What was used of what is granted is asked for by the quarter, and by who compares two. */
const EXERCISE_DAYS = 400

/** Deletes what is too old, or too much. A session goes with what it touched. */
export function purgeAccess(
  connection: Connection,
  keepDays: Readonly<Record<string, number>>,
  nowMs: number,
): void {
  const run = (sql: string, ...values: unknown[]) => connection.prepare(sql).run(...values)
  for (const { target } of connection.prepare<[], { target: string }>('SELECT target FROM told').all()) {
    const before = nowMs - (keepDays[target] ?? KEEP_DAYS) * DAY_MS
    run('DELETE FROM object_access WHERE target = ? AND last_ms < ?', target, before)
    run('DELETE FROM session WHERE target = ? AND last_ms < ?', target, before)
  }
  run('DELETE FROM seen_request WHERE at_ms < ?', nowMs - SEEN_MS)
  run('DELETE FROM exercise WHERE day < ?', Math.floor(nowMs / DAY_MS) - EXERCISE_DAYS)
  for (const [table, column, most] of BOUNDED) {
    const over = connection.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0
    if (over <= most) continue
    const limit = `SELECT ${column} FROM ${table} ORDER BY ${column} LIMIT 1 OFFSET ${over - most}`
    run(`DELETE FROM ${table} WHERE ${column} < (${limit})`)
  }
  run('DELETE FROM object_access WHERE session NOT IN (SELECT id FROM session)')
}

const BOUNDED = [
  ['object_access', 'last_ms', MOST_ROWS],
  ['session', 'last_ms', MOST_SESSIONS],
  ['seen_request', 'at_ms', MOST_SEEN],
] as const
