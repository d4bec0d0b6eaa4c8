import Database from 'better-sqlite3'
import type { RecordedEvent } from '../../apps/vendor/src/domain/audit-event.ts'

/** Every event of a log file, oldest first, read beside whoever writes it. */
export function readEvents(path: string): readonly RecordedEvent[] {
  const connection = new Database(path, { readonly: true, fileMustExist: true })
  try {
    const rows = connection.prepare<[], { body: string }>('SELECT body FROM event ORDER BY seq').all()
    return rows.map(({ body }) => JSON.parse(body) as RecordedEvent) // written by audit/log.ts, which types it
  } finally {
    connection.close()
  }
}
