import type { RecordedEvent } from '../domain/audit-event.ts'
import type { AnnouncedFinding } from '../domain/finding-event.ts'
import type { Connection } from '../storage/sqlite/open.ts'

/** What one event does to the tables that detectors go by. */
export type DetectChange =
  | {
      readonly do: 'key_seen'
      readonly issuer: string
      readonly kid: string | null
      /** null where it was refused. */
      readonly thumbprint: string | null
      readonly refused: string | null
      readonly atMs: number
    }
  | { readonly do: 'key_gone'; readonly issuer: string; readonly thumbprint: string; readonly atMs: number }
  | { readonly do: 'found'; readonly findings: readonly AnnouncedFinding[]; readonly atMs: number }
  | { readonly do: 'unfound'; readonly keys: readonly string[]; readonly atMs: number }

export function detectChangeOf(event: RecordedEvent): DetectChange | null {
  const atMs = Date.parse(event.at)
  switch (event.type) {
    case 'jwks.key_added': {
      const { issuer, kid, thumbprint } = event
      return { do: 'key_seen', issuer, kid, thumbprint, refused: null, atMs }
    }
    case 'jwks.key_refused': {
      const { issuer, kid, reason } = event
      return { do: 'key_seen', issuer, kid, thumbprint: null, refused: reason, atMs }
    }
    case 'jwks.key_removed':
      return { do: 'key_gone', issuer: event.issuer, thumbprint: event.thumbprint, atMs }
    case 'finding.opened':
      return { do: 'found', findings: event.findings, atMs }
    case 'finding.closed':
      return { do: 'unfound', keys: event.findings.map(({ key }) => key), atMs }
    default:
      return null
  }
}

const SEE = `INSERT INTO issuer_key VALUES (@issuer, @id, @kid, @thumbprint, @refused, @atMs, @atMs, NULL)
  ON CONFLICT (issuer, id) DO UPDATE SET kid = excluded.kid, last_ms = excluded.last_ms, gone_ms = NULL`
const FIND = `INSERT INTO finding VALUES (@key, @detector, @rule, @severity, @kind, @name, @message, @atMs, NULL, 1)
  ON CONFLICT (key) DO UPDATE SET detector = excluded.detector, rule = excluded.rule, severity = excluded.severity,
  message = excluded.message, opened_ms = excluded.opened_ms, closed_ms = NULL, times = times + 1`

/** Writes them, in the transaction of the event. */
export function createDetectWriter(connection: Connection): (change: DetectChange) => void {
  const see = connection.prepare<[Readonly<Record<string, unknown>>]>(SEE)
  const lose = connection.prepare('UPDATE issuer_key SET gone_ms = ? WHERE issuer = ? AND id = ?')
  const find = connection.prepare<[Readonly<Record<string, unknown>>]>(FIND)
  const close = connection.prepare('UPDATE finding SET closed_ms = ? WHERE key = ? AND closed_ms IS NULL')
  return (change) => {
    switch (change.do) {
      case 'key_seen': {
        const { do: _do, ...key } = change
        see.run({ ...key, id: key.thumbprint ?? `!${key.refused}:${key.kid ?? ''}` })
        return
      }
      case 'key_gone':
        lose.run(change.atMs, change.issuer, change.thumbprint)
        return
      case 'found':
        for (const finding of change.findings) find.run({ ...finding, atMs: change.atMs })
        return
      case 'unfound':
        for (const key of change.keys) close.run(change.atMs, key)
    }
  }
}
