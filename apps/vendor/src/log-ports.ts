import type { ExportRow } from './domain/export/exported.ts'

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
}
