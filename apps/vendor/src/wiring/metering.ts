import { createLiveSessions } from '../metrics/live-sessions.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createMetrics } from '../metrics/metrics.ts'
import type { Clock, CredentialTarget } from '../ports.ts'
import type { createProcessFacts } from '../runtime.ts'
import type { ExchangeMeter } from './meter-exchange.ts'
import { createExchangeMeter } from './meter-exchange.ts'
import { meteredTargets } from './meter-targets.ts'

export type Metering = {
  readonly metrics: Metrics
  readonly exchange: ExchangeMeter
  readonly targets: (
    target: (name: string) => CredentialTarget | undefined,
  ) => (name: string) => CredentialTarget | undefined
  readonly onBatch: (batch: { readonly events: number; readonly ms: number; readonly ok: boolean }) => void
  readonly onFetch: (issuer: string, good: boolean) => void
  readonly onDelivery: (sink: string, ok: boolean) => void
  readonly onAdminAnswer: (operation: string, status: number) => void
  readonly onAnswer: (status: number) => void
}

/** Everything that counts, made once and handed to the parts that are counted. */
export function createMetering(options: {
  readonly clock: Clock
  readonly facts: ReturnType<typeof createProcessFacts>
  readonly build: { readonly version: string; readonly commit: string | null }
}): Metering {
  const { clock, facts, build } = options
  const metrics = createMetrics()
  const [written, failed] = [metrics.counter('auditEvents'), metrics.counter('auditFailures')]
  const commits = metrics.histogram('auditCommitSeconds')
  const answers = new Map<number, { add(): void }>()
  readProcess(metrics, facts)
  metrics.read('build', () => [{ labels: [build.version, build.commit ?? 'sources', facts.node], value: 1 }])
  return {
    metrics,
    exchange: createExchangeMeter(metrics, { clock, sessions: createLiveSessions() }),
    targets: (target) => meteredTargets(target, metrics, clock),
    onBatch({ events, ms, ok }) {
      if (ok) written.add(events)
      else failed.add()
      commits.observe(ms / 1000)
    },
    onFetch: (issuer, good) => metrics.counter('keySetFetches', issuer, good ? 'ok' : 'failed').add(),
    onDelivery: (sink, ok) => metrics.counter('sinkAttempts', sink, ok ? 'ok' : 'failed').add(),
    onAdminAnswer: (operation, status) => metrics.counter('adminOperations', operation, String(status)).add(),
    onAnswer(status) {
      const kept = answers.get(status) ?? metrics.counter('httpAnswers', String(status))
      answers.set(status, kept)
      kept.add()
    },
  }
}

function readProcess(metrics: Metrics, facts: ReturnType<typeof createProcessFacts>): void {
  let lag = { p50: 0, p99: 0, max: 0 }
  metrics.read('startSeconds', () => [{ value: facts.startSeconds }])
  metrics.read('cpuSeconds', () => [{ value: facts.cpuSeconds() }])
  metrics.read('residentBytes', () => [{ value: facts.memory().rss }])
  metrics.read('heapBytes', () => [{ value: facts.memory().heapUsed }])
  // The first of the three looks, and so begins the next period; the others tell of the same one.
  metrics.read('lagP50', () => {
    lag = facts.lag()
    return [{ value: lag.p50 }]
  })
  metrics.read('lagP99', () => [{ value: lag.p99 }])
  metrics.read('lagMax', () => [{ value: lag.max }])
}
