import { VendorError } from '../errors.ts'
import type { FindingReader, KeptFinding } from '../ports/detect.ts'
import type { Connection } from '../storage/sqlite/open.ts'

const COLUMNS = `SELECT key, detector, rule, severity, kind, name, message, opened_ms AS openedMs, closed_ms AS closedMs,
  times FROM finding`

/** The findings that the log announced. */
export function createFindingReader(connection: Connection): FindingReader {
  const open = connection.prepare<[], KeptFinding>(`${COLUMNS} WHERE closed_ms IS NULL ORDER BY key`)
  const gone = connection.prepare<[number, number], KeptFinding>(
    `${COLUMNS} WHERE closed_ms IS NOT NULL ORDER BY closed_ms DESC, key LIMIT ? OFFSET ?`,
  )
  const count = connection.prepare<[], { total: number }>(
    'SELECT count(*) AS total FROM finding WHERE closed_ms IS NOT NULL',
  )
  return {
    open: async () => readable(() => open.all()),
    gone: async ({ after, limit }) =>
      readable(() => ({ total: count.get()?.total ?? 0, findings: gone.all(limit, after) })),
  }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new VendorError('audit_unavailable', { cause })
  }
}
