import { and, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { canonicalize } from '../../domain/canonical.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Sha256 } from '../../domain/session-name.ts'
import { VendorError } from '../../errors.ts'
import type { ResourceChange, ResourceStore } from '../../ports.ts'
import type { Connection } from './open.ts'
import { generation, resource, resourceVersion } from './schema.ts'

type Apply = Parameters<ResourceStore['apply']>[0]

/** The configuration file. Every body is synchronous, so every method is one transaction or one read. */
export function createResourceStore(connection: Connection, sha256: Sha256): ResourceStore {
  const db = drizzle(connection)
  // The one read in the tick of each answer: prepared, because a built query costs more than the exchange's own work.
  const generationNow = connection.prepare<[], { value: number }>('SELECT value FROM generation WHERE id = 1')
  const standing = connection.prepare<[string, string, number], { one: number }>(
    "SELECT 1 AS one FROM resource WHERE kind = ? AND name = ? AND version = ? AND state = 'enabled'",
  )

  const stoodAt = connection.prepare<{ upTo: number; issuer: string; role: string | null }, { body: string }>(
    `SELECT * FROM (SELECT kind, name, max(version) AS version, state, body FROM resource_version
       WHERE generation <= @upTo GROUP BY kind, name)
     WHERE kind <> 'mapping' OR @role IS NULL OR body ->> '$.issuer' = @issuer OR body ->> '$.role' = @role
     ORDER BY kind, name`,
  )

  function readGeneration(): number {
    const row = generationNow.get()
    if (row === undefined) throw new VendorError('config_unavailable')
    return row.value
  }

  function current() {
    const rows = db
      .select({
        kind: resource.kind,
        name: resource.name,
        version: resource.version,
        state: resource.state,
        body: resourceVersion.body,
      })
      .from(resource)
      .innerJoin(
        resourceVersion,
        and(
          eq(resource.kind, resourceVersion.kind),
          eq(resource.name, resourceVersion.name),
          eq(resource.version, resourceVersion.version),
        ),
      )
      .orderBy(resource.kind, resource.name)
      .all()
    return {
      generation: readGeneration(),
      resources: rows.map((row) => ({ ...row, body: JSON.parse(row.body) }) as Resource),
    } // written by apply(), from a Resource
  }

  function at(upTo: number, of: Parameters<ResourceStore['at']>[1]): readonly Resource[] {
    return stoodAt.all({ upTo, ...of }).map((row) => ({ ...row, body: JSON.parse(row.body) }) as Resource) // as in current()
  }

  function apply(input: Apply): { generation: number } {
    const { expectedGeneration, changes, author, atMs } = input
    if (readGeneration() !== expectedGeneration) throw new VendorError('configuration_conflict')
    const next = expectedGeneration + 1
    for (const change of changes) applyOne(change, { author, atMs, generation: next })
    db.update(generation).set({ value: next }).where(eq(generation.id, 1)).run()
    return { generation: next }
  }

  function applyOne(change: ResourceChange, by: { author: string; atMs: number; generation: number }): void {
    const { kind, name, state } = change
    const key = and(eq(resource.kind, kind), eq(resource.name, name))
    const before = db.select().from(resource).where(key).get()
    const version = (before?.version ?? 0) + 1
    const body = change.body === null ? bodyOf(kind, name, before?.version) : canonicalize(change.body)
    db.insert(resourceVersion)
      .values({ kind, name, version, state, body, sha256: sha256(body), ...by })
      .run()
    db.insert(resource)
      .values({ kind, name, version, state })
      .onConflictDoUpdate({ target: [resource.kind, resource.name], set: { version, state } })
      .run()
  }

  function bodyOf(kind: string, name: string, version: number | undefined): string {
    const found = db
      .select({ body: resourceVersion.body })
      .from(resourceVersion)
      .where(
        and(
          eq(resourceVersion.kind, kind),
          eq(resourceVersion.name, name),
          eq(resourceVersion.version, version ?? 0),
        ),
      )
      .get()
    if (found === undefined)
      throw new VendorError('config_unavailable', { facts: { kind, name, reason: 'no body to keep' } })
    return found.body
  }

  const applyWhole = connection.transaction(apply)
  return {
    current: async () => guarded(() => connection.transaction(current)()),
    at: async (upTo, of) => guarded(() => at(upTo, of)),
    apply: async (input) => guarded(() => applyWhole.immediate(input)),
    changedSince: async (since, pins) =>
      guarded(() => {
        if (readGeneration() === since) return []
        return pins
          .filter(({ kind, name, version }) => standing.get(kind, name, version) === undefined)
          .map(({ kind, name }) => ({ kind, name }))
      }),
    async close() {
      connection.close()
    },
  }
}

/** SQLite's own errors become the port's. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof VendorError) throw thrown
    throw new VendorError('config_unavailable', { cause: thrown })
  }
}
