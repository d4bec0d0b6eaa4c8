import type { StoredResource } from '../../domain/resource.ts'
import type { Sha256 } from '../../domain/session-name.ts'
import type { ResourceStore, ResourceVersion } from '../../ports.ts'
import { guarded } from './guarded.ts'
import type { Connection } from './open.ts'

type Reader = Pick<ResourceStore, 'get' | 'list' | 'versions' | 'version'>
type Row = ResourceVersion & { readonly kind: string; readonly name: string; readonly body: string }

const COLUMNS = `v.kind, v.name, v.version, v.state, v.body, v.sha256, v.author, v.at_ms AS atMs, v.generation`
const CURRENT = `SELECT ${COLUMNS} FROM resource r JOIN resource_version v
  ON v.kind = r.kind AND v.name = r.name AND v.version = r.version`

/** What administrators read of single resources and their history: never a whole configuration. */
export function createResourceReader(connection: Connection, sha256: Sha256): Reader {
  const one = connection.prepare<[string, string], Row>(`${CURRENT} WHERE r.kind = ? AND r.name = ?`)
  // The filters are data: each row is held against all of them, however many there are.
  const page = connection.prepare<[Readonly<Record<string, unknown>>], Row>(
    `${CURRENT} WHERE r.kind = @kind AND r.name > @after
       AND NOT EXISTS (SELECT 1 FROM json_each(@where) f WHERE
         CASE f.value ->> '$.member' WHEN 'state' THEN v.state ELSE v.body ->> ('$.' || (f.value ->> '$.member')) END
         IS NOT f.value ->> '$.is')
     ORDER BY r.name LIMIT @limit`,
  )
  const versions = connection.prepare<[Readonly<Record<string, unknown>>], Row>(
    `SELECT ${COLUMNS} FROM resource_version v
     WHERE kind = @kind AND name = @name AND (@before IS NULL OR version < @before)
     ORDER BY version DESC LIMIT @limit`,
  )
  const version = connection.prepare<[string, string, number], Row>(
    `SELECT ${COLUMNS} FROM resource_version v WHERE kind = ? AND name = ? AND version = ?`,
  )
  // Written by the store's apply(), from a Resource. The digest is of the bytes that are there.
  const whole = (row: Row) =>
    ({ ...row, body: JSON.parse(row.body), sha256: sha256(row.body) }) as StoredResource & ResourceVersion
  const maybe = (row: Row | undefined) => (row === undefined ? null : whole(row))
  return {
    get: async (kind, name) => guarded(() => maybe(one.get(kind, name))),
    list: async ({ kind, where, after, limit }) =>
      guarded(() => page.all({ kind, where: JSON.stringify(where), after: after ?? '', limit }).map(whole)),
    versions: async (kind, name, { before, limit }) =>
      guarded(() =>
        versions
          .all({ kind, name, before, limit })
          .map(({ kind: _kind, name: _name, body: _body, ...facts }) => facts),
      ),
    version: async (kind, name, number) => guarded(() => maybe(version.get(kind, name, number))),
  }
}
