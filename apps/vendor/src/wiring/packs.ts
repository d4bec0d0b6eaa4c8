import { join } from 'node:path'
import { createPackDesk } from '../desk/pack-desk.ts'
import { openPackShelf, packPath } from '../evidence/shelf.ts'
import type { PackWorkerData } from '../pack-worker.ts'
import { PLACES } from '../places.ts'
import type { PackDesk, PackShelf } from '../ports/packs.ts'
import type { Timers } from '../ports.ts'

/** Where evidence packs are made, and where they lie: a folder of the data folder that can be made again. */
export function openPacks({ dataFolder, timers }: { readonly dataFolder: string; readonly timers: Timers }): {
  readonly packDesk: PackDesk
  readonly packShelf: PackShelf
} {
  const folder = join(dataFolder, 'evidence')
  const auditPath = join(dataFolder, 'audit.db')
  return {
    packShelf: openPackShelf(folder),
    packDesk: createPackDesk({
      entry: PLACES.packWorker,
      workerData: (ask): PackWorkerData => ({ auditPath, path: packPath(folder, ask.review), ask }),
      timers,
    }),
  }
}
