import { openAccess } from '../access/open-access.ts'
import type { Settings } from '../config.ts'
import type { Configuration } from '../domain/configuration.ts'
import { mappingOf } from '../domain/configuration.ts'
import type { Watching } from '../flows/watching.ts'
import { createWatching } from '../flows/watching.ts'
import type { RequestFactsOf } from '../http/context.ts'
import type { IntakeDoorDeps } from '../http/intake.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { AuditLog, Clock, Logger, Timers } from '../ports.ts'
import { issuedBy } from '../targets/issued-by.ts'
import { createSecretReader } from '../targets/secret-file.ts'
import { createWatchingMeter, readWatching } from './meter-watching.ts'

export type WatchingWiring = {
  readonly settings: Settings
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Logger
  readonly audit: AuditLog
  readonly configuration: () => Configuration
  readonly breathe: () => Promise<void>
  readonly metrics: Metrics
  readonly sameText: (a: string, b: string) => boolean
  readonly requestFacts: RequestFactsOf
  readonly files: { readonly path: string; readonly migrations: string }
}

/** What watches, the door that stores post to, and the file of both. */
export type OpenedWatching = Watching & {
  readonly intake: IntakeDoorDeps
  /** Targets whose list could not be read when it was asked for last. */
  unreconciled(): readonly string[]
  /** Ends the watching, then its file. Twice is once. */
  close(): Promise<void>
}

/** Opens the file of accesses and what is built on it. Nothing is looked at before `open`. */
export function openWatching(wiring: WatchingWiring): OpenedWatching {
  const { settings, clock, log, configuration, metrics, sameText, requestFacts, files } = wiring
  const secret = createSecretReader(settings.secretFolders)
  const meter = createWatchingMeter(metrics, clock)
  const access = openAccess({ ...files, clock, log })
  const watching = createWatching({
    ...wiring,
    access,
    mapping: (name) => mappingOf(configuration(), name),
    issuedBy: (name, body) => issuedBy(name, body, settings.publicUrl),
    secret,
    onGhost: meter.onGhost,
  })
  readWatching(metrics, {
    clock,
    reconciled: watching.reconcile.standing,
    waiting: () => watching.watch.standing().waiting,
  })
  return {
    ...watching,
    intake: {
      requestFacts,
      secretOf(name) {
        const wanted = configuration().targets.get(name)?.body.intake?.secret
        return wanted === undefined ? null : secret(wanted)
      },
      sameText,
      take: watching.take,
      clock,
      log,
      onTaken: meter.onTaken,
      onRefused: meter.onRefused,
    },
    unreconciled: () =>
      watching.reconcile.standing().flatMap(({ target, failed }) => (failed === null ? [] : [target])),
    async close() {
      await watching.stop()
      await access.close()
    },
  }
}
