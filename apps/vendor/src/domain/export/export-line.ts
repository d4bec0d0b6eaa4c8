import { cloudEvent } from './cloud-event.ts'
import { cloudTrailRecord } from './cloud-trail.ts'
import type { Exported, Exporter, ExportRow } from './exported.ts'
import { jsonLine } from './json-lines.ts'
import { ocsfEvent } from './ocsf.ts'

/** How an event can leave the log. */
export const EXPORT_FORMATS = ['jsonl', 'ocsf', 'cloudtrail', 'cloudevents'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/**
 * The line of a row; null where the format has none: an intent in CloudTrail, whose record is the outcome's, and outside of
 * our own format an event whose body was pruned.
 */
export function exportedLine(row: ExportRow, format: ExportFormat, exporter: Exporter): string | null {
  const { seq, leaf, body, event, intent } = row
  if (body === null || event === null)
    return format === 'jsonl' ? `{"seq":${seq},"leaf":"${leaf}","event":null}` : null
  const exported: Exported = { seq, leaf, body, event, intent }
  switch (format) {
    case 'jsonl':
      return jsonLine(exported)
    case 'ocsf':
      return JSON.stringify(ocsfEvent(exported, exporter))
    case 'cloudevents':
      return JSON.stringify(cloudEvent(exported, exporter))
    case 'cloudtrail': {
      const record = cloudTrailRecord(exported, exporter)
      return record === null ? null : JSON.stringify(record)
    }
  }
}
