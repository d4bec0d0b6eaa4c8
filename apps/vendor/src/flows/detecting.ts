import type { DetectorFinding } from '../domain/detect/detector.ts'
import { VendorError } from '../errors.ts'
import type { Detected, FindingReader } from '../ports/detect.ts'
import type { AuditLog, Clock, Logger, Timers } from '../ports.ts'
import { createAnnouncer } from './announce-findings.ts'

export type DetectingDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Logger
  readonly audit: Pick<AuditLog, 'append'>
  readonly findings: Pick<FindingReader, 'open'>
  readonly generation: () => number
  /** Looks at everything, as it is at that instant. */
  readonly look: (nowMs: number) => Promise<Detected>
  /** False: only when somebody asks. */
  readonly isScheduled: boolean
}

export type Detecting = {
  /** What is found: of the generation that stands, and not older than a minute. */
  current(): Promise<Detected>
  /** When a finding was first announced in the log; null: it was not yet. */
  since(key: string): number | null
  /** How many stood at the last look, by severity; null: nobody looked yet. */
  standing(): Readonly<Record<DetectorFinding['severity'], number>> | null
  open(): Promise<void>
  /** Looks by itself from now on. */
  begin(): void
  /** Another configuration stands. */
  wake(): void
  /** Resolves when no look is under way. */
  stop(): Promise<void>
}

/** What has grown old is another thing tomorrow; within a minute it is the same. */
const KEPT_MS = 60_000
const FIRST_MS = 60_000
const EVERY_MS = 15 * 60_000
/** Several applies in a row are one look. */
const AFTER_CHANGE_MS = 30_000

/**
 * Looks every quarter of an hour, half a minute after a change, and when somebody asks; says in the log what is new and
 * what is gone. One look at a time: whoever comes meanwhile waits for that one.
 */
export function createDetecting(deps: DetectingDeps): Detecting {
  const { clock, timers, log } = deps
  const announcer = createAnnouncer({ ...deps, nowMs: () => clock.nowMs() })
  let kept: { readonly detected: Detected; readonly atMs: number } | null = null
  let flight: Promise<Detected> | null = null
  let cancel = () => {}
  let dueMs = Number.POSITIVE_INFINITY
  let isStopped = false

  async function lookOnce(): Promise<Detected> {
    const atMs = clock.nowMs()
    const detected = await deps.look(atMs)
    kept = { detected, atMs }
    try {
      await announcer.announce(detected)
    } catch (thrown) {
      // What was found is shown all the same, and announced at the next look.
      log.error('findings.not_recorded', { code: codeOf(thrown) })
    }
    return detected
  }

  function look(): Promise<Detected> {
    flight ??= lookOnce().finally(() => {
      flight = null
    })
    return flight
  }

  function arm(ms: number): void {
    const atMs = clock.monotonicMs() + ms
    if (isStopped || !deps.isScheduled || atMs >= dueMs) return
    cancel()
    dueMs = atMs
    cancel = timers.after(ms, () => {
      dueMs = Number.POSITIVE_INFINITY
      void look()
        .catch((thrown: unknown) => log.error('findings.not_looked', { code: codeOf(thrown) }))
        .finally(() => arm(EVERY_MS))
    })
  }

  return {
    async current() {
      const isFresh = () =>
        kept !== null &&
        kept.detected.generation === deps.generation() &&
        Math.abs(clock.nowMs() - kept.atMs) < KEPT_MS
      // The look that is under way may have begun before the change that whoever asks has just made.
      if (!isFresh() && flight !== null) await flight.catch(() => undefined)
      if (!isFresh() || kept === null) return look()
      return kept.detected
    },
    since: announcer.since,
    standing() {
      if (kept === null) return null
      const warning = kept.detected.found.filter(({ severity }) => severity === 'warning').length
      return { warning, notice: kept.detected.found.length - warning }
    },
    open: announcer.open,
    begin: () => arm(FIRST_MS),
    wake: () => arm(AFTER_CHANGE_MS),
    async stop() {
      isStopped = true
      cancel()
      await flight?.catch(() => undefined)
    },
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof VendorError ? thrown.code : 'internal_error'
}
