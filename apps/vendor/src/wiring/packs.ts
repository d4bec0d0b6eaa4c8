import { join } from 'node:path'
import { createPackDesk } from '../desk/pack-desk.ts'
import { openPackShelf, packPath } from '../evidence/shelf.ts'
import type { ReviewDeps } from '../flows/reviews/deps.ts'
import { createTurns } from '../flows/reviews/turns.ts'
import type { PackWorkerData } from '../pack-worker.ts'
import { PLACES } from '../places.ts'
import { databaseOf } from './database.ts'
import type { Opened, Wiring } from './wiring.ts'

export type OpenedPacks = Pick<ReviewDeps, 'packDesk' | 'packShelf' | 'undisturbed'>

/** Where evidence packs are made, and where they lie: a folder of the data folder that can be made again. */
export function openPacks({ settings, timers }: Wiring, opened: Opened): OpenedPacks {
  const folder = join(settings.dataFolder, 'evidence')
  const auditPath = databaseOf(settings, 'audit').path
  const packDesk = createPackDesk({
    entry: PLACES.packWorker,
    workerData: (ask): PackWorkerData => ({ auditPath, path: packPath(folder, ask.review), ask }),
    timers,
  })
  opened.defer(() => packDesk.close())
  return { packDesk, packShelf: openPackShelf(folder), undisturbed: createTurns() }
}
