import { join } from 'node:path'
import { openEventTable } from '../../apps/vendor/src/audit/event-table.ts'
import { rowOf } from '../../apps/vendor/src/audit/row.ts'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { newId } from '../../apps/vendor/src/ids.ts'
import { createRandom } from '../../apps/vendor/src/runtime.ts'
import { readEvents } from '../../test/support/audit-file.ts'
import { keyBeside } from '../../test/support/log-key.ts'

const BATCH = 1_000

/** Makes the log of a service that is off as long as that, with copies of an exchange that it has recorded. */
export function lengthen(path: string, size: number): void {
  const events = readEvents(path)
  const intent = events.find(({ type }) => type === 'assume.intent')
  const issued = events.find(({ type }) => type === 'assume.issued')
  if (intent?.type !== 'assume.intent' || issued?.type !== 'assume.issued')
    throw new Error('nothing was issued')
  const migrations = join(import.meta.dirname, '../../migrations/sqlite/audit')
  const opening = { expected: null, onProgress: () => undefined, unkept: [] }
  const table = openEventTable({ path, migrations, key: keyBeside(path) }, opening)
  const random = createRandom()
  for (let have = events.length; have < size; ) {
    const rows = Array.from({ length: BATCH / 2 }, () => {
      const assumption = newId('asm', Date.now(), random.bytes(10))
      const request = newId('req', Date.now(), random.bytes(10))
      return [intent, issued].map((event) => {
        const copy = {
          ...event,
          assumption,
          request,
          ...(event.type === 'assume.intent' ? { uses: [] } : {}),
        }
        return rowOf(copy, canonicalize(copy), Date.now())
      })
    }).flat()
    table.append(rows)
    have += rows.length
  }
  table.close()
}
