import type { Provenance, StandingVersion } from '../../ports/reviews.ts'
import { guarded } from './guarded.ts'
import type { Connection } from './open.ts'

type Row = StandingVersion & { readonly kind: string; readonly name: string }

/** Of each resource the versions whose body is the standing one, back to the first after the last that was not. */
const STANDING = `SELECT v.kind, v.name, v.version, v.generation, v.author, v.at_ms AS atMs
  FROM resource r
  JOIN resource_version c ON c.kind = r.kind AND c.name = r.name AND c.version = r.version
  JOIN resource_version v ON v.kind = r.kind AND v.name = r.name AND v.body = c.body
    AND v.version > coalesce((SELECT max(o.version) FROM resource_version o
      WHERE o.kind = r.kind AND o.name = r.name AND o.body <> c.body), 0)`

/** Reads where what stands comes from. The bodies are compared, not their hashes: those may have been written by anybody. */
export function createProvenance(connection: Connection): Provenance {
  const all = connection.prepare<[], Row>(`${STANDING} ORDER BY v.kind, v.name, v.version DESC`)
  const one = connection.prepare<[string, string], Row>(
    `${STANDING} WHERE r.kind = ? AND r.name = ? ORDER BY v.version DESC`,
  )
  const bare = ({ kind: _kind, name: _name, ...version }: Row): StandingVersion => version
  return {
    all: async () =>
      guarded(() => {
        const grouped = Map.groupBy(all.all(), ({ kind, name }) => `${kind}/${name}`)
        return new Map([...grouped].map(([key, rows]) => [key, rows.map(bare)] as const))
      }),
    of: async (kind, name) => guarded(() => one.all(kind, name).map(bare)),
  }
}
