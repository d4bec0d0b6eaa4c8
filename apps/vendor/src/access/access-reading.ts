import type { Told } from '../domain/access/exercised.ts'
import { apiRow } from '../domain/access/store-api.ts'
import { VendorError } from '../errors.ts'
import type {
  AccessQuery,
  AccessStore,
  StoredAccess,
  StoredAccesses,
  StoredUses,
  TouchedSession,
  UsedSeconds,
} from '../ports/access.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import type { ReadName } from './messages.ts'

/** The same questions, answered at once: in the worker. */
export type AccessReading = {
  readonly [K in ReadName]: (...asked: Parameters<AccessStore[K]>) => Awaited<ReturnType<AccessStore[K]>>
}

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const MOST_UNJUDGED = 10_000
/** A session as `TouchedSession` has it. */
export const TOUCHED = `SELECT id, target, key AS accessKeyId, sub, role_arn AS roleArn, issuer, parent,
  expires_ms AS expiresMs, first_ms AS firstMs, used_ms AS usedMs, uses, source FROM session`
/** Sessions that a percentile is made of: the newest. */
const MOST_SESSIONS = 10_000

/** The questions, on a connection that only reads. */
export function createAccessReading(connection: Connection): AccessReading {
  const told = connection.prepare<[string], Told>(
    'SELECT since_ms AS sinceMs, until_ms AS untilMs FROM told WHERE target = ?',
  )
  const uses = connection.prepare<[string, string, number], UseRow>(USES)
  const sessions = connection.prepare<[number, number, number], { label: string; ms: number }>(
    `SELECT label, used_ms - first_ms AS ms FROM session
      WHERE last_ms >= ? AND coalesce(expires_ms, last_ms) <= ? AND label IS NOT NULL AND used_ms IS NOT NULL ORDER BY last_ms DESC LIMIT ?`,
  )
  const unjudged = connection.prepare<[number, number, number], TouchedSession>(
    `${TOUCHED} WHERE (parent IS NOT NULL OR issuer IS NOT NULL OR role_arn IS NOT NULL)
      AND ((last_ms >= ? AND used_ms IS NOT NULL) OR (last_ms >= ? AND label IS NULL AND ghost IS NULL)) ORDER BY last_ms DESC LIMIT ?`,
  )
  const roleOf = connection.prepare<[string], { role: string }>(
    'SELECT DISTINCT role FROM exercise WHERE mapping = ?',
  )
  return {
    told: (target) => told.get(target) ?? null,
    accesses: (query) => pageOf(connection, query),
    uses: ({ kind, name }, sinceMs) => {
      const day = Math.floor(sinceMs / DAY_MS)
      const rows =
        kind === 'role'
          ? uses.all(name, '', day)
          : roleOf.all(name).flatMap(({ role }) => uses.all(role, name, day))
      return usesOf(rows)
    },
    unjudged: (nowMs) => unjudged.all(nowMs - HOUR_MS, nowMs - DAY_MS, MOST_UNJUDGED),
    usedSeconds: (sinceMs, nowMs) => percentiles(sessions.all(sinceMs, nowMs, MOST_SESSIONS)),
  }
}

type UseRow = {
  action: string
  place: string
  allowed: number
  refused: number
  lastMs: number
}
const USES = `SELECT action, place, sum(allowed) AS allowed, sum(refused) AS refused, max(last_ms) AS lastMs
  FROM exercise WHERE role = ? AND mapping = ? AND day >= ? GROUP BY action, place`

/** A row without an action counts sessions. */
function usesOf(rows: readonly UseRow[]): StoredUses {
  const sessions = rows.filter(({ action }) => action === '').reduce((sum, { allowed }) => sum + allowed, 0)
  const uses = rows
    .filter(({ action }) => action !== '')
    .map((row) => ({ ...row, place: row.place === '' ? null : row.place }))
  return { sessions, uses }
}

