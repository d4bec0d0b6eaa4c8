import type { Actor } from '../../audit-event.ts'
import type { ItemKind } from '../item.ts'
import type { ReportRow } from '../report.ts'
import type { CheckpointAt, Review } from '../review.ts'
import type { ItemFacts } from './item-facts.ts'
import type { Seen } from './population.ts'
import type { Drawn } from './sample.ts'

/** A review that is sealed: each of its steps is there. */
export type SealedReview = Review & {
  readonly prepared: NonNullable<Review['prepared']>
  readonly sealed: NonNullable<Review['sealed']>
}

export type Counted = { readonly enabled: number; readonly disabled: number }

/** Everything that the ten parts say, and nothing that is not recorded: no clock, no configuration that stands now. */
export type PackFacts = {
  readonly review: SealedReview
  readonly rows: readonly ReportRow[]
  /** The same as the first two forms have them. */
  readonly earlierRows: readonly ReportRow[]
  readonly items: ItemFacts
  readonly population: {
    readonly kinds: readonly {
      readonly kind: ItemKind
      readonly configuration: Counted & { readonly inScope: number }
      readonly snapshot: number
      readonly log: Counted | null
    }[]
    /** `kind/name` of items that are not what the log has the hash of. */
    readonly unlike: readonly string[]
    readonly seen: readonly {
      readonly issuer: string
      readonly mapping: string
      readonly events: number
      readonly place: Seen
    }[]
    /** Exchanges of the period of which nobody can tell any more what they rested on. */
    readonly pruned: number
    /** Events of the configuration up to the snapshot of which the same is true. */
    readonly prunedConfiguration: number
  }
  readonly changes: readonly ChangeRow[]
  readonly log: {
    readonly start: CheckpointAt
    readonly end: CheckpointAt & { readonly note: string }
    readonly consistency: readonly string[]
    /** Events whose proofs are in the pack, by type. */
    readonly events: ReadonlyMap<string, number>
  }
  readonly samples: readonly Sample[]
}

export type ChangeRow = {
  readonly seq: number
  readonly at: string
  readonly generation: number
  readonly author: Actor
  readonly approver: Actor | null
  readonly kind: string
  readonly name: string
  readonly action: string
  readonly version: number
}

export type Sample = {
  readonly of: 'grant' | 'removal'
  readonly population: number
  readonly drawn: readonly (Drawn & { readonly at: string; readonly type: string; readonly what: string })[]
}
