import { parentPort, workerData } from 'node:worker_threads'
import { createDesk } from './desk/desk.ts'
import { serveDesk } from './desk/serve-desk.ts'
import { sha256Hex, systemClock } from './runtime.ts'
import { openDatabase } from './storage/sqlite/open.ts'
import { createResourceStore } from './storage/sqlite/store.ts'
import type { DraftSettings } from './wiring/draft-tools.ts'
import { draftTools } from './wiring/draft-tools.ts'

/** The worker that plans and writes large configurations: a connection of its own, and the same desk. */
export type ConfigurationWorkerData = DraftSettings & { readonly path: string; readonly migrations: string }

const port = parentPort
if (port !== null) {
  const { path, migrations, ...settings } = workerData as ConfigurationWorkerData // made by main.ts, which types it
  const store = createResourceStore(openDatabase(path, migrations), sha256Hex)
  serveDesk(port, createDesk(draftTools(settings, { sha256: sha256Hex, clock: systemClock }), store))
}
