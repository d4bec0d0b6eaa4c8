import { openForReading } from '../storage/sqlite/open.ts'
import type { Head } from './event-table.ts'
import { verifyRange } from './event-table.ts'

/**
 * Verifies every event of a log file: sequence, leaf hashes and chain. Answers its head, or throws `audit_tampered`
 * naming the first event that does not hold. Reads only.
 */
export function verifyAuditLog(path: string): Head {
  const connection = openForReading(path)
  try {
    return verifyRange(connection, 0)
  } finally {
    connection.close()
  }
}
