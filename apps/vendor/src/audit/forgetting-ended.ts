import type { AuditLog } from '../ports.ts'
import { endsSession } from './row.ts'

/** The log, and what was opened of sessions is forgotten once an event that ends one is on disk. */
export function forgettingEnded(audit: AuditLog, forgetOpened: () => void): AuditLog {
  return {
    ...audit,
    append: (event) => (endsSession(event) ? audit.append(event).finally(forgetOpened) : audit.append(event)),
  }
}
