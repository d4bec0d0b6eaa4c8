import { shownUnseen } from './pack/escaped.ts'
import type { Cell, Part, Table } from './pack/part.ts'
import type { ReportHead } from './pack/report-html.ts'

/**
 * The report for a wiki or a ticket: GitHub's Markdown with tables, a piece at a time. What anybody wrote into a
 * configuration is text there: no link, no picture, no HTML, no cell more.
 */
export function* reportMarkdown(head: ReportHead, parts: readonly Part[]): Generator<string> {
  yield `# Access review: ${plain(head.title)}\n\n\`${head.review}\`\n\n`
  for (const line of head.lines) yield `${plain(line)}\n\n`
  for (const { title, about, tables } of parts) {
    yield `## ${plain(title)}\n\n`
    for (const line of about) yield `${plain(line)}\n\n`
    for (const table of tables) yield* tableOf(table)
  }
}

function* tableOf({ columns, rows }: Table): Generator<string> {
  yield `${line(columns)}|${' --- |'.repeat(columns.length)}\n`
  for (const cells of rows) yield line(cells)
  yield '\n'
}

function line(cells: readonly Cell[]): string {
  return `|${cells.map((cell) => ` ${cell === null ? '' : plain(String(cell))} |`).join('')}\n`
}

/** Every sign that Markdown reads is escaped (CommonMark §2.4), and addresses are no links of their own. */
function plain(text: string): string {
  return shownUnseen(text)
    .replace(/[\\`*_{}[\]<>()#|~!&@]/g, '\\$&')
    .replace(/:\/\//g, ':\\/\\/')
    .replace(/^([-+=]|\d+(?=\.))/, '\\$1')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, -1)}\\.`)
}
