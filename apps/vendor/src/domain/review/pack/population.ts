import type { AuditEvent } from '../../audit-event.ts'
import type { ItemKind } from '../item.ts'
import type { ReviewItem } from '../snapshot.ts'

/** The configuration as the log alone says it: what was changed last, by `kind/name`. */
export type ReplayedConfiguration = ReadonlyMap<
  string,
  { readonly version: number; readonly sha256: string; readonly isEnabled: boolean }
>

type Change = (AuditEvent & { readonly type: 'config.changing' })['changes'][number]

export type ConfigurationReplay = {
  /** Events of the configuration, in the order of the log. */
  hear(event: AuditEvent): void
  standing(): ReplayedConfiguration
}

/**
 * Rebuilds who there was at a generation from `config.changing` and `config.changed`. A change whose commit failed ends
 * with the hash that stood before, and counts for nothing.
 */
export function createConfigurationReplay(upToGeneration: number): ConfigurationReplay {
  const standing = new Map<string, { version: number; sha256: string; isEnabled: boolean }>()
  let open: { hashAfter: string; changes: Change[] } = { hashAfter: '', changes: [] }
  return {
    hear(event) {
      if (event.type === 'config.changing') {
        if (event.part === 1) open = { hashAfter: event.hashAfter, changes: [] }
        open.changes.push(...event.changes)
      }
      if (event.type !== 'config.changed' || event.generation > upToGeneration) return
      if (event.hashAfter === open.hashAfter)
        for (const { kind, name, version, sha256, action } of open.changes)
          standing.set(`${kind}/${name}`, { version, sha256, isEnabled: action !== 'disable' })
      open = { hashAfter: '', changes: [] }
    },
    standing: () => standing,
  }
}

/** How many of a kind the log says there were. An exception is a line of a document of which the log has the hash only: null. */
export function countReplayed(
  standing: ReplayedConfiguration,
  kind: ItemKind,
): { readonly enabled: number; readonly disabled: number } | null {
  if (kind === 'exception') return null
  const of = [...standing].filter(([key]) => key.startsWith(`${kind}/`))
  const enabled = of.filter(([, { isEnabled }]) => isEnabled).length
  return { enabled, disabled: of.length - enabled }
}

/** Items whose document is not the one that the log has the hash of, or that the log does not know. */
export function unlikeTheLog(
  item: Pick<ReviewItem, 'resource' | 'version' | 'sha256'>,
  standing: ReplayedConfiguration,
): boolean {
  const found = standing.get(`${item.resource.kind}/${item.resource.name}`)
  return found?.version !== item.version || found.sha256 !== item.sha256 || !found.isEnabled
}

/** Where a mapping that was used in the period stands. */
export type Seen = 'in the snapshot' | 'out of scope' | 'disabled' | 'ORPHAN' | 'cannot tell'

/** An orphan is one that decided something though no configuration event made it: there must be none. */
export function placeOf(
  mapping: string,
  {
    snapshot,
    standing,
  }: { readonly snapshot: ReadonlySet<string>; readonly standing: ReplayedConfiguration },
): Seen {
  if (snapshot.has(mapping)) return 'in the snapshot'
  const found = standing.get(`mapping/${mapping}`)
  if (found === undefined) return 'ORPHAN'
  return found.isEnabled ? 'out of scope' : 'disabled'
}
