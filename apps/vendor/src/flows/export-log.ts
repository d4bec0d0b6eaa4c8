import type { ExportFormat } from '../domain/export/export-line.ts'
import { exportedLine } from '../domain/export/export-line.ts'
import type { Exporter } from '../domain/export/exported.ts'
import type { ExportQuery, LogKeeping } from '../ports/log-keeping.ts'

export type ExportedLines = {
  /** Each is one JSON text without a newline in it. */
  readonly lines: readonly string[]
  /** The `after` of the following page; null: the log ends here. */
  readonly next: number | null
}

/** A page of the log in a format. Throws `audit_unavailable`. */
export async function exportLog(
  { audit, exporter }: { readonly audit: Pick<LogKeeping, 'exportPage'>; readonly exporter: Exporter },
  format: ExportFormat,
  query: ExportQuery,
): Promise<ExportedLines> {
  const { rows, next } = await audit.exportPage(query)
  return { lines: rows.flatMap((row) => exportedLine(row, format, exporter) ?? []), next }
}
