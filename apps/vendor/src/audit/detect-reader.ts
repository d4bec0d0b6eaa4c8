import type { RecordedEvent } from '../domain/audit-event.ts'
import type { IssuerKey, LogFacts, OpenEnd, SeenSubject } from '../domain/detect/evidence.ts'
import type { LogMark, LogStretch, LookAt } from '../domain/detect/log-walk.ts'
import { findClockSteps, findGaps } from '../domain/detect/log-walk.ts'
import { isCommitment } from '../domain/personal/commitment.ts'
import type { Claims, ClaimValue } from '../domain/subject.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { createPersonalReader } from './personal/personal-reader.ts'

/** How far back subjects and packed sizes are looked for, in events. */
const MOST_RECENT = 4_000
/** Processes of which the counter and the clock are looked at, newest first. */
const MOST_STARTS = 50
/** Events that a process writes before its `process.start`. */
const MOST_BEFORE_START = 200
const CLOCK_STEP_MS = 1_000

/** What detectors go by in the log, read on a connection of its own. */
export type DetectFacts = {
  /** When the first event was written; null: there is none. */
  readonly firstMs: number | null
  readonly issuerKeys: readonly IssuerKey[]
  /** By target, when Stint last made a signing key for it. */
  readonly signingKeysMs: ReadonlyMap<string, number>
  readonly subjects: readonly SeenSubject[]
  readonly packedPercent: ReadonlyMap<string, number>
  /** By `kind/name` of an item, when a review last attested it. */
  readonly attestedMs: ReadonlyMap<string, number>
  readonly log: Omit<LogFacts, 'anchorsBehind'> & {
    /** Since when an anchor could not be written, by anchor; of those that were written since, too. */
    readonly anchorFailedMs: ReadonlyMap<string, number>
  }
}

export function readDetectFacts(connection: Connection, of: { readonly sinceMs: number }): DetectFacts {
  return connection.transaction(() => {
    const recent = readRecent(connection)
    return {
      firstMs:
        one<{ at_ms: number }>(connection, 'SELECT at_ms FROM event ORDER BY seq LIMIT 1')?.at_ms ?? null,
      issuerKeys: readIssuerKeys(connection),
      signingKeysMs: readSigningKeys(connection),
      ...recent,
      attestedMs: readAttested(connection),
      log: {
        open: readOpenEnds(connection),
        ...readWalk(connection, of.sinceMs),
        uncoveredMs: readUncovered(connection),
        exceptions: rare(connection, 'config.exception', of.sinceMs).map(({ seq, at_ms }) => ({
          seq,
          atMs: at_ms,
        })),
        anchorFailedMs: new Map(
          rare(connection, 'log.anchor_failed', 0).flatMap(({ event, at_ms }) =>
            event.type === 'log.anchor_failed' ? [[event.anchor, at_ms] as const] : [],
          ),
        ),
      },
    }
  })()
}

function one<Row>(connection: Connection, sql: string, ...values: readonly unknown[]): Row | undefined {
  return connection.prepare<unknown[], Row>(sql).get(...values)
}

type RareRow = { readonly seq: number; readonly at_ms: number; readonly body: string }
const MOST_RARE = 1_000

/** Events of a type that is no exchange’s, oldest first: at most the newest thousand, and those that can be read. */
function rare(connection: Connection, type: string, sinceMs: number) {
  // The condition is that of the index, word for word.
  const sql = `SELECT * FROM (SELECT seq, at_ms, body FROM event
    WHERE type = ? AND type NOT GLOB 'assume.*' AND at_ms >= ? ORDER BY seq DESC LIMIT ${MOST_RARE}) ORDER BY seq`
  const rows = connection.prepare<[string, number], RareRow>(sql).all(type, sinceMs)
  return rows.flatMap(({ seq, at_ms, body }) => {
    const event = eventOf(body)
    return event === null ? [] : [{ seq, at_ms, event }]
  })
}

/** Bodies are pruned at times: then nothing is known of the event but that it was there. */
function eventOf(body: string | null): RecordedEvent | null {
  try {
    const event: unknown = JSON.parse(body ?? '')
    return typeof event === 'object' && event !== null && 'type' in event ? (event as RecordedEvent) : null // written by the log
  } catch {
    return null
  }
}

function readIssuerKeys(connection: Connection): readonly IssuerKey[] {
  const sql = `SELECT issuer, kid, thumbprint, refused, first_ms AS firstMs, last_ms AS lastMs, gone_ms AS goneMs
    FROM issuer_key ORDER BY issuer, id`
  return connection.prepare<[], IssuerKey>(sql).all()
}

function readSigningKeys(connection: Connection): ReadonlyMap<string, number> {
  const made = ['secret.created', 'secret.rotating'].flatMap((type) => rare(connection, type, 0))
  const newest = new Map<string, number>()
  for (const { event, at_ms } of made) {
    if (event.type !== 'secret.created' && event.type !== 'secret.rotating') continue
    if (event.target !== null) newest.set(event.target, Math.max(newest.get(event.target) ?? 0, at_ms))
  }
  return newest
}

/** Of what a detector asks for: mappings, and exceptions, each an item of its own. Where two decide, the second yes counts. */
function readAttested(connection: Connection): ReadonlyMap<string, number> {
  const sql = `SELECT i.kind || '/' || i.name AS key, max(f.value ->> '$.at') AS at
    FROM review_item i, json_each(i.facts) f
    WHERE i.kind IN ('mapping', 'exception') AND i.state = 'attested'
      AND f.value ->> '$.type' = 'review.decided' AND f.value ->> '$.verdict' = 'attest' GROUP BY 1`
  const rows = connection.prepare<[], { key: string; at: string }>(sql).all()
  return new Map(rows.map(({ key, at }) => [key, Date.parse(at)]))
}

