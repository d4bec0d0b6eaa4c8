import type { Configuration } from '../domain/configuration.ts'
import type { FoundKind } from '../domain/detect/detector.ts'
import type { Explanation } from '../domain/explanation.ts'
import type { Finding } from '../domain/lint/rule.ts'
import type { Revocation } from '../domain/revocation.ts'
import type { DecidedBy, Decision } from '../flows/change-request.ts'
import type { ConfigurationFlow } from '../flows/configuration.ts'
import type { Findings } from '../flows/findings.ts'
import type { ProbeFlow } from '../flows/probe.ts'
import type { ProbeSchedule } from '../flows/probe-schedule.ts'
import type { ReviewReads } from '../flows/reviews/read.ts'
import type { Reviews } from '../flows/reviews/reviews.ts'
import type { ChangeId } from '../ids.ts'
import type { AccessReader } from '../ports/access.ts'
import type { ReviewStore } from '../ports/reviews.ts'
import type { UsageReader } from '../ports/usage.ts'
import type { AuditLog, ChangeRequest, ChangeStore, ResourceStore } from '../ports.ts'

/** One finding as a list of them shows it. */
export type ShownFinding = Omit<Finding, 'kind'> & {
  readonly kind: FoundKind
  readonly detector?: string | null
}

/** What the pages are made of: the same ports and flows that the admin API has, and nothing else. */
export type UiData = {
  readonly store: Pick<ResourceStore, 'current' | 'get' | 'versions' | 'version'>
  readonly configuration: () => Configuration
  readonly changes: Pick<ChangeStore, 'get' | 'list' | 'content'> & {
    readonly approve: ConfigurationFlow['approve']
    readonly end: (
      id: ChangeId,
      as: DecidedBy & { readonly decision: Decision; readonly state: 'rejected' | 'withdrawn' },
    ) => Promise<ChangeRequest>
  }
  readonly audit: Pick<AuditLog, 'page' | 'healthy' | 'waiting' | 'tree' | 'shadowUse' | 'usesOf'>
  readonly usage: UsageReader
  /** What was granted against what was used; null where the store tells nothing. */
  readonly exercised: AccessReader['exercised']
  readonly findings: () => Promise<Findings>
  readonly explain: (id: string, limit: number) => Promise<Explanation>
  readonly locks: () => Promise<readonly Revocation[]>
  readonly probes: Pick<ProbeFlow, 'record' | 'get'> & Pick<ProbeSchedule, 'list'>
  readonly reviews: Pick<ReviewStore, 'list' | 'get' | 'items' | 'counts' | 'load' | 'previous'> &
    Pick<ReviewReads, 'item' | 'csv' | 'document'> & { readonly flow: Reviews }
  readonly anchors: {
    /** How many there are, by the settings. */
    readonly count: number
    readonly behind: () => readonly string[]
  }
}
