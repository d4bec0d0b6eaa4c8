import type { ReadyReport } from '../http/ops.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { ReadinessOf } from './readiness.ts'

/** What of the running service is read when somebody asks for the metrics. */
export type Gauges = Pick<ReadinessOf, 'generation' | 'breakers' | 'keySets' | 'diskFreeBytes'> & {
  /** The report of the last look. */
  readonly readiness: () => ReadyReport
  readonly auditQueue: () => number
  readonly auditBytes: () => number
  readonly endingsPending: () => number
}

const BREAKER = { closed: 0, half_open: 0.5, open: 1 } as const

/** Registers them: nothing of it costs anything between two looks. */
export function registerGauges(metrics: Metrics, gauges: Gauges): void {
  const one = (value: number | null) => (value === null ? [] : [{ value }])
  metrics.read('ready', () => one(gauges.readiness().ready ? 1 : 0))
  metrics.read('readyCheck', () =>
    gauges.readiness().checks.map(({ name, ok }) => ({ labels: [name], value: ok ? 1 : 0 })),
  )
  metrics.read('generation', () => one(gauges.generation()))
  metrics.read('auditQueue', () => one(gauges.auditQueue()))
  metrics.read('auditBytes', () => one(gauges.auditBytes()))
  metrics.read('endingsPending', () => one(gauges.endingsPending()))
  metrics.read('diskFree', () => one(gauges.diskFreeBytes()))
  metrics.read('keySetStale', () => staleByIssuer(gauges.keySets()))
  metrics.read('breakerOpen', () =>
    gauges.breakers().map(({ target, state }) => ({ labels: [target], value: BREAKER[state] })),
  )
}

/** An issuer of both doors has two key sets and one series. */
function staleByIssuer(standings: ReturnType<Gauges['keySets']>) {
  const stale = new Map<string, number>()
  for (const one of standings)
    stale.set(one.issuer, Math.max(stale.get(one.issuer) ?? 0, one.stale || !one.usable ? 1 : 0))
  return [...stale].map(([issuer, value]) => ({ labels: [issuer], value }))
}
