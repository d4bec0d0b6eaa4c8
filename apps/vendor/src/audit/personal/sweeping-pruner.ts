import type { Connection } from '../../storage/sqlite/open.ts'
import { createPruner, type Pruner } from '../pruner.ts'
import type { PersonalWriter } from './personal-writer.ts'

/** The pruner, and with old bodies goes the clear text of what they alone named. */
export function createSweepingPruner(connection: Connection, personal: PersonalWriter): Pruner {
  const pruner = createPruner(connection)
  const dayOf = connection
    .prepare<[number], number>('SELECT at_ms / 86400000 FROM event WHERE seq = ?')
    .pluck()
  return {
    ...pruner,
    looked(upto, held) {
      pruner.looked(upto, held)
      // A day in between, for a clock that is set back.
      personal.sweep((dayOf.get(upto) ?? 0) - 1)
      personal.wipe()
    },
  }
}