/** Of one subject only what was recorded of it last. */
function readRecent(connection: Connection): Pick<DetectFacts, 'subjects' | 'packedPercent'> {
  const sql = `SELECT type, body FROM event
    WHERE seq > (SELECT coalesce(max(seq), 0) FROM event) - ${MOST_RECENT}
      AND type IN ('assume.intent', 'assume.issued') ORDER BY seq DESC`
  const subjects = new Map<string, SeenSubject>()
  const packed = new Map<string, number>()
  const packedPercent = new Map<string, number>()
  // Conditions are held against claims in clear; what is found says the assumption, and no claim.
  const reveal = createPersonalReader(connection).reveal()
  for (const { body } of connection.prepare<[], { body: string }>(sql).all()) {
    const read = eventOf(body)
    const event = read === null ? null : reveal.event(read)
    if (event?.type === 'assume.issued' && event.upstream.packedPolicySize !== undefined)
      packed.set(event.assumption, event.upstream.packedPolicySize)
    if (event?.type !== 'assume.intent') continue
    const { subject, decision, assumption } = event
    const issuer = subject.issuer.name
    const key = JSON.stringify([issuer, subject.sub, subject.claims])
    if (!subjects.has(key)) subjects.set(key, { issuer, claims: claimsOf(subject), assumption })
    const percent = packed.get(assumption)
    const role = decision.role?.name
    if (percent !== undefined && role !== undefined)
      packedPercent.set(role, Math.max(packedPercent.get(role) ?? 0, percent))
  }
  return { subjects: [...subjects.values()], packedPercent }
}

type RecordedClaims = Extract<RecordedEvent, { type: 'assume.intent' }>['subject']

/** The claims as far as they were recorded, in the shape in which the token had them. */
function claimsOf({ sub, issuer, claims }: RecordedClaims): Claims {
  const whole: { [name: string]: ClaimValue } = isCommitment(sub)
    ? { iss: issuer.url }
    : { iss: issuer.url, sub }
  for (const { path, value } of claims) {
    if (isCommitment(value)) continue
    let at: { [name: string]: ClaimValue } = whole
    for (const step of path.slice(0, -1)) {
      const next = { ...objectAt(at, step) }
      set(at, step, next)
      at = next
    }
    set(at, path.at(-1) ?? '', value)
  }
  return whole
}

function objectAt(of: Claims, step: string): Claims {
  const inner = Object.hasOwn(of, step) ? of[step] : undefined
  const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
  return isObject ? (inner as Claims) : {} // an object that is neither null nor an array
}

/** An own member, whatever it is called. */
function set(object: { [name: string]: ClaimValue }, name: string, value: ClaimValue): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
}

function readOpenEnds(connection: Connection): readonly OpenEnd[] {
  const sql = `SELECT target, store_token_expires_ms AS storeTokenExpiresMs, latest_expiry_ms AS latestExpiryMs
    FROM open_intent ORDER BY assumption LIMIT 10000`
  return connection.prepare<[], OpenEnd>(sql).all()
}

/** The oldest event that the newest checkpoint does not cover. */
function readUncovered(connection: Connection): number | null {
  const sql = `SELECT at_ms FROM event
    WHERE seq > (SELECT coalesce(max(size), 0) FROM checkpoint) ORDER BY seq LIMIT 1`
  return one<{ at_ms: number }>(connection, sql)?.at_ms ?? null
}

function readWalk(connection: Connection, sinceMs: number): Pick<LogFacts, 'gaps' | 'clockSteps'> {
  const markAt = markReader(connection)
  const newest = one<{ seq: number | null }>(connection, 'SELECT max(seq) AS seq FROM event')?.seq ?? 0
  const starts = rare(connection, 'process.start', sinceMs).slice(-MOST_STARTS)
  const stretches = starts.flatMap(({ seq }, at): LogStretch[] => {
    const first = markAt(seq)
    const end = (starts[at + 1]?.seq ?? newest + 1) - 1
    const last = first === null ? null : lastOf(first.boot, { from: seq, to: end, markAt })
    return first === null || last === null ? [] : [{ first, last }]
  })
  const of = <T>(find: (stretch: LogStretch, look: LookAt) => readonly T[]) =>
    stretches.flatMap((stretch) => {
      const { boot } = stretch.first
      return find(stretch, (seq) => {
        const mark = markAt(seq)
        return mark?.boot === boot ? mark : null
      })
    })
  return {
    gaps: of(findGaps),
    clockSteps: of((stretch, look) => findClockSteps(stretch, look, CLOCK_STEP_MS)),
  }
}

/** The last event of a process: the next one writes a few before it says that it started. */
function lastOf(
  boot: string,
  { from, to, markAt }: { readonly from: number; readonly to: number; readonly markAt: LookAt },
): LogMark | null {
  for (let seq = to; seq >= Math.max(from, to - MOST_BEFORE_START); seq--) {
    const mark = markAt(seq)
    if (mark?.boot === boot) return mark
  }
  return null
}

function markReader(connection: Connection): LookAt {
  type Row = { seq: number; at_ms: number; boot: string | null; n: number | null; mono: string | null }
  const row = connection.prepare<[number], Row>(
    `SELECT seq, at_ms, body ->> '$.boot' AS boot, body ->> '$.n' AS n, body ->> '$.mono' AS mono
     FROM event WHERE seq = ? AND json_valid(body)`,
  )
  return (seq) => {
    const found = row.get(seq)
    if (found === undefined || found.boot === null || found.n === null || found.mono === null) return null
    return { seq, boot: found.boot, n: found.n, atMs: found.at_ms, monoMs: Number(found.mono) / 1e6 }
  }
}
