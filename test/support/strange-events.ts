import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { eventProblem } from '../../apps/vendor/src/schema/events/catalogue.ts'

/** The log of a load test is looked at from its beginning only. */
const MOST = 5_000

/** What of a log is not as the catalogue of events says: every service that a test starts is held to it when it stops. */
export function strangeEvents(path: string): readonly string[] {
  if (!existsSync(path)) return []
  const connection = new Database(path, { readonly: true, fileMustExist: true })
  try {
    const rows = connection
      .prepare<[number], { seq: number; body: string }>(
        // What was pruned has nothing of its body any more.
        "SELECT seq, body FROM event WHERE body <> '' AND body <> '{}' LIMIT ?",
      )
      .all(MOST)
    return rows.flatMap(({ seq, body }) => {
      const problem = eventProblem(JSON.parse(body))
      return problem === null ? [] : [`${seq}: ${problem.slice(0, 300)}`]
    })
  } finally {
    connection.close()
  }
}
