import type { FoundKind } from './detect/detector.ts'
import type { Severity } from './lint/rule.ts'

/** Events about what detectors find (docs/DETECTORS.md). */
export const FINDING_EVENT_TYPES = ['finding.opened', 'finding.closed'] as const

/** A finding as the log has it. */
export type AnnouncedFinding = {
  /** The same thing has the same key for ever. */
  readonly key: string
  readonly detector: string
  readonly rule: string
  readonly severity: Severity
  readonly kind: FoundKind
  readonly name: string
  readonly message: string
}

/** At most twenty an event. What is found is found again at the next look: an event says what changed, not what stands. */
export type FindingEvent =
  | {
      readonly type: 'finding.opened'
      readonly generation: number
      readonly findings: readonly AnnouncedFinding[]
    }
  | {
      readonly type: 'finding.closed'
      readonly generation: number
      readonly findings: readonly (AnnouncedFinding & {
        /** When it was opened. */
        readonly since: string
      })[]
    }
