import type { Resource } from '../../domain/resource.ts'
import type { ResourceStore } from '../../ports.ts'
import type { Connection } from './open.ts'

/** Reads what stood at a generation: `ResourceStore.at`, synchronously. */
export function createStoodAt(
  connection: Connection,
): (upTo: number, of: Parameters<ResourceStore['at']>[1]) => readonly Resource[] {
  const stoodAt = connection.prepare<{ upTo: number; issuer: string; role: string | null }, { body: string }>(
    `SELECT * FROM (SELECT kind, name, max(version) AS version, state, body FROM resource_version
       WHERE generation <= @upTo GROUP BY kind, name)
     WHERE kind <> 'mapping' OR @role IS NULL OR body ->> '$.issuer' = @issuer OR body ->> '$.role' = @role
     ORDER BY kind, name`,
  )
  return (upTo, of) =>
    // Written by the store's apply(), from a Resource.
    stoodAt.all({ upTo, ...of }).map((row) => ({ ...row, body: JSON.parse(row.body) }) as Resource)
}
