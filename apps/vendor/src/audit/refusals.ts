import type { AuditEvent, ClaimedFacts, SubjectFacts } from '../domain/audit-event.ts'
import type { RefusalWindow } from '../domain/refusal-collapse.ts'
import { createRefusalWindows } from '../domain/refusal-collapse.ts'
import type { ErrorCode } from '../errors.ts'
import type { RequestId } from '../ids.ts'
import type { AuditLog, Clock, Logger, Refusals, Timers } from '../ports.ts'

export type RefusalsDeps = {
  readonly audit: Pick<AuditLog, 'append' | 'healthy'>
  readonly clock: Clock
  readonly timers: Timers
  readonly newRequestId: () => RequestId
  readonly isConfigured: (issuerUrl: string) => boolean
  readonly log: Logger
}

/** A summary is on its way to the disk this soon after the first refusal that it counts. */
const SUMMARY_AFTER_MS = 800

const NOTHING_CLAIMED: ClaimedFacts = { issuer: null, alg: null, kid: null, digest: null }

/** Builds the one refusal recorder of a process. `flush` writes what is counted, for a graceful stop. */
export function createRefusals(deps: RefusalsDeps): Refusals & { flush(): Promise<void> } {
  const windows = createRefusalWindows<RequestId>()
  let unwritten: RefusalWindow<RequestId>[] = []
  let armed = false

  function arm(): void {
    if (armed) return
    armed = true
    deps.timers.after(SUMMARY_AFTER_MS, () => {
      armed = false
      void flush()
    })
  }

  async function flush(): Promise<void> {
    const full = [...unwritten, ...windows.drain(deps.clock.nowMs(), deps.newRequestId)]
    unwritten = []
    const written = await Promise.allSettled(full.map((window) => deps.audit.append(summaryOf(window))))
    // A count is never lost while the process lives: what the log cannot take now is tried again.
    unwritten = [...unwritten, ...full.filter((_, at) => written[at]?.status === 'rejected')]
    if (unwritten.length > 0) {
      deps.log.error('refusals.not_recorded', { summaries: unwritten.length })
      arm()
    }
  }

  function byClaim(claimed: ClaimedFacts | null) {
    const { issuer } = claimed ?? NOTHING_CLAIMED
    const configured = issuer !== null && deps.isConfigured(issuer)
    return { claimed: claimed ?? NOTHING_CLAIMED, claimedIssuer: issuer, configured, subject: null }
  }

  return {
    flush,
    async refuse(event) {
      if (event.subject !== null && event.code !== 'subject_budget_spent') {
        await deps.audit.append(event)
        return event.request
      }
      const nowMs = deps.clock.nowMs()
      const { claimed, ...who } = event.subject === null ? byClaim(event.claimed) : bySubject(event.subject)
      const key = { ...who, code: event.code, source: event.source }
      // A log that takes nothing answers nobody: each refusal then fails on its own append.
      const window = deps.audit.healthy() ? windows.open(key, nowMs, deps.newRequestId) : null
      if (window === null) {
        await deps.audit.append(event)
        return event.request
      }
      windows.count(window, { source: event.source, claimed, atMs: nowMs })
      arm()
      return window.id
    },
  }
}

/** A client in a loop has one verified token, or the next of the same subject. */
function bySubject({ issuer, sub, token }: SubjectFacts) {
  const { alg, kid, digest } = token
  const claimed: ClaimedFacts = { issuer: issuer.url, alg, kid, digest }
  return { claimed, claimedIssuer: issuer.url, configured: true, subject: { issuer: issuer.name, sub } }
}

function summaryOf(window: RefusalWindow<RequestId>): AuditEvent {
  return {
    type: 'assume.refused_summary',
    request: window.id,
    code: window.code as ErrorCode, // put in by refuse() from an event, whose code is one
    claimedIssuer: window.claimedIssuer,
    subject: window.subject,
    sourcePrefix: window.sourcePrefix,
    count: window.count,
    first: new Date(window.firstMs).toISOString(),
    last: new Date(window.lastMs).toISOString(),
    samples: window.samples.map(({ source, claimed, atMs }) => ({
      source,
      claimed,
      at: new Date(atMs).toISOString(),
    })),
  }
}
