import type { AccessEntry, EntrySession } from '../domain/access/access-entry.ts'
import { CLOCK_AHEAD_MS } from '../domain/access/access-entry.ts'
import { endsSessions } from '../domain/access/store-api.ts'
import type { SessionMark, Taken, TouchedSession } from '../ports/access.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { purgeAccess } from './access-purge.ts'
import { TOUCHED } from './access-reading.ts'
import { createAccessRows } from './access-rows.ts'
import { createExerciseRoller } from './exercise-roller.ts'

/** The writing side of `access.db`: one a file, in the worker. Each method is one transaction. */
export type AccessBook = {
  /** Counts entries of a target; those that were counted before are left out. */
  take(target: string, entries: readonly AccessEntry[], nowMs: number): Omit<Taken, 'ignored'>
  /** Says what sessions are, and counts what they did under what they were granted. */
  mark(marks: readonly SessionMark[]): void
  /** Forgets what is older than each target keeps; and, beyond a number of rows, the oldest. */
  purge(keepDays: Readonly<Record<string, number>>, nowMs: number): void
}

/** A store's clock that is off by more than this tells nothing that could be put beside ours. */
const OLDEST_MS = 7 * 86_400_000
/** One answer names no more sessions than these. */
const MOST_TOUCHED = 1_000

const SESSION = `INSERT INTO session VALUES
  (NULL, :target, :key, :sub, :roleArn, :issuer, :parent, :expiresMs, :atMs, :atMs, :usedMs, :uses, :source, 0, 0, NULL, NULL)
  ON CONFLICT (target, key) DO UPDATE SET
  sub = coalesce(sub, excluded.sub), role_arn = coalesce(role_arn, excluded.role_arn),
  issuer = coalesce(issuer, excluded.issuer), parent = coalesce(parent, excluded.parent),
  expires_ms = coalesce(expires_ms, excluded.expires_ms),
  source = iif(excluded.last_ms >= last_ms, excluded.source, source),
  first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms),
  used_ms = iif(excluded.used_ms IS NULL, used_ms, max(coalesce(used_ms, 0), excluded.used_ms)),
  uses = uses + excluded.uses
  RETURNING id, objects, folders`
const TOLD = `INSERT INTO told VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  since_ms = min(since_ms, excluded.since_ms), until_ms = max(until_ms, excluded.until_ms),
  entries = entries + excluded.entries`

/** Nobody’s: what a store lets everybody do. */
const NOBODY: EntrySession = {
  accessKeyId: '',
  sub: null,
  roleArn: null,
  issuer: null,
  parent: null,
  expiresMs: null,
}

export function createAccessBook(connection: Connection): AccessBook {
  const seen = connection.prepare('INSERT OR IGNORE INTO seen_request VALUES (?, ?, ?)')
  const session = connection.prepare<unknown[], { id: number; objects: number; folders: number }>(SESSION)
  const told = connection.prepare(TOLD)
  const touched = connection.prepare<[number], TouchedSession>(`${TOUCHED} WHERE id = ?`)
  const ghost = connection.prepare('UPDATE session SET ghost = coalesce(ghost, ?) WHERE id = ?')
  const rows = createAccessRows(connection)
  const roll = createExerciseRoller(connection)

  function takeOne(target: string, entry: AccessEntry, touchedIds: Set<number>): void {
    const isUse = !entry.given && entry.session !== null && !endsSessions(entry.api)
    const { accessKeyId: key, sub, roleArn, issuer, parent, expiresMs } = entry.session ?? NOBODY
    const [atMs, uses, usedMs] = [entry.atMs, isUse ? 1 : 0, isUse ? entry.atMs : null]
    const who = { target, key, sub, roleArn, issuer, parent, expiresMs }
    const row = session.get({ ...who, atMs, usedMs, uses, source: entry.source })
    if (row === undefined) return
    if (!entry.given) rows.add(target, entry, row)
    if (sub !== null || parent !== null) touchedIds.add(row.id)
  }

  return {
    take: transacted(connection, (target: string, entries: readonly AccessEntry[], nowMs: number) => {
      const touchedIds = new Set<number>()
      let [accepted, duplicates, strange, newestMs] = [0, 0, 0, 0]
      let oldestMs = Number.MAX_SAFE_INTEGER
      for (const entry of entries) {
        if (entry.atMs > nowMs + CLOCK_AHEAD_MS || entry.atMs < nowMs - OLDEST_MS) strange += 1
        else if (entry.id !== null && seen.run(target, entry.id, nowMs).changes === 0) duplicates += 1
        else {
          takeOne(target, entry, touchedIds)
          accepted += 1
          newestMs = Math.max(newestMs, entry.atMs)
          oldestMs = Math.min(oldestMs, entry.atMs)
        }
      }
      if (accepted > 0) told.run(target, oldestMs, newestMs, accepted)
      const ids = [...touchedIds].slice(0, MOST_TOUCHED)
      const sessions = ids.flatMap((id) => touched.get(id) ?? [])
      return { accepted, duplicates, strange, newestMs: accepted > 0 ? newestMs : null, sessions }
    }),
    mark: transacted(connection, (marks: readonly SessionMark[]) => {
      for (const mark of marks) {
        if (mark.ghost !== null) ghost.run(mark.ghost, mark.id)
        roll(mark)
      }
    }),
    purge: transacted(connection, (keepDays: Readonly<Record<string, number>>, nowMs: number) =>
      purgeAccess(connection, keepDays, nowMs),
    ),
  }
}

function transacted<A extends unknown[], R>(
  connection: Connection,
  work: (...args: A) => R,
): (...args: A) => R {
  const run = connection.transaction((args: A) => work(...args))
  return (...args) => run.immediate(args)
}
