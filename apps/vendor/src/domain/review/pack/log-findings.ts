import type { Actor } from '../../audit-event.ts'
import type { SealedReview } from './facts.ts'
import type { Part, Table } from './part.ts'

/** What was found about the log itself, each with who said why it may stand: none could be left when it was sealed. */
export function logFindings({ acknowledged }: SealedReview): Pick<Part, 'about' | 'tables'> {
  const rows = acknowledged.flatMap(({ by, at, seq, rationale, findings }) =>
    findings.map(({ detector, rule, severity, message, fix, firstSeen }) => [
      ...[detector, rule, severity, message, fix, firstSeen],
      ...[personText(by), at, `event ${seq}`, rationale],
    ]),
  )
  const columns = [
    ...['detector', 'rule', 'severity', 'message', 'fix', 'first seen'],
    ...['acknowledged by', 'at', 'in', 'rationale'],
  ]
  const table: Table = { suffix: '-findings', columns, rows }
  const about = `What the detectors found about the log itself is of no item: ${rows.length} findings were acknowledged by a person, with a reason. A review is sealed only when none is left that nobody acknowledged, of those that stood when it was prepared and those that stood when it was sealed.`
  return { about: [about], tables: [table] }
}

function personText({ person, issuer, sub }: Actor): string {
  return `${person} (${issuer} ${sub})`
}
