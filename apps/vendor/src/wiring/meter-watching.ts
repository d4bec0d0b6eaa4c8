import type { Metrics } from '../metrics/metrics.ts'
import type { Taken } from '../ports/access.ts'
import type { Clock } from '../ports.ts'

export type WatchingMeter = {
  readonly onTaken: (target: string, taken: Taken) => void
  readonly onRefused: (code: string) => void
  readonly onGhost: (target: string) => void
}

/** Counts what stores post, and how late it comes. */
export function createWatchingMeter(metrics: Metrics, clock: Clock): WatchingMeter {
  const lags = new Map<string, number>()
  metrics.read('intakeLag', () => [...lags].map(([target, value]) => ({ labels: [target], value })))
  return {
    onTaken(target, { accepted, duplicates, strange, ignored, newestMs }) {
      const outcomes = { accepted, duplicate: duplicates, strange, ignored }
      for (const [outcome, count] of Object.entries(outcomes))
        if (count > 0) metrics.counter('intakeEntries', target, outcome).add(count)
      if (newestMs !== null) lags.set(target, (clock.nowMs() - newestMs) / 1000)
    },
    onRefused: (code) => metrics.counter('intakeRefused', code).add(),
    onGhost: (target) => metrics.counter('ghostsSeen', target).add(),
  }
}

/** What of the watching is read when somebody looks. */
export function readWatching(
  metrics: Metrics,
  of: {
    readonly clock: Clock
    readonly reconciled: () => readonly { readonly target: string; readonly okMs: number | null }[]
    readonly waiting: () => number
  },
): void {
  metrics.read('reconciledAge', () =>
    of
      .reconciled()
      .flatMap(({ target, okMs }) =>
        okMs === null ? [] : [{ labels: [target], value: (of.clock.nowMs() - okMs) / 1000 }],
      ),
  )
  metrics.read('sessionsUnjudged', () => [{ value: of.waiting() }])
}
