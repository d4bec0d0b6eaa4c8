import type { ConfigurationWorkerData } from '../configuration-worker.ts'
import { createWorkerDesk } from '../desk/worker-desk.ts'
import type { Configuration } from '../domain/configuration.ts'
import { PLACES } from '../places.ts'
import type { ConfigurationDesk, Timers } from '../ports.ts'

/** Beyond these a plan holds the event loop for longer than exchanges should wait for it. */
const SMALL_BODY_BYTES = 256 * 1024
const SMALL_CONFIGURATION = 1_000

/** Small configurations are planned here, because a thread costs more than they do; large ones in a worker. */
export function createConfigurationDesk(options: {
  readonly here: ConfigurationDesk
  readonly worker: ConfigurationWorkerData
  readonly configuration: () => Configuration
  readonly timers: Timers
}): ConfigurationDesk {
  const elsewhere = createWorkerDesk({
    entry: PLACES.configurationWorker,
    workerData: options.worker,
    timers: options.timers,
  })
  return {
    draft(ask, immune) {
      const { mappings, others } = options.configuration().standing
      const body = ask.of === 'configuration' ? ask.body : ask.change
      const bytes = typeof body === 'string' ? 0 : body.byteLength
      const small = bytes <= SMALL_BODY_BYTES && mappings.length + others.length <= SMALL_CONFIGURATION
      return (small ? options.here : elsewhere).draft(ask, immune)
    },
    close: () => elsewhere.close(),
  }
}
