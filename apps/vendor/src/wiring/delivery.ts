import type { Exporter } from '../domain/export/exported.ts'
import type { Delivering } from '../flows/delivering.ts'
import { createDelivering } from '../flows/delivering.ts'
import type { Retention } from '../flows/retention.ts'
import { createRetention } from '../flows/retention.ts'
import type { AuditLog } from '../ports.ts'
import { createSinks } from '../sinks/sinks.ts'
import type { Opened, Wiring } from './wiring.ts'

/** What leaves the log: events to sinks, and bodies that are old. */
export type OpenedDelivery = {
  /** Null: bodies are kept for ever. */
  readonly retention: Retention | null
  readonly delivering: Delivering
  /** The sinks that could not be posted to last, by name. */
  readonly failing: () => readonly string[]
  closeSinks(): Promise<void>
}

/** Opens the sinks and begins to deliver and to prune; what no sink has yet is not pruned. */
export async function openDelivery(
  wiring: Wiring,
  { audit, exporter }: { readonly audit: AuditLog; readonly exporter: Exporter },
  opened: Opened,
): Promise<OpenedDelivery> {
  const { settings, clock, timers, random, breathe, log, metering } = wiring
  const sinks = createSinks(settings.sinks, clock)
  opened.defer(() => sinks.close())
  const delivering = createDelivering(
    {
      ...{ audit, clock, timers, exporter, log },
      random: () => random.bytes(1).reduce((_, byte) => byte / 256, 0),
      onAttempt: metering.onDelivery,
    },
    sinks.all,
  )
  await delivering.begin()
  metering.metrics.read('sinkLag', () =>
    delivering.standings().map(({ name, lag }) => ({ labels: [name], value: lag })),
  )
  const retention =
    settings.retentionDays === null
      ? null
      : createRetention(
          {
            ...{ audit, clock, timers, breathe, log },
            deliveredUpTo: () => Math.min(...delivering.standings().map(({ delivered }) => delivered)),
          },
          settings.retentionDays,
        )
  retention?.begin()
  return {
    retention,
    delivering,
    failing: () => delivering.standings().flatMap(({ name, failing }) => (failing ? [name] : [])),
    closeSinks: () => sinks.close(),
  }
}
