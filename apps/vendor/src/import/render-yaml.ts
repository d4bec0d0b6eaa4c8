import { isDeepStrictEqual } from 'node:util'
import { parse, stringify } from 'yaml'
import type { Entry } from '../domain/import/asked.ts'
import type { ImportDraft } from '../domain/import/draft.ts'
import { VendorError } from '../errors.ts'

const WIDTH = 118
const OPTIONS = { version: '1.2', lineWidth: 0, aliasDuplicateObjects: false, schema: 'core' } as const

/**
 * The draft as a file for a person: a comment before each entry says where it comes from. What is written is read back
 * and compared, so that no name of a store can mean another thing in YAML. Throws `internal_error` where it would.
 */
export function renderDraft({ head, sections }: ImportDraft): string {
  const blocks = Object.entries(sections).map(([name, { comments, entries }]) => {
    const isEmpty = entries.every(({ body }) => body === null)
    return [
      ...comments.flatMap((line) => commentLines(line, '')),
      isEmpty ? `${name}: {}` : `${name}:`,
      ...entries.flatMap((entry, index) => [...(index === 0 ? [] : ['']), ...entryLines(entry)]),
    ].join('\n')
  })
  const text = `${[head.flatMap((line) => commentLines(line, '')).join('\n'), ...blocks].join('\n\n')}\n`
  const wanted = Object.fromEntries(
    Object.entries(sections).map(([name, { entries }]) => [
      name,
      Object.fromEntries(
        entries.flatMap(({ name: key, body }) => (body === null ? [] : [[key, body] as const])),
      ),
    ]),
  )
  if (
    !isDeepStrictEqual(JSON.parse(JSON.stringify(parse(text, OPTIONS))), JSON.parse(JSON.stringify(wanted)))
  )
    throw new VendorError('internal_error', { facts: { reason: 'the file does not read as it was meant' } })
  return text
}

function entryLines({ name, body, comments }: Entry): readonly string[] {
  const said = comments.flatMap((line) => commentLines(line, '  '))
  if (body === null) return said
  const lines = stringify({ [name]: body }, OPTIONS)
    .trimEnd()
    .split('\n')
  return [...said, ...lines.map((line) => (line === '' ? '' : `  ${line}`))]
}

/** What is neither ASCII nor a sign of our own words is shown by its number: nothing here ends a line or hides. */
const STRANGE = /[^\x20-\x7e…’]/g

/** One line of words as lines of comment, broken between words. */
function commentLines(line: string, indent: string): readonly string[] {
  const inner = line.length - line.trimStart().length
  const start = `${indent}#`
  const lines: string[] = []
  let current = ''
  const shown = line.replace(STRANGE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  for (const word of shown.trim().split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`
    if (start.length + inner + longer.length > WIDTH && current !== '') {
      lines.push(current)
      current = word
    } else current = longer
  }
  return [...lines, current].map((text) => `${start} ${' '.repeat(inner)}${text}`.trimEnd())
}
