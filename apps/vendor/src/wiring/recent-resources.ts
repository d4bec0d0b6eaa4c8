import type { ResourceState, ResourceStore, Timers } from '../ports.ts'

const KEPT_MS = 60_000

/**
 * What stands, with its bodies: read where somebody asks why, and kept for the minute in which they ask again. The
 * process keeps none of it otherwise, and of five thousand mappings reading them is half of an explanation.
 */
export function recentResources(deps: {
  readonly store: Pick<ResourceStore, 'current'>
  readonly generation: () => number
  readonly timers: Timers
}): () => Promise<ResourceState> {
  let kept: ResourceState | null = null
  let forget = () => {}
  return async () => {
    forget()
    forget = deps.timers.after(KEPT_MS, () => {
      kept = null
    })
    if (kept !== null && kept.generation === deps.generation()) return kept
    const read = await deps.store.current()
    kept = read
    return read
  }
}
