import type { DetectorFinding, EvidenceFacts } from '../domain/detect/detector.ts'
import { byWeight } from '../domain/lint/findings.ts'
import type { GhostFinding } from '../domain/lint/ghost-rules.ts'
import type { Finding } from '../domain/lint/rule.ts'
import type { FindingReader, KeptFinding } from '../ports/detect.ts'
import type { Clock } from '../ports.ts'
import type { Detecting } from './detecting.ts'

export type FindingsDeps = {
  readonly detecting: Pick<Detecting, 'current' | 'since'>
  /** What the probes of what stands say now. */
  readonly probed: (nowMs: number) => readonly Finding[]
  /** What stores tell of sessions that are none of ours. */
  readonly ghosts: () => readonly GhostFinding[]
  readonly kept: Pick<FindingReader, 'gone'>
  readonly clock: Clock
}

/** What lint, probes, detectors and stores find, with what the last two know of it beyond that. */
type Listed = {
  readonly source: 'lint' | 'detector' | 'store'
  /** S01 to S20; null: no detector's. */
  readonly detector: string | null
  /** The same thing has the same key; null: of the lint. */
  readonly key: string | null
  readonly evidence: EvidenceFacts
  /** When it was first announced in the log; null: it was not. */
  readonly firstSeen: string | null
}
/** Of a resource. */
export type ListedFinding = Finding & Listed
/** Of the log itself. */
export type LogFinding = Omit<Finding, 'kind'> & { readonly kind: 'log' } & Listed

export type Findings = {
  readonly generation: number
  /** Warnings before notices, then by kind, name and rule. */
  readonly findings: readonly ListedFinding[]
  readonly ofLog: readonly LogFinding[]
}

export type FindingsFlow = {
  /** Everything that somebody should think about in what stands: lint, probes and detectors, each thing once. */
  current(): Promise<Findings>
  /** What detectors found and is gone, the last to go first. */
  gone(page: { readonly after: number; readonly limit: number }): Promise<{
    readonly total: number
    readonly findings: readonly KeptFinding[]
  }>
}

export function createFindings({ detecting, probed, ghosts, kept, clock }: FindingsDeps): FindingsFlow {
  const listed = (one: DetectorFinding): Listed => {
    const since = detecting.since(one.key)
    const firstSeen = since === null ? null : new Date(since).toISOString()
    return { source: 'detector', detector: one.detector, key: one.key, evidence: one.evidence, firstSeen }
  }
  return {
    async current() {
      const { generation, lint, found } = await detecting.current()
      // A probe may have ended a moment ago, and these are few.
      const others = [...lint, ...probed(clock.nowMs())].map((one) => ({ ...one, ...OF_LINT }))
      const ofResources = found.flatMap((one): ListedFinding[] =>
        one.kind === 'log' ? [] : [{ ...one, kind: one.kind, ...listed(one) }],
      )
      const ofLog = found.flatMap((one): LogFinding[] =>
        one.kind === 'log' ? [{ ...one, kind: one.kind, ...listed(one) }] : [],
      )
      const told = ghosts().map((one) => ({ ...one, ...OF_STORE }))
      return { generation, findings: [...others, ...told, ...ofResources].toSorted(inOrder), ofLog }
    },
    gone: (page) => kept.gone(page),
  }
}

const OF_STORE = { source: 'store', detector: null } as const
const OF_LINT: Listed = { source: 'lint', detector: null, key: null, evidence: {}, firstSeen: null }

/** Those of the log itself, each by its key. */
export function keyedFindings({ ofLog }: Findings): readonly (LogFinding & { readonly key: string })[] {
  return ofLog.flatMap(({ key, ...one }) => (key === null ? [] : [{ ...one, key }]))
}

/** A total order, so that a page begins where the one before ended. */
function inOrder(a: ListedFinding, b: ListedFinding): number {
  const [one, other] = [placeOf(a), placeOf(b)]
  return byWeight(a, b) || (one === other ? 0 : one < other ? -1 : 1)
}

function placeOf({ key, at }: ListedFinding): string {
  return key ?? at.join('.')
}
