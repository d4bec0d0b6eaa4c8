import type { Ghost, GhostFacts, GhostReason } from '../domain/access/ghost.ts'
import type { EventId } from '../ids.ts'

/** Ghosts as the log has them. Reads throw `audit_unavailable`. */
export type GhostLog = {
  /** Whether this session is told of for this reason already. */
  has(of: Pick<GhostFacts, 'target' | 'accessKeyId'> & { readonly reason: GhostReason }): boolean
  get(id: EventId): Ghost | null
  /** Newest first. */
  page(query: {
    readonly target: string | null
    /** Whether those that somebody put away are left out. */
    readonly openOnly: boolean
    readonly before: EventId | null
    /** 1–500. */
    readonly limit: number
  }): readonly Ghost[]
  /** How many are open, since when, and the newest of them, by target and reason. */
  open(): readonly OpenGhosts[]
}

export type OpenGhosts = {
  readonly target: string
  readonly reason: GhostReason
  readonly count: number
  /** When the oldest of them was recorded. */
  readonly since: string
  readonly newest: Ghost
}
