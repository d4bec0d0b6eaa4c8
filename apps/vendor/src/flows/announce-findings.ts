import type { DetectorFinding } from '../domain/detect/detector.ts'
import type { AnnouncedFinding } from '../domain/finding-event.ts'
import type { Detected, FindingReader, KeptFinding } from '../ports/detect.ts'
import type { AuditLog } from '../ports.ts'

/** Findings of one event: with their words it stays far below what a leaf may have. */
const PER_EVENT = 20
/** What changes beyond this waits for the next look: a configuration of a hundred thousand is no flood of events. */
const MOST_A_LOOK = 1_000
const MOST_WORDS = 300

export type Announcer = {
  /** Reads which findings stand in the log. */
  open(): Promise<void>
  /** Says in the log what is new and what is gone; what cannot be written is said at the next look. */
  announce(detected: Detected): Promise<void>
  /** When a finding was first announced; null: it was not yet. */
  since(key: string): number | null
}

export function createAnnouncer(deps: {
  readonly audit: Pick<AuditLog, 'append'>
  readonly findings: Pick<FindingReader, 'open'>
  readonly nowMs: () => number
}): Announcer {
  const standing = new Map<string, KeptFinding>()

  async function tellOpened(generation: number, all: readonly DetectorFinding[]): Promise<void> {
    for (let from = 0; from < all.length; from += PER_EVENT) {
      const findings = all.slice(from, from + PER_EVENT).map(announced)
      const openedMs = deps.nowMs()
      await deps.audit.append({ type: 'finding.opened', generation, findings })
      for (const finding of findings)
        standing.set(finding.key, { ...finding, openedMs, closedMs: null, times: 1 })
    }
  }

  async function tellClosed(generation: number, all: readonly KeptFinding[]): Promise<void> {
    for (let from = 0; from < all.length; from += PER_EVENT) {
      const findings = all
        .slice(from, from + PER_EVENT)
        .map(({ openedMs, closedMs: _closed, times: _times, ...finding }) => ({
          ...finding,
          since: new Date(openedMs).toISOString(),
        }))
      await deps.audit.append({ type: 'finding.closed', generation, findings })
      for (const { key } of findings) standing.delete(key)
    }
  }

  return {
    async open() {
      for (const finding of await deps.findings.open()) standing.set(finding.key, finding)
    },
    async announce({ generation, found }) {
      const keys = new Set(found.map(({ key }) => key))
      const gone = [...standing.values()].filter(({ key }) => !keys.has(key)).slice(0, MOST_A_LOOK)
      const fresh = found
        .filter(({ key }) => !standing.has(key))
        .toSorted((a, b) => Number(b.severity === 'warning') - Number(a.severity === 'warning'))
        .slice(0, MOST_A_LOOK)
      await tellClosed(generation, gone)
      await tellOpened(generation, fresh)
      // When it was opened is what the event says, and its clock was read a moment later than ours.
      if (fresh.length > 0)
        for (const finding of await deps.findings.open())
          if (standing.has(finding.key)) standing.set(finding.key, finding)
    },
    since: (key) => standing.get(key)?.openedMs ?? null,
  }
}

function announced({
  key,
  detector,
  rule,
  severity,
  kind,
  name,
  message,
}: DetectorFinding): AnnouncedFinding {
  return { key, detector, rule, severity, kind, name, message: message.slice(0, MOST_WORDS) }
}
