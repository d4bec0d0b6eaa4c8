import { canonicalize } from '../../canonical.ts'
import { csvLine } from '../../csv.ts'
import type { PackFormat } from './manifest.ts'

/** A cell of a table; null: there is nothing to say. */
export type Cell = string | number | boolean | null

export type Table = {
  /** Behind the part's name in the name of its file; empty: the part's first table. */
  readonly suffix: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** Shown as bars in the report as well: which column is words, and which counts. */
  readonly chart?: { readonly title: string; readonly label: number; readonly value: number }
}

/** One of the ten parts of an evidence pack: a JSON file, a CSV file a table, and a chapter of the report are made of it. */
export type Part = {
  /** `02-population`: names of files are ours, whatever anybody wrote into a configuration. */
  readonly name: string
  readonly title: string
  /** Plain sentences: what is shown, from where, and what would be wrong. */
  readonly about: readonly string[]
  readonly tables: readonly Table[]
}

/** The part for a program: RFC 8785, rows as objects. */
export function partJson({ name, title, about, tables }: Part): string {
  const written = tables.map(({ suffix, columns, rows }) => ({
    file: `${name}${suffix}.csv`,
    rows: rows.map((cells) => Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? null]))),
  }))
  return `${canonicalize({ part: name, title, about, tables: written })}\n`
}

/** A table for a spreadsheet, a line at a time. What would be a formula there is made a text (`csvLine`). */
export function* tableCsv({ columns, rows }: Table, format: PackFormat): Generator<string> {
  const line = format === 'stint-pack@v1' ? csvLineV1 : csvLine
  yield line(columns)
  for (const cells of rows) yield line(cells.map((cell) => (cell === null ? '' : String(cell))))
}

/** As the first form wrote it, for ever: it saw a formula at the beginning of a cell only, and only before a comma. */
function csvLineV1(cells: readonly string[]): string {
  const quoted = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[0-9.]+$/.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `${cells.map(quoted).join(',')}\r\n`
}
