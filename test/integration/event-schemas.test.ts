import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { EVENT_TYPES } from '../../apps/vendor/src/domain/audit-event.ts'
import { EXPORT_FORMATS, exportedLine } from '../../apps/vendor/src/domain/export/export-line.ts'
import type { Exported } from '../../apps/vendor/src/domain/export/exported.ts'
import { OCSF_VERSION, ocsfEvent } from '../../apps/vendor/src/domain/export/ocsf.ts'
import { mapPersonal } from '../../apps/vendor/src/domain/personal/map-personal.ts'
import { partPath } from '../../scripts/parts/part-path.ts'
import { EXPORTER, exportedExamples } from '../support/event-examples.ts'

const ajv = () => new Ajv2020({ strict: false, allErrors: true, formats: { date: true, 'date-time': true } })

const COMMITMENT = `personal:sha256:${'A'.repeat(43)}`
const cloaked = (one: Exported): Exported => {
  const hide = (event: Exported['event']) =>
    mapPersonal(event, {
      text: () => COMMITMENT,
      digest: () => 'a'.repeat(64),
      claim: () => COMMITMENT,
    })
  const intent = one.intent === null ? null : hide(one.intent)
  return { ...one, event: hide(one.event), intent: intent?.type === 'assume.intent' ? intent : null }
}

test('the JSON Schema takes every example whose personal members are commitments', () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/events.schema.json'), 'utf8'))
  const check = ajv().compile(schema)
  for (const { event } of exportedExamples().map(cloaked))
    expect([event.type, check(event)]).toEqual([event.type, true])
})

test('the JSON Schema that is checked in takes every example, and none with a member more, less or other', () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/events.schema.json'), 'utf8'))
  const check = ajv().compile(schema)
  for (const { event } of exportedExamples()) {
    expect([event.type, check(event)]).toEqual([event.type, true])
    expect(check({ ...event, more: 1 })).toBe(false)
    expect(check({ ...event, at: 'yesterday' })).toBe(false)
    const member = Object.keys(event).find((name) => !['v', 'type'].includes(name)) ?? ''
    expect(check(Object.fromEntries(Object.entries(event).filter(([name]) => name !== member)))).toBe(false)
  }
})

test(`every example is an event of OCSF ${OCSF_VERSION}`, async () => {
  // And where what is personal stands as commitments.
  const all = [...exportedExamples(), ...exportedExamples().map(cloaked)]
  const events = all.map((one) => ocsfEvent(one, EXPORTER))
  const classes = [...new Set(events.map((event) => String(event['class_uid'])))]
  const python = await partPath('ocsf-python', (line) => console.error(line))
  const script = join(import.meta.dirname, '../support/ocsf_schemas.py')
  const run = spawnSync(python, [script, OCSF_VERSION, ...classes], { encoding: 'utf8', maxBuffer: 1 << 28 })
  expect(run.stderr).toBe('')
  const checks = new Map(
    Object.entries(JSON.parse(run.stdout) as Record<string, object>).map(
      ([number, schema]) => [number, ajv().compile(schema)] as const,
    ),
  )
  expect(checks.size).toBe(classes.length)
  const wrong = events.flatMap((event) => {
    const check = checks.get(String(event['class_uid']))
    return check?.(event) === true ? [] : [{ type: event['message'], errors: check?.errors }]
  })
  expect(wrong).toEqual([])
  expect(events).toHaveLength(2 * EVENT_TYPES.length)
  expect(JSON.stringify(events.slice(EVENT_TYPES.length))).toContain(`"src_endpoint":{"uid":"${COMMITMENT}"}`)
  // The schema refuses what is not of the class, so that it could have refused one of these.
  expect(checks.get('3003')?.({ ...events[1], user: {} })).toBe(false)
})

test('no line of any format has a newline or a secret in it', () => {
  for (const format of EXPORT_FORMATS)
    for (const one of exportedExamples()) {
      const line = exportedLine(one, format, EXPORTER) ?? ''
      expect(line).not.toMatch(/\n|secretAccessKey|sessionToken|eyJ[A-Za-z0-9_-]+\./)
    }
})
