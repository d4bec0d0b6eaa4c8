import type { AssumptionId, EventId } from '../../ids.ts'

/** Why a session that a store tells of is not one that we gave, or not any more. A name stands for ever. */
export const GHOST_REASONS = {
  unknown: 'it names no assumption of this log: minted around Stint, with its key or by a way beside it',
  not_given: 'its assumption was refused, withheld, or never known to be answered, and yet it is in use',
  other_key: 'it names an assumption that was given another access key: minted again by somebody else',
  other_target: 'it names an assumption of another target',
  after_end: 'it was ended, and lives or is used all the same',
  after_expiry: 'it is used after the end that it was given with',
  outlived:
    'it names an assumption that is older than what this log keeps, and it lives or is used after any such session is over',
  lasting_key: 'a lasting access key that was made out of a session',
} as const
export type GhostReason = keyof typeof GHOST_REASONS

/** By what the store told: its audit webhook, or its list of sessions. */
export type ToldBy = 'webhook' | 'list'

/** What is told of a ghost when it is first seen. Every text is the store's, bounded; `sub` may be a thief's. */
export type GhostFacts = {
  readonly target: string
  readonly reason: GhostReason
  readonly accessKeyId: string
  readonly sub: string | null
  /** The assumption that it names, where the log has that one. */
  readonly assumption: AssumptionId | null
  readonly by: ToldBy
  readonly firstSeen: string
  readonly lastUsed: string | null
  readonly expires: string | null
  /** Where its last request came from, as the store saw it. */
  readonly source: string | null
  readonly uses: number
}

/** A ghost as it stands in the log. */
export type Ghost = GhostFacts & {
  /** Of `ghost.seen`. */
  readonly id: EventId
  readonly at: string
  /** Who looked into it, when and what they said; null: it is open. */
  readonly dismissed: { readonly by: string; readonly at: string; readonly reason: string } | null
}