const COLUMNS = `a.target, a.bucket, a.object, a.exact, a.api, a.allowed, a.refused, a.first_ms AS firstMs,
  a.last_ms AS lastMs, a.session, s.key AS accessKeyId, s.sub, s.parent, s.ghost, s.source`

type Row = Omit<StoredAccess, 'exact' | 'deed'> & { exact: number; session: number }

function pageOf(connection: Connection, query: AccessQuery): StoredAccesses {
  const { target, bucket, key, sinceMs, cursor, limit } = query
  const where: [string, ...unknown[]][] = [['a.bucket = ?', bucket]]
  // The primary key begins with the target: where none is named each that ever told is asked.
  where.push(target === null ? ['a.target IN (SELECT target FROM told)'] : ['a.target = ?', target])
  if (key !== null) {
    const begins = [...beginnings(key)]
    where.push([
      `((a.object = ? AND a.exact = 1) OR (a.object IN (SELECT value FROM json_each(?)) AND a.exact = 0))`,
      key,
      JSON.stringify(begins),
    ])
  }
  if (sinceMs !== null) where.push(['a.last_ms >= ?', sinceMs])
  if (cursor !== null) where.push([`(a.last_ms, ${TIE}) < (?, ?)`, ...cursorOf(cursor)])
  const sql = `SELECT ${COLUMNS} FROM object_access a JOIN session s ON s.id = a.session
    WHERE ${where.map(([text]) => text).join(' AND ')} ORDER BY a.last_ms DESC, ${TIE} DESC LIMIT ?`
  const values = where.flatMap(([, ...all]) => all)
  const rows = connection.prepare<unknown[], Row>(sql).all(...values, limit)
  const last = rows.length === limit ? rows.at(-1) : undefined
  return {
    accesses: rows.map(({ session: _inner, exact, ...row }) => ({
      ...row,
      exact: exact === 1,
      deed: apiRow(row.api).deed,
    })),
    next: last === undefined ? null : `${last.lastMs}.${Buffer.from(tieOf(last)).toString('base64url')}`,
  }
}

/** What tells two rows of one millisecond apart. */
const TIE = "(a.session || ' ' || a.api || ' ' || a.exact || ' ' || a.target || ' ' || a.object)"

function tieOf({ session, api, exact, target, object }: Row): string {
  return [session, api, exact, target, object].join(' ')
}

function cursorOf(cursor: string): readonly [number, string] {
  const [, ms = '', tie = ''] = /^([0-9]{1,16})\.([\w-]{1,4096})$/.exec(cursor) ?? []
  if (ms === '') throw new VendorError('parameter_invalid', { facts: { parameter: 'cursor' } })
  return [Number(ms), Buffer.from(tie, 'base64url').toString('utf8')]
}

/** Of `a/b/c`: nothing, `a/` and `a/b/`: where a session touched too much, one of these is all that is known. */
function* beginnings(key: string): Generator<string> {
  yield ''
  for (let at = key.indexOf('/'); at !== -1; at = key.indexOf('/', at + 1)) yield key.slice(0, at + 1)
}

function percentiles(
  rows: readonly { readonly label: string; readonly ms: number }[],
): ReadonlyMap<string, UsedSeconds> {
  const byMapping = new Map<string, number[]>()
  for (const { label, ms } of rows) {
    const { mappings } = JSON.parse(label) as { mappings: readonly string[] } // written by exercise-roller.ts
    for (const mapping of mappings) {
      const known = byMapping.get(mapping) ?? []
      known.push(Math.max(0, Math.round(ms / 1000)))
      byMapping.set(mapping, known)
    }
  }
  return new Map(
    [...byMapping].map(([mapping, all]) => {
      const sorted = all.toSorted((a, b) => a - b)
      const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
      return [mapping, { sessions: sorted.length, p50: at(0.5), p95: at(0.95) }] as const
    }),
  )
}
