import type { Actor } from '../domain/audit-event.ts'

import type { ItemKind, ItemStanding, ItemState } from '../domain/review/item.ts'
import type { Counts, Review, ReviewState } from '../domain/review/review.ts'
import type { ReviewItem, SnapshotHead } from '../domain/review/snapshot.ts'
import type { ReviewId } from '../ids.ts'

/** An item as it stands: what it was when the review was prepared, and what became of it. */
export type ReviewedItem = { readonly item: ReviewItem; readonly standing: ItemStanding }

/** An item without its snapshot: what the clock needs of it. */
export type LightItem = {
  readonly n: number
  readonly kind: ItemKind
  readonly name: string
  /** Of its resource, when the snapshot was taken. */
  readonly version: number
  readonly standing: ItemStanding
}

export type ItemQuery = {
  readonly review: ReviewId
  readonly states: readonly ItemState[] | null
  readonly kind: ItemKind | null
  /** Of this risk or more, 0–100. */
  readonly risk: number
  /** Only those that are for this person, or for nobody in particular. */
  readonly reviewer: string | null
  /** Numbers after this one. */
  readonly after: number
  /** 1–500. */
  readonly limit: number
}

/** How the work of a review is spread: over days, and over persons. */
export type ReviewLoad = {
  /** Items that are decided, by the UTC day of their last decision; oldest first. */
  readonly days: readonly { readonly day: string; readonly decided: number }[]
  /**
   * The persons with the most to do first; null: of nobody in particular. A person is one however the name is spelt
   * (`personKey`), and an item counts once for each.
   */
  readonly persons: readonly {
    readonly person: string | null
    readonly undecided: number
    readonly decided: number
  }[]
}

/** A request that was answered before. */
export type KnownKey = { readonly asked: string; readonly review: ReviewId; readonly n: number | null }

/** What is written of a snapshot before the event that makes it count. */
export type StagedItem = {
  readonly n: number
  readonly kind: ItemKind
  readonly name: string
  readonly version: number
  readonly risk: number
  readonly reviewers: readonly string[]
  /** Of the snapshot, without the line feed. */
  readonly line: string
}

/** Reviews as the log keeps them: everything is derived from its events. Every method throws `audit_unavailable`. */
export type ReviewStore = {
  /** Newest first, older than `before`. */
  list(query: {
    readonly state: ReviewState | null
    readonly before: ReviewId | null
    readonly limit: number
  }): Promise<readonly Review[]>
  get(id: ReviewId): Promise<Review | null>
  /** By number. */
  items(query: ItemQuery): Promise<readonly ReviewedItem[]>
  item(review: ReviewId, n: number): Promise<ReviewedItem | null>
  /** Those of which something may become still, by number. */
  open(review: ReviewId): Promise<readonly LightItem[]>
  counts(review: ReviewId): Promise<Counts>
  /**
   * The mappings that silence took since then (ISO 8601) or is about to take, in whichever review, without those that were
   * restored. `isTaken`: it was disabled. One may be named several times.
   */
  silenced(since: string): Promise<readonly { readonly name: string; readonly isTaken: boolean }[]>
  load(review: ReviewId): Promise<ReviewLoad>
  /** The latest item of that resource in a closed review, `before` that one or at all; null: there is none. */
  previous(of: {
    readonly kind: ItemKind
    readonly name: string
    readonly before: ReviewId | null
  }): Promise<{
    readonly review: ReviewId
    readonly n: number
    readonly version: number
  } | null>
  /** A page of the lines of a snapshot, without their line feeds, the head at 0. */
  snapshot(
    review: ReviewId,
    page: { readonly from: number; readonly limit: number },
  ): Promise<readonly string[]>
  head(review: ReviewId): Promise<SnapshotHead | null>
  key(sha256: string): Promise<KnownKey | null>
  /** Who made these generations of the configuration, by generation. Those of an accepted exception have no maker. */
  makers(): Promise<ReadonlyMap<number, { readonly author: Actor; readonly approver: Actor | null }>>
  /** Since when the key of a target, and the oldest one of an issuer, stands, by `kind/name`, ISO 8601. */
  keysSince(): Promise<ReadonlyMap<string, string>>
  /**
   * Puts a part of a snapshot where `review.prepared` will find it; `first` takes away what an earlier attempt left.
   * Refused once the review has started.
   */
  stage(
    review: ReviewId,
    part: { readonly first: boolean; readonly head: string | null; readonly items: readonly StagedItem[] },
  ): Promise<void>
}

/** One version of a resource whose content is the one that stands, without another in between. */
export type StandingVersion = {
  readonly version: number
  readonly generation: number
  /** `issuer sub`. */
  readonly author: string
  readonly atMs: number
}

/** Where what stands comes from. Throws `config_unavailable`. */
export type Provenance = {
  /** By `kind/name`, newest version first: from the one that stands back to the one that brought its content. */
  all(): Promise<ReadonlyMap<string, readonly StandingVersion[]>>
  of(kind: string, name: string): Promise<readonly StandingVersion[]>
}
