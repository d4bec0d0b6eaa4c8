import type { Readiness, ReadyReport } from '../http/ops.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { ReadinessOf } from './readiness.ts'
import { notServing, readinessOf } from './readiness.ts'

/** What of the running service is read when somebody asks how it is. */
export type Gauges = Omit<ReadinessOf, 'audit'> & {
  readonly audit: ReadinessOf['audit'] & { waiting(): number }
  readonly auditBytes: () => number
  readonly endingsPending: () => number
  /** By severity; null: nobody looked yet. */
  readonly findings: () => Readonly<Record<'warning' | 'notice', number>> | null
}

const BREAKER = { closed: 0, half_open: 0.5, open: 1 } as const

/**
 * Registers them, and answers the readiness of the service: the gauges of readiness are those of its last look. Nothing
 * of it costs anything between two looks.
 */
export function openReadiness(metrics: Metrics, gauges: Gauges): Readiness {
  let looked: ReadyReport = notServing('starting')
  register(metrics, gauges, () => looked)
  return async () => {
    looked = await readinessOf(gauges)
    return looked
  }
}

function register(metrics: Metrics, gauges: Gauges, looked: () => ReadyReport): void {
  const one = (value: number | null) => (value === null ? [] : [{ value }])
  metrics.read('ready', () => one(looked().ready ? 1 : 0))
  metrics.read('readyCheck', () =>
    looked().checks.map(({ name, ok }) => ({ labels: [name], value: ok ? 1 : 0 })),
  )
  metrics.read('generation', () => one(gauges.generation()))
  metrics.read('auditQueue', () => one(gauges.audit.waiting()))
  metrics.read('auditBytes', () => one(gauges.auditBytes()))
  metrics.read('endingsPending', () => one(gauges.endingsPending()))
  metrics.read('findingsOpen', () =>
    Object.entries(gauges.findings() ?? {}).map(([severity, value]) => ({ labels: [severity], value })),
  )
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
