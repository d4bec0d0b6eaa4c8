import type { DetectorFinding } from '../domain/detect/detector.ts'
import type { AnnouncedFinding } from '../domain/finding-event.ts'
import type { Finding } from '../domain/lint/rule.ts'

/** What lint and detectors found in the configuration of that generation. */
export type Detected = {
  readonly generation: number
  readonly lint: readonly Finding[]
  readonly found: readonly DetectorFinding[]
}

/** A finding that was announced in the log. */
export type KeptFinding = AnnouncedFinding & {
  readonly openedMs: number
  /** null: it stands. */
  readonly closedMs: number | null
  /** How often it was opened. */
  readonly times: number
}

export type FindingReader = {
  /** All that stand, by key. Throws `audit_unavailable`. */
  open(): Promise<readonly KeptFinding[]>
  /** Those that are gone, the last to go first; `after` are left out. Throws `audit_unavailable`. */
  gone(page: { readonly after: number; readonly limit: number }): Promise<{
    readonly total: number
    readonly findings: readonly KeptFinding[]
  }>
}
