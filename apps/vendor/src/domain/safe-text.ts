import { isCommitment } from './personal/commitment.ts'

/**
 * A value as JSON in ASCII: nothing in it moves a cursor, hides, or looks like another text, whoever sent it and
 * whatever shows it. What stands in the place of an erased text says that. Cut behind `most` characters, and then it says so.
 */
export function safeText(value: unknown, most = Number.POSITIVE_INFINITY): string {
  if (isCommitment(value)) return '"(erased)"'
  const text = (JSON.stringify(value) ?? 'undefined').replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text
}
