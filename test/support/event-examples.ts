import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventType, RecordedEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import { EVENT_TYPES } from '../../apps/vendor/src/domain/audit-event.ts'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import type { Exported, Intent } from '../../apps/vendor/src/domain/export/exported.ts'
import { hashLeaf } from '../../apps/vendor/src/verify/entry.ts'

const FOLDER = 'test/corpus/events'
const ROOT = join(import.meta.dirname, '../..')

/** The recorded example of a type. Throws where there is none, and says which file to add. */
function eventExample(type: EventType): RecordedEvent {
  const file = `${FOLDER}/${type}.json`
  if (!existsSync(join(ROOT, file)))
    throw new Error(`${type} has no example: add one that was recorded as ${file}`)
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
}

/** Every example as it leaves the log: outcomes with the intent of the same assumption. */
export function exportedExamples(): readonly Exported[] {
  const intent = eventExample('assume.intent') as Intent // the file's own name
  return EVENT_TYPES.map((type, at) => {
    const event = eventExample(type)
    const body = canonicalize(event)
    const isOutcome = 'assumption' in event && type !== 'assume.intent'
    const leaf = hashLeaf(Buffer.from(body)).toString('hex')
    return { seq: at + 1, leaf, body, event, intent: isOutcome ? intent : null }
  })
}

export const EXPORTER = {
  publicUrl: 'https://stint.example.com',
  account: '123456789012',
  version: '0.1.0',
} as const
