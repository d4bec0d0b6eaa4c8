import { and, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { canonicalize } from '../../domain/canonical.ts'
import type { StoredResource } from '../../domain/resource.ts'
import type { Sha256 } from '../../domain/session-name.ts'
import { VendorError } from '../../errors.ts'
import type { ResourceChange, ResourceStore } from '../../ports.ts'
import { applyApproval, decider } from './change-store.ts'
import { guarded } from './guarded.ts'
import type { Connection } from './open.ts'
import { createResourceReader } from './resource-reader.ts'
import { generation, resource, resourceVersion } from './schema.ts'
import { createStoodAt } from './stood-at.ts'

type Apply = Parameters<ResourceStore['apply']>[0]

/** The configuration file. Every body is synchronous, so every method is one transaction or one read. */
export function createResourceStore(connection: Connection, sha256: Sha256): ResourceStore {
  const db = drizzle(connection)
  // The one read in the tick of each answer: prepared, because a built query costs more than the exchange's own work.
  const generationNow = connection.prepare<[], { value: number }>('SELECT value FROM generation WHERE id = 1')
  const standing = connection.prepare<[string, string, number], { one: number }>(
    "SELECT 1 AS one FROM resource WHERE kind = ? AND name = ? AND version = ? AND state = 'enabled'",
  )
  // A hundred thousand changes are one transaction: built queries would take it from seconds to half a minute.
  const versionOf = connection.prepare<[string, string], { version: number }>(
    'SELECT version FROM resource WHERE kind = ? AND name = ?',
  )
  const bodyOf = connection.prepare<[string, string, number], { body: string }>(
    'SELECT body FROM resource_version WHERE kind = ? AND name = ? AND version = ?',
  )
  const addVersion = connection.prepare<[Readonly<Record<string, unknown>>]>(
    `INSERT INTO resource_version (kind, name, version, state, body, sha256, author, at_ms, generation)
     VALUES (@kind, @name, @version, @state, @body, @sha256, @author, @atMs, @generation)`,
  )
  const setCurrent = connection.prepare<[Readonly<Record<string, unknown>>]>(
    `INSERT INTO resource (kind, name, version, state) VALUES (@kind, @name, @version, @state)
     ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, state = excluded.state`,
  )

  const decide = decider(connection)
  const stoodAt = createStoodAt(connection)

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
      // Written by apply(), from a Resource. The digest is of the bytes that are there, not of those that were meant.
      resources: rows.map(
        (row) => ({ ...row, body: JSON.parse(row.body), sha256: sha256(row.body) }) as StoredResource,
      ),
    }
  }

  function apply(input: Apply): { generation: number } {
    const { expectedGeneration, changes, author, atMs, approval } = input
    if (readGeneration() !== expectedGeneration) throw new VendorError('configuration_conflict')
    const next = expectedGeneration + 1
    for (const change of changes) applyOne(change, { author, atMs, generation: next })
    if (approval !== undefined) applyApproval(decide, approval, atMs)
    db.update(generation).set({ value: next }).where(eq(generation.id, 1)).run()
    return { generation: next }
  }

  function applyOne(change: ResourceChange, by: { author: string; atMs: number; generation: number }): void {
    const { kind, name, state } = change
    const before = versionOf.get(kind, name)?.version ?? 0
    const version = before + 1
    const body = change.body === null ? keptBody(kind, name, before) : canonicalize(change.body)
    addVersion.run({ kind, name, version, state, body, sha256: sha256(body), ...by })
    setCurrent.run({ kind, name, version, state })
  }

  function keptBody(kind: string, name: string, version: number): string {
    const found = bodyOf.get(kind, name, version)
    if (found === undefined)
      throw new VendorError('config_unavailable', { facts: { kind, name, reason: 'no body to keep' } })
    return found.body
  }

  const applyWhole = connection.transaction(apply)
  return {
    ...createResourceReader(connection, sha256),
    current: async () => guarded(() => connection.transaction(current)()),
    at: async (upTo, of) => guarded(() => stoodAt(upTo, of)),
    apply: async (input) => guarded(() => applyWhole.immediate(input)),
    generation: async () => guarded(readGeneration),
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
