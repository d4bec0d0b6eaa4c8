import { barsSvg } from './chart.ts'
import { escaped } from './escaped.ts'
import type { PackFormat } from './manifest.ts'
import type { Cell, Part, Table } from './part.ts'

/**
 * The report that an auditor opens without any tool: no script, no link that leaves the file, nothing fetched. The policy
 * allows one style sheet, by its hash; every text of a configuration, a claim or a person goes through `escaped`.
 */
export type ReportHead = {
  readonly title: string
  readonly review: string
  readonly lines: readonly string[]
}

export const REPORT_STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1a1a1a;background:#fff}
h1,h2{line-height:1.2}h2{margin-top:3rem;border-top:1px solid #999;padding-top:1rem}
table{border-collapse:collapse;width:100%;font-size:13px;margin:1rem 0}
th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#eee}.scroll{overflow-x:auto}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}th{background:#333}th,td{border-color:#555}a{color:#8bf}}
@media print{.scroll{overflow:visible}}`

/** SHA-256 of the style sheet, Base64, as the policy names it. */
export const REPORT_STYLE_HASH = 'BixXTXE/pW2py017B6/6GYbydX1ZfoR2+hoa7LXwqcU='

/** The second form draws. */
export const CHART_STYLE = `${REPORT_STYLE}
figure{margin:1rem 0}figure svg{max-width:100%;height:auto;font:13px system-ui,sans-serif;fill:currentColor}
figure rect{fill:#2563a8}figcaption{font-size:13px}
@media (prefers-color-scheme:dark){figure rect{fill:#8bf}}`
export const CHART_STYLE_HASH = 'xzvREHBiJdkAV4NFRkoNH4WFVMi9rYkpa5FMyWbSH1k='

const STYLES: Readonly<Record<PackFormat, { readonly text: string; readonly hash: string }>> = {
  'stint-pack@v1': { text: REPORT_STYLE, hash: REPORT_STYLE_HASH },
  'stint-pack@v2': { text: CHART_STYLE, hash: CHART_STYLE_HASH },
  'stint-pack@v3': { text: CHART_STYLE, hash: CHART_STYLE_HASH },
}

const policyOf = (hash: string) =>
  `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`

/** The whole page, a piece at a time; `alone`: in no pack, so that no table stands in a file beside it. */
export function* reportHtml(
  head: ReportHead,
  parts: readonly Part[],
  format: PackFormat | 'alone',
): Generator<string> {
  const isAlone = format === 'alone'
  const style = STYLES[isAlone ? 'stint-pack@v3' : format]
  const title = escaped(`Access review: ${head.title}`)
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policyOf(style.hash)}">
<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><style>${style.text}</style></head><body>
<h1>${title}</h1><p>${escaped(head.review)}</p>
${head.lines.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
<nav aria-label="Parts"><ol>
${parts.map(({ name, title: of }) => `<li><a href="#${escaped(name)}">${escaped(of)}</a></li>`).join('\n')}
</ol></nav><main>
`
  for (const part of parts) yield* chapter(part, isAlone)
  yield '</main></body></html>\n'
}

function* chapter({ name, title, about, tables }: Part, isAlone: boolean): Generator<string> {
  yield `<section id="${escaped(name)}"><h2>${escaped(title)}</h2>\n`
  for (const line of about) yield `<p>${escaped(line)}</p>\n`
  for (const table of tables) {
    yield barsSvg(table)
    yield* tableHtml(table, isAlone ? '' : `, as in ${name}${table.suffix}.csv`)
  }
  yield '</section>\n'
}

function* tableHtml({ columns, rows }: Table, where: string): Generator<string> {
  yield `<div class="scroll"><table><caption>${rows.length} rows${escaped(where)}</caption><thead><tr>`
  yield columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('')
  yield '</tr></thead><tbody>\n'
  for (const cells of rows) yield `<tr>${cells.map((cell) => `<td>${cellHtml(cell)}</td>`).join('')}</tr>\n`
  yield '</tbody></table></div>\n'
}

function cellHtml(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  return escaped(String(cell))
}
