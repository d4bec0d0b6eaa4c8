import type { Finding } from '../lint/rule.ts'

/**
 * Something that was found about the log itself: an intent that nobody resolved, a gap, a clock that was set. It is of no
 * configuration noun, so nobody revokes or narrows it; somebody says that they know of it, and why it may stay.
 */
export type LogFindingFact = Pick<Finding, 'rule' | 'severity' | 'message' | 'fix'> & {
  /** The same thing has the same key, whatever its words say by then. */
  readonly key: string
  readonly detector: string | null
  /** When it was first announced in the log, ISO 8601; null: it was not yet. */
  readonly firstSeen: string | null
}

/** So many stand in one event, which is of 16 KB at most. */
export const MOST_ACKNOWLEDGED = 12
const MOST_TEXT = 200

/** As it goes into the log: what it says may be cut, its key says which it is. */
export function logFindingFact(found: LogFindingFact): LogFindingFact {
  const { key, detector, rule, severity, message, fix, firstSeen } = found
  return { key, detector, rule, severity, message: cut(message), fix: cut(fix), firstSeen }
}

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1)}…`
}
