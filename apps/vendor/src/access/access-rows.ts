import type { AccessEntry } from '../domain/access/access-entry.ts'
import type { Connection } from '../storage/sqlite/open.ts'

/** What a session touched is told apart object by object up to this, then folder by folder, then not at all. */
const MOST_OBJECTS = 1_000
const MOST_FOLDERS = 200

const KNOWN = `SELECT 1 AS known FROM object_access
  WHERE target = ? AND bucket = ? AND object = ? AND session = ? AND api = ? AND exact = ?`
const ROW = `INSERT INTO object_access VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
  ON CONFLICT DO UPDATE SET allowed = allowed + excluded.allowed, refused = refused + excluded.refused,
  first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms)`

type Touched = { readonly bucket: string; readonly object: string; readonly api: string }

/** Writes what an entry touched, as exactly as its session has room for. */
export function createAccessRows(connection: Connection) {
  const known = connection.prepare<unknown[], { known: number }>(KNOWN)
  const put = connection.prepare(ROW)
  const count = connection.prepare('UPDATE session SET objects = ?, folders = ? WHERE id = ?')

  return {
    add(
      target: string,
      entry: AccessEntry,
      session: { readonly id: number; readonly objects: number; readonly folders: number },
    ): void {
      const counts = outcomeOf(entry.status)
      if (counts === null) return
      let { objects, folders } = session
      const isThere = (at: Touched, exact: 0 | 1) =>
        known.get(target, at.bucket, at.object, session.id, at.api, exact) !== undefined
      for (const at of touchedBy(entry)) {
        let [row, exact]: [Touched, 0 | 1] = [at, 1]
        if (!isThere(at, 1)) {
          if (objects < MOST_OBJECTS) objects += 1
          else {
            const folder = { ...at, object: at.object.slice(0, at.object.lastIndexOf('/') + 1) }
            ;[row, exact] = [folder, 0]
            if (!isThere(folder, 0)) {
              if (folders < MOST_FOLDERS) folders += 1
              else row = { ...folder, object: '' }
            }
          }
        }
        const when = [entry.atMs, entry.atMs]
        put.run(target, row.bucket, row.object, exact, session.id, row.api, ...counts, ...when)
      }
      if (objects !== session.objects || folders !== session.folders) count.run(objects, folders, session.id)
    },
  }
}

/** Allowed and refused: a missing object or a failed precondition is an answer, a store in trouble is none. */
function outcomeOf(status: number): readonly [allowed: 0 | 1, refused: 0 | 1] | null {
  if (status === 401 || status === 403) return [0, 1]
  return status < 400 || status === 404 || status === 412 || status === 416 ? [1, 0] : null
}

function touchedBy({ api, bucket, objects, copiedFrom }: AccessEntry): readonly Touched[] {
  const own = objects.length === 0 ? [''] : objects
  const from = copiedFrom === null ? [] : [{ ...copiedFrom, api: 'GetObject' }]
  return [...own.map((object) => ({ bucket, object, api })), ...from]
}
