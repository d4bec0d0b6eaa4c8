import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EVENT_TYPES, type RecordedEvent } from '../../domain/audit-event.ts'
import { eventLine } from './event-words.ts'

const CORPUS = join(import.meta.dirname, '../../../../../test/corpus/events')

describe('every event has a line that somebody reads who knows no names of events', () => {
  test.each(EVENT_TYPES)('%s', (type) => {
    const event: RecordedEvent = JSON.parse(readFileSync(join(CORPUS, `${type}.json`), 'utf8'))
    const line = eventLine(event)
    const said = [line.what, line.who, line.detail].filter((one) => one !== null).join(' ')
    expect(line.what).not.toBe('')
    // Neither the name of its type, nor a value that was not there, nor an instant without its zone.
    expect(said).not.toContain(type)
    expect(said).not.toMatch(/\b(undefined|null|NaN)\b|\[object|urn:|\dT\d\d:\d\d/)
  })
})
