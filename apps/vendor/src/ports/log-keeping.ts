import type { RecordedEvent } from '../domain/audit-event.ts'
import type { ExportRow } from '../domain/export/exported.ts'
import type { HeldFacts } from '../domain/retention.ts'

export type ExportQuery = {
  /** Events above this sequence. */
  readonly after: number
  /** At most so many. */
  readonly limit: number
  readonly fromMs: number | null
  readonly toMs: number | null
}

export type ExportPage = {
  /** Oldest first. */
  readonly rows: readonly ExportRow[]
  /** The `after` of the following page; null: the log ends here. */
  readonly next: number | null
}

/** What is read of the log to hand it on, and what is done to keep it in bounds. */
export type LogKeeping = {
  /** A page in the order of the log, bounded in rows looked at and in bytes. Throws `audit_unavailable`. */
  exportPage(query: ExportQuery): Promise<ExportPage>
  /** The newest event that a sink has; null: it is not known yet. Throws `audit_unavailable`. */
  sinkDelivered(name: string): Promise<number | null>
  /** Keeps that a sink has everything up to this event. Throws `audit_unavailable`. */
  keepDelivered(name: string, seq: number): Promise<void>
  readonly pruning: Pruning
}

export type PruneCandidates = {
  /** Those that were kept although they are old, or those that were not looked at. */
  readonly among: 'held' | 'new'
  readonly after: number
  readonly limit: number
}

/** How bodies are taken out of the log. Every method throws `audit_unavailable`. */
export type Pruning = {
  /** How far events were looked at. */
  upTo(): Promise<number>
  facts(): Promise<HeldFacts>
  /** Of what is older than this, bodies may be gone; null: none ever was taken out. */
  horizonMs(): Promise<number | null>
  /** In order; `event` is null where the body is gone already. */
  candidates(
    asked: PruneCandidates,
  ): Promise<readonly { readonly seq: number; readonly atMs: number; readonly event: RecordedEvent | null }[]>
  /** Whether a `log.pruned` names bodies that still stand. */
  isPending(): Promise<boolean>
  /** Takes the next of those out; whether more are left. */
  slice(): Promise<boolean>
  /** Keeps how far it was looked, and which of those stay for now. */
  looked(upto: number, held: readonly number[]): Promise<void>
}

/** What one request to a sink carries. The same events make the same id. */
export type SinkBatch = { readonly id: string; readonly contentType: string; readonly body: string }

/** `reason` is of a closed list, or `http_` and the status. */
export type SinkAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly retryAfterMs: number | null }

/** Sends once, within its deadline. Never throws. */
export type SinkPost = (batch: SinkBatch) => Promise<SinkAnswer>
