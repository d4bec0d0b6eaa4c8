import type { Actor, RecordedEvent } from '../domain/audit-event.ts'
import type { Revocation, Revoked } from '../domain/revocation.ts'
import type { RevocationId } from '../ids.ts'
import type { AuditLog, LiveSession } from '../ports.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import type { PersonalReader } from './personal/personal-reader.ts'

/** How many rows of the log one page looks at: some ten milliseconds. */
const WINDOW = 5_000
/** No session lives longer than a role's maximum and its store token, with room for a clock that was set. */
const LONGEST_MS = 43_200_000 + 3_600_000

type Page = Awaited<ReturnType<AuditLog['liveSessions']>>

/** Revocations that count, and the sessions that a revocation must end, read from the intents and their outcomes. */
export function createRevocationReader(connection: Connection, personal: PersonalReader) {
  const revocations = connection.prepare<
    [],
    { id: RevocationId; body: string; locked: number; finished: number }
  >('SELECT id, body, locked, finished FROM revocation WHERE locked = 1 OR finished = 0 ORDER BY id')
  const newest = connection.prepare<[number], { seq: number | null; atMs: number | null }>(
    'SELECT max(seq) AS seq, at_ms AS atMs FROM event WHERE seq < ?',
  )
  const outcomes = connection.prepare<[string], { body: string }>(
    "SELECT body FROM event WHERE assumption = ? AND type <> 'assume.intent' ORDER BY seq",
  )

  function session(intent: RecordedEvent): LiveSession | null {
    if (intent.type !== 'assume.intent') return null
    const known: LiveSession = {
      assumption: intent.assumption,
      target: intent.decision.target?.name ?? '',
      accessKeyId: null,
      storeTokenExpiresMs: Date.parse(intent.storeTokenExpires),
      latestExpiryMs: Date.parse(intent.latestExpiry),
    }
    // Written by the log itself, in the form of its type.
    const after = outcomes.all(intent.assumption).map(({ body }) => JSON.parse(body) as RecordedEvent)
    return after.reduce<LiveSession | null>(followed, known)
  }

  return {
    revocations(): readonly Revocation[] {
      const reveal = personal.reveal()
      return revocations.all().map(({ id, body, locked, finished }) => {
        const known = JSON.parse(body) as { of: Revoked; by: Actor; at: string; reason: string } // written by row.ts
        const { of } = known
        const clear = of.kind === 'subject' ? { ...of, sub: reveal.text(of.sub) } : of
        return { ...known, of: clear, id, locked: locked === 1, finished: finished === 1 }
      })
    },

    liveSessions({ of, nowMs, before }: Parameters<AuditLog['liveSessions']>[0]): Page {
      const top = newest.get(before ?? Number.MAX_SAFE_INTEGER)
      if (top?.seq === null || top?.seq === undefined) return { sessions: [], next: null }
      const floor = of.kind === 'assumption' ? 0 : Math.max(0, top.seq - WINDOW)
      const { where, values } = conditionOf(of, personal)
      const rows = connection
        .prepare<unknown[], { body: string }>(
          `SELECT body FROM event WHERE seq <= ? AND seq > ? AND type = 'assume.intent'
             AND body ->> '$.latestExpiry' > ? AND ${where} ORDER BY seq DESC`,
        )
        .all(top.seq, floor, new Date(nowMs).toISOString(), ...values)
      const sessions = rows.flatMap(({ body }) => session(JSON.parse(body) as RecordedEvent) ?? []) // as above
      const older = floor > 0 && (top.atMs ?? 0) > nowMs - LONGEST_MS
      return {
        sessions: sessions.filter(({ latestExpiryMs }) => latestExpiryMs > nowMs),
        next: older ? floor + 1 : null,
      }
    },
  }
}

/** What one more event of its assumption says of a session; null where there is none, or it is proved to be over. */
function followed(known: LiveSession | null, event: RecordedEvent): LiveSession | null {
  if (known === null) return null
  switch (event.type) {
    case 'assume.issued':
      return { ...known, accessKeyId: event.accessKeyId, latestExpiryMs: Date.parse(event.expires) }
    case 'assume.withheld':
      return { ...known, accessKeyId: event.accessKeyId }
    case 'assume.upstream_failed':
      return event.mayExist ? known : null
    case 'assume.revoked':
      return event.proof === 'proved' && event.final ? null : known
    default:
      return known
  }
}

function conditionOf(
  of: Revoked,
  personal: PersonalReader,
): { readonly where: string; readonly values: readonly string[] } {
  switch (of.kind) {
    case 'assumption':
      // And those that were assumed from it.
      return {
        where: 'assumption IN (SELECT ? UNION ALL SELECT assumption FROM chain_link WHERE ancestor = ?)',
        values: [of.id, of.id],
      }
    case 'role':
      return { where: 'role = ?', values: [of.name] }
    case 'target':
      return { where: "body ->> '$.decision.target.name' = ?", values: [of.name] }
    case 'mapping':
      return {
        where:
          "EXISTS (SELECT 1 FROM json_each(body, '$.decision.mappings') m WHERE m.value ->> '$.name' = ?)",
        values: [of.name],
      }
    case 'issuer':
      return { where: "body ->> '$.subject.issuer.url' = ?", values: [of.url] }
    case 'subject':
      return {
        where:
          "body ->> '$.subject.issuer.url' = ? AND body ->> '$.subject.sub' IN (SELECT value FROM json_each(?))",
        // Of one person events may be in clear and by pseudonym, as the setting was when they were written.
        values: [of.url, JSON.stringify([of.sub, ...personal.subsOf({ issuer: of.url, sub: of.sub })])],
      }
  }
}
