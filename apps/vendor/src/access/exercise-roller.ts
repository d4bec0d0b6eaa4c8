import { matchesPattern } from '@stint/policy'
import { apiRow } from '../domain/access/store-api.ts'
import type { SessionMark } from '../ports/access.ts'
import type { Connection } from '../storage/sqlite/open.ts'

type Row = {
  target: string
  bucket: string
  object: string
  api: string
  allowed: number
  refused: number
  last_ms: number
}

const SINCE = 'session = ? AND (allowed > rolled_allowed OR refused > rolled_refused)'
const NEW = `SELECT target, bucket, object, api, allowed - rolled_allowed AS allowed,
  refused - rolled_refused AS refused, last_ms FROM object_access WHERE ${SINCE}`
const ROLLED = `UPDATE object_access SET rolled_allowed = allowed, rolled_refused = refused WHERE ${SINCE}`
const EXERCISE = `INSERT INTO exercise VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  allowed = allowed + excluded.allowed, refused = refused + excluded.refused,
  last_ms = max(last_ms, excluded.last_ms)`
const LABEL = 'UPDATE session SET label = ? WHERE id = ? AND label IS NULL RETURNING target, last_ms'
const DAY_MS = 86_400_000
const ARN = 'arn:aws:s3:::'

/**
 * Says what a session is, and adds to `exercise` what it did since it was last asked about: once for its role and once for
 * each mapping that admitted it, on the day of its last use. A row without an action counts the session itself.
 */
export function createExerciseRoller(connection: Connection): (mark: SessionMark) => void {
  const label = connection.prepare<unknown[], { target: string; last_ms: number }>(LABEL)
  const fresh = connection.prepare<[number], Row>(NEW)
  const rolled = connection.prepare(ROLLED)
  const add = connection.prepare(EXERCISE)
  return ({ id, label: is, places }) => {
    if (is === null) return
    const { role, mappings } = is
    const first = label.get(JSON.stringify(is), id)
    if (role === null) return
    const of = ['', ...mappings]
    if (first !== undefined)
      for (const mapping of of)
        add.run(first.target, role, mapping, '', '', dayOf(first.last_ms), 1, 0, first.last_ms)
    for (const row of fresh.all(id)) {
      const place = placeOf(row, places)
      for (const action of apiRow(row.api).actions)
        for (const mapping of of) {
          const counts = [dayOf(row.last_ms), row.allowed, row.refused, row.last_ms]
          add.run(row.target, role, mapping, action, place, ...counts)
        }
    }
    rolled.run(id)
  }
}

function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS)
}

/** The first granted resource that it falls under, as the role writes it. */
function placeOf({ bucket, object, api }: Row, places: readonly string[]): string {
  const { of } = apiRow(api)
  const arn = of === 'store' ? `${ARN}*` : of === 'bucket' ? `${ARN}${bucket}` : `${ARN}${bucket}/${object}`
  return places.find((place) => matchesPattern(place.replaceAll(/\{\{[^{}]*\}\}/g, '*'), arn)) ?? ''
}
