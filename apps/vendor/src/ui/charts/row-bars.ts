import { type Html, html, NOTHING } from '../html.ts'
import type { Tone } from '../parts/pieces.ts'
import { grouped } from '../views/time-words.ts'
import { px } from './figure.ts'

export type Row = {
  readonly label: Html | string
  readonly value: number
  readonly tone: Tone
  /** A line below this row, with what it means: `35 days`. */
  readonly lineBelow?: string
}

const WIDTH = 400

/** Lengths side by side, each in a row of its own with its name and number: it is its own table, at any width. */
export function rowBars(of: {
  readonly caption: string
  readonly columns: readonly [name: string, number: string]
  readonly rows: readonly Row[]
  /** Names that are long and have no words: they stand above their bars. */
  readonly isOfCode?: boolean
}): Html {
  const most = Math.max(1, ...of.rows.map(({ value }) => value))
  const [name, number] = of.columns
  const rows = of.rows.map(({ label, value, tone, lineBelow }) => {
    const width = value === 0 ? 0 : Math.max(3, (WIDTH * value) / most)
    const bar = html`<svg viewBox="0 0 ${WIDTH} 16" preserveAspectRatio="none" aria-hidden="true" class="bar-row"><rect class="track" width="${WIDTH}" height="16"/><rect class="${tone}" width="${px(width)}" height="16"/></svg>`
    const line =
      lineBelow === undefined
        ? NOTHING
        : html`<tr class="line"><td colspan="3"><span>${lineBelow}</span></td></tr>`
    return html`<tr><th scope="row">${label}</th><td class="bar-cell">${bar}</td><td class="num">${grouped(value)}</td></tr>${line}`
  })
  return html`<table class="row-bars${of.isOfCode === true ? ' of-code' : ''}"><caption class="hidden">${of.caption}</caption><thead class="hidden"><tr><th scope="col">${name}</th><th scope="col">Bar</th><th scope="col">${number}</th></tr></thead><tbody>${rows}</tbody></table>`
}
