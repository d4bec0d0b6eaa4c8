import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, Row } from '../bench/lib/row.ts'

/** `pnpm bench <name> [--json FILE]`: runs one benchmark, prints its table, and writes its rows. */

const FOLDER = join(import.meta.dirname, '../bench')
const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((one) => one !== '--'),
  allowPositionals: true,
  options: { json: { type: 'string' } },
})
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
const [name] = positionals
if (name === undefined || !names.includes(name)) {
  console.error(`usage: pnpm bench <${names.join('|')}> [--json FILE]`)
  process.exit(2)
}
const { bench }: { bench: Bench } = await import(join(FOLDER, `${name}.ts`))
const rows = await bench((line) => console.log(line))
console.log(`\n${table(rows)}`)
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`)
process.exit(rows.some(({ holds }) => holds === false) ? 1 : 0)

function table(found: readonly Row[]): string {
  const lines = found.map(({ name: row, value, unit, baseline, ratio, bar, holds }) => [
    row,
    `${round(value)} ${unit}`,
    baseline === null ? '' : `${round(baseline)} ${unit}`,
    ratio === null ? '' : ratio.toFixed(2),
    bar ?? '',
    holds === undefined ? '' : holds ? 'holds' : 'MISSED',
  ])
  const all = [['row', 'value', 'baseline', 'ratio', 'bar', ''], ...lines]
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)))
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 3)
}
