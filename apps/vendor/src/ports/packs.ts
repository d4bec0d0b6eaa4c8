import type { PackedFile } from '../domain/review/pack/manifest.ts'
import type { CheckpointAt } from '../domain/review/review.ts'
import type { ReviewId } from '../ids.ts'

/** An event as it stands in the log, byte for byte. */
export type LogLine = { readonly seq: number; readonly body: string }

export type Span = {
  /** Events after this one, up to that one. */
  readonly after: number
  readonly upTo: number
}

/** What an evidence pack is made of: reads of the log, each of a page. Every method throws `audit_unavailable`. */
export type PackLog = {
  /** Every event of a review up to one, and those of the changes and revocations that it brought about; ascending. */
  eventsOf(
    review: ReviewId,
    of: {
      readonly upTo: number
      readonly generations: readonly number[]
      readonly revocations: readonly string[]
    },
  ): Promise<readonly number[]>
  /** In the order of the log; numbers that have no event are left out. */
  bodies(seqs: readonly number[]): Promise<readonly LogLine[]>
  /** Where `review.packed` stands, and the hash that it has; null: no pack was handed out yet. */
  packed(review: ReviewId): Promise<{ readonly seq: number; readonly manifestSha256: string } | null>
  /** `config.changing` and `config.changed`, at most `limit`. */
  configurationEvents(span: Span, limit: number): Promise<readonly LogLine[]>
  /** What exchanges of a span rested on: how often by issuer and mapping, and which sessions were given. */
  used(
    span: Span,
    period: { readonly fromMs: number; readonly toMs: number },
  ): Promise<{
    readonly seen: readonly { readonly issuer: string; readonly mapping: string; readonly events: number }[]
    readonly issued: readonly number[]
    /** Exchanges whose bodies were taken out because of their age. */
    readonly pruned: number
  }>
  /** `revoke.begun`, and `config.changing` that disables something, in a period. */
  removals(period: {
    readonly fromMs: number
    readonly toMs: number
    readonly upTo: number
  }): Promise<readonly number[]>
  /** Whether exchanges of a period, up to an event, were taken out of the log later than `seq`. */
  isPrunedSince(
    seq: number,
    of: { readonly fromMs: number; readonly toMs: number; readonly upTo: number },
  ): Promise<boolean>
  /** The number of the intent of an outcome. */
  intentOf(assumption: string): Promise<number | null>
  /** Base64, RFC 6962 §2.1.1. */
  inclusion(seq: number, size: number): Promise<readonly string[]>
  /** Base64, RFC 6962 §2.1.2. */
  consistency(from: number, to: number): Promise<readonly string[]>
  /** The smallest signed tree that has so many events, and the key that signed it; null: none is signed yet. */
  signed(events: number): Promise<(CheckpointAt & { readonly note: string; readonly key: string }) | null>
  /** What stands beside a manifest: an event, and that it is in the smallest signed tree that has it; null: none has. */
  proof(seq: number): Promise<string | null>
}

/** How far the making of a pack is: events of the log that were looked at. */
export type PackProgress = { readonly done: number; readonly of: number }

/** What a pack is made of, so that it is the same whenever it is made. */
export type PackAsk = {
  readonly review: ReviewId
  /** The signed tree that its events are proved to be in, and the key that signed it. */
  readonly end: CheckpointAt & { readonly note: string }
  readonly key: string
  /** What the log has of it already; null: it was never made. */
  readonly expected: string | null
}

/** What a pack would have the log say of it: `review.packed`. */
export type PackMade = { readonly manifestSha256: string; readonly files: number }

/** Makes packs where nothing else waits for it: a thread of its own. */
export type PackDesk = {
  /**
   * Makes the pack and puts it on the shelf, whole or not at all. `seal` is asked once, when everything is hashed and before
   * anything can be fetched: it answers the proof that the log says so. Throws what `seal` throws, `review_tampered`,
   * `review_pack_differs`, `review_pack_pruned`, `audit_unavailable`.
   */
  make(
    ask: PackAsk,
    on: {
      readonly progress: (progress: PackProgress) => void
      readonly seal: (made: PackMade) => Promise<string>
    },
  ): Promise<void>
  close(): Promise<void>
}

/** Where a pack grows, file by file; nothing of it can be fetched before it is whole. Every method throws `audit_unavailable`. */
export type PackSpool = {
  add(name: string, lines: Iterable<string> | AsyncIterable<string>): Promise<PackedFile>
  /** Begins anew. */
  clear(): void
  /** What was added, behind these: from here on it is the pack of the review, in the place of what was there. */
  finish(first: readonly { readonly name: string; readonly text: string }[]): void
  /** Forgets what was added; of a pack that is finished, nothing. */
  drop(): void
}

/** The packs that were made. They can be made again, as long as nothing that they count was pruned. */
export type PackShelf = {
  /** null: there is none, or what lies there is none. */
  find(review: ReviewId): Promise<{ readonly bytes: number; readonly manifestSha256: string } | null>
  /**
   * Its bytes, each file held against the manifest on the way, and the proof against this one. What is something else is cut
   * short with `review_pack_differs`, and is no longer there.
   */
  read(review: ReviewId, proof: string): AsyncGenerator<Uint8Array>
}
