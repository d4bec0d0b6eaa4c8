import type { ConfigurationWorkerData } from './configuration-worker.ts'
import { createWorkerDesk } from './desk/worker-desk.ts'
import type { Configuration } from './domain/configuration.ts'
import type { ConfigurationDesk } from './ports.ts'
import { systemTimers } from './runtime.ts'

/** Beyond these a plan holds the event loop for longer than exchanges should wait for it. */
const SMALL_BODY_BYTES = 256 * 1024
const SMALL_CONFIGURATION = 1_000

/** Small configurations are planned here, because a thread costs more than they do; large ones in a worker. */
export function createConfigurationDesk(options: {
  readonly here: ConfigurationDesk
  readonly worker: ConfigurationWorkerData
  readonly configuration: () => Configuration
}): ConfigurationDesk {
  const entry = new URL('./configuration-worker.ts', import.meta.url)
  const elsewhere = createWorkerDesk({ entry, workerData: options.worker, timers: systemTimers })
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
