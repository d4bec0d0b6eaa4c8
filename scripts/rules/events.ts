import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventType } from '../../apps/vendor/src/domain/audit-event.ts'
import { EVENT_TYPES } from '../../apps/vendor/src/domain/audit-event.ts'
import { OCSF_CLASSES, OCSF_ROWS } from '../../apps/vendor/src/domain/export/ocsf-rows.ts'
import { DECLARATIONS, eventsJsonSchema } from '../../apps/vendor/src/schema/events/catalogue.ts'
import { ENVELOPE_MEMBERS } from '../../apps/vendor/src/schema/events/parts.ts'

/** The catalogue of events, its schema and its examples, held against each other. `node scripts/rules/events.ts` writes them. */
export function checkEvents(root: string): readonly string[] {
  const table = readFileSync(join(root, TABLE), 'utf8')
  const schema = readFileSync(join(root, SCHEMA), 'utf8')
  return [
    ...missingExamples(root),
    ...(table === withTable(table) ? [] : [`${TABLE} differs from the catalogue: ${AGAIN}`]),
    // As values: how it is laid out is the formatter's.
    ...(JSON.stringify(JSON.parse(schema)) === JSON.stringify(eventsJsonSchema())
      ? []
      : [`${SCHEMA} differs from the catalogue: ${AGAIN}`]),
  ]
}

const TABLE = 'docs/EVENTS.md'
const SCHEMA = 'docs/events.schema.json'
const AGAIN = 'node scripts/rules/events.ts writes it anew'
const [BEGIN, END] = ['<!-- the catalogue -->', '<!-- end of the catalogue -->']

function missingExamples(root: string): string[] {
  return EVENT_TYPES.map((type) => `test/corpus/events/${type}.json`)
    .filter((file) => !existsSync(join(root, file)))
    .map((file) => `${file} is missing: a recorded example of that type`)
}

function withTable(text: string): string {
  const [before = ''] = text.split(BEGIN)
  const after = text.split(END)[1] ?? ''
  const rows = DECLARATIONS.map(({ type, when, schema }) => {
    const members = Object.keys(schema.shape).filter((name) => !ENVELOPE_MEMBERS.includes(name))
    return `| \`${type}\` | ${when} | ${members.map((name) => `\`${name}\``).join(' ')} | ${exportsOf(type)} |`
  })
  const head = '| type | when | members | OCSF |\n|---|---|---|---|'
  return `${before}${BEGIN}\n${head}\n${rows.join('\n')}\n${END}${after}`
}

function exportsOf(type: EventType): string {
  const { of, activity, severity } = OCSF_ROWS[type]
  return `${OCSF_CLASSES[of].uid} ${activity.replaceAll('_', ' ')}, ${severity}`
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '../..')
  const table = join(root, TABLE)
  writeFileSync(table, withTable(readFileSync(table, 'utf8')))
  writeFileSync(join(root, SCHEMA), `${JSON.stringify(eventsJsonSchema(), null, 2)}\n`)
  execFileSync(join(root, 'node_modules/.bin/biome'), ['check', '--write', join(root, SCHEMA)])
  for (const line of missingExamples(root)) console.log(line)
}
