import type { AuditEvent, EventType } from '../../domain/audit-event.ts'
import { ADMINISTRATION_WORDS } from './administration-words.ts'
import { ASSUMPTION_WORDS } from './assumption-words.ts'
import type { EventLine, Words } from './event-line.ts'
import { REVIEW_EVENT_WORDS } from './review-event-words.ts'
import { KEEPING_WORDS, STORE_WORDS } from './service-words.ts'

/** Words for every event there is: a new type without them does not compile. */
const WORDS: { readonly [T in EventType]: Words<T> } = {
  ...ASSUMPTION_WORDS,
  ...ADMINISTRATION_WORDS,
  ...STORE_WORDS,
  ...REVIEW_EVENT_WORDS,
  ...KEEPING_WORDS,
}

/** An event in a line. */
export function eventLine(event: AuditEvent): EventLine {
  // The rows are typed by their own keys; which row an event has, its type says.
  const words = WORDS[event.type] as Words<EventType>
  return { who: null, detail: null, why: null, ...words(event) }
}
