import type { MappingMode, Resource } from '../domain/resource.ts'
import type { Clock, ResourceStore } from '../ports.ts'

/** What a list shows of one mapping. */
export type RosterRow = {
  readonly name: string
  readonly version: number
  readonly issuer: string
  readonly role: string
  readonly owner: string
  readonly purpose: string
  readonly expiresMs: number
  /** `disabled`: it left the configuration. */
  readonly mode: MappingMode | 'disabled'
}

/** Every mapping of a generation, by name, in the few words that a list shows. */
export type Roster = { readonly generation: number; readonly rows: readonly RosterRow[] }

const KEPT_MS = 10 * 60_000

/**
 * Reads it once a generation and keeps it while somebody looks: the process keeps no bodies of mappings in memory, and
 * of five thousand these words are a megabyte.
 */
export function createRoster(deps: {
  readonly store: Pick<ResourceStore, 'current'>
  readonly generation: () => number
  readonly clock: Clock
}): () => Promise<Roster> {
  let kept: { readonly roster: Roster; seenMs: number } | null = null
  return async () => {
    const now = deps.clock.monotonicMs()
    if (kept === null || kept.roster.generation !== deps.generation() || now - kept.seenMs > KEPT_MS) {
      const { generation, resources } = await deps.store.current()
      kept = { roster: { generation, rows: resources.flatMap(rowOf) }, seenMs: now }
    }
    kept.seenMs = now
    return kept.roster
  }
}

function rowOf(resource: Resource): readonly RosterRow[] {
  if (resource.kind !== 'mapping') return []
  const { name, version, state, body } = resource
  const { issuer, role, owner, purpose, mode, expires } = body
  const expiresMs = Date.parse(expires)
  return [
    { name, version, issuer, role, owner, purpose, expiresMs, mode: state === 'enabled' ? mode : 'disabled' },
  ]
}
