import type { AuditLog, Clock, Logger, Timers } from '../ports.ts'

export type ClockWatchDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly audit: Pick<AuditLog, 'append' | 'page'>
  readonly log: Logger
}

export type ClockWatch = {
  /**
   * The same clock, but for tokens: where the wall clock went back by more than a minute it answers the latest instant
   * that was seen, less a minute. So no token that was over is good again, and none is taken for used no more.
   */
  readonly forTokens: Clock
  /** Looks once a second from now on, and first whether the log has events of a later time than now. */
  begin(): Promise<void>
  /** Whether the wall clock is behind what was seen. */
  isBehind(): boolean
  stop(): void
}

const EVERY_MS = 1_000
/** A clock that is slewed goes some milliseconds a second otherwise; more at once is a step. */
const STEP_MS = 5_000
/** What clocks of issuers and ours may differ by without anybody having set one. */
const SKEW_MS = 60_000

/** Watches the wall clock by the monotonic one: a step is an event, since the times around it tell nothing. */
export function createClockWatch({ clock, timers, audit, log }: ClockWatchDeps): ClockWatch {
  let seenMs = Number.NEGATIVE_INFINITY
  let offsetMs = clock.nowMs() - clock.monotonicMs()
  let cancel = () => {}
  let stopped = false

  function see(): number {
    const nowMs = clock.nowMs()
    if (nowMs > seenMs) seenMs = nowMs
    return nowMs
  }

  async function say(expectedMs: number, foundMs: number): Promise<void> {
    const [expected, found] = [iso(expectedMs), iso(foundMs)]
    log.error('clock.step', { expected, found })
    await audit
      .append({ type: 'clock.step', expected, found, ms: Math.round(foundMs - expectedMs) })
      .catch(() => log.error('clock.step_not_recorded'))
  }

  function tick(): void {
    const monotonicMs = clock.monotonicMs()
    const nowMs = see()
    const expectedMs = monotonicMs + offsetMs
    offsetMs = nowMs - monotonicMs
    if (Math.abs(nowMs - expectedMs) >= STEP_MS) void say(expectedMs, nowMs)
    if (!stopped) cancel = timers.after(EVERY_MS, tick)
  }

  return {
    forTokens: {
      monotonicMs: () => clock.monotonicMs(),
      nowMs() {
        const nowMs = see()
        return seenMs - nowMs > SKEW_MS ? seenMs - SKEW_MS : nowMs
      },
    },
    async begin() {
      const [newest] = (await audit.page({ limit: 1 })).events
      const nowMs = see()
      const beforeMs = newest === undefined ? nowMs : Date.parse(newest.event.at)
      if (beforeMs - nowMs > SKEW_MS) await say(beforeMs, nowMs)
      tick()
    },
    isBehind: () => seenMs - clock.nowMs() > SKEW_MS,
    stop() {
      stopped = true
      cancel()
    },
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
