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
  /** The number of the intent of an outcome. */
  intentOf(assumption: string): Promise<number | null>
  /** Base64, RFC 6962 §2.1.1. */
  inclusion(seq: number, size: number): Promise<readonly string[]>
  /** Base64, RFC 6962 §2.1.2. */
  consistency(from: number, to: number): Promise<readonly string[]>
  /** The smallest signed tree that has so many events, and the key that signed it; null: none is signed yet. */
  signed(events: number): Promise<(CheckpointAt & { readonly note: string; readonly key: string }) | null>
}
