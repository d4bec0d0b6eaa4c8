import { parentPort, workerData } from 'node:worker_threads'
import { createDesk } from './desk/desk.ts'
import { serveDesk } from './desk/serve-desk.ts'
import { sha256Hex, systemClock } from './runtime.ts'
import { createChangeStore } from './storage/sqlite/change-store.ts'
import { openDatabase } from './storage/sqlite/open.ts'
import { createResourceStore } from './storage/sqlite/store.ts'
import type { DraftSettings } from './wiring/draft-tools.ts'
import { draftTools } from './wiring/draft-tools.ts'

/** The worker that plans and writes large configurations: a connection of its own, and the same desk. */
export type ConfigurationWorkerData = DraftSettings & { readonly path: string; readonly migrations: string }

const port = parentPort
if (port !== null) {
  const { path, migrations, ...settings } = workerData as ConfigurationWorkerData // made by main.ts, which types it
  const connection = openDatabase(path, migrations)
  // A large commit is followed by a checkpoint of hundreds of milliseconds, in which it stands and nobody has said so:
  // what the process still decides by the old configuration would be withheld. So the answer goes first.
  connection.pragma('wal_autocheckpoint = 0')
  const stores = {
    store: createResourceStore(connection, sha256Hex),
    changes: createChangeStore(connection),
  }
  const checkpoint = () => connection.pragma('wal_checkpoint(PASSIVE)')
  serveDesk(
    port,
    createDesk(draftTools(settings, { sha256: sha256Hex, clock: systemClock }), stores),
    checkpoint,
  )
}
