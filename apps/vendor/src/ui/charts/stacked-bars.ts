import { type Html, html, NOTHING } from '../html.ts'
import { grouped } from '../views/time-words.ts'
import { figure, px, roundedUp } from './figure.ts'

export type Series = {
  readonly name: string
  /** One value a label. */
  readonly values: readonly number[]
  /** What is left over, and no reason to look. */
  readonly isQuiet?: boolean
}

const WIDTH = 480
const HEIGHT = 190
const LEFT = 44
const TOP = 10
const BOTTOM = 24
const INNER = { width: WIDTH - LEFT - 4, height: HEIGHT - TOP - BOTTOM }
const MOST_LABELS = 6
const HALF_LABEL = 24
/** A bar of a single day is no wall. */
const WIDEST = 44

/** Bars over time, the series on top of each other; colours are the stylesheet's, by the place of the series. */
export function stackedBars(of: {
  readonly title: string
  readonly says: string
  readonly unit: string
  readonly labels: readonly string[]
  readonly series: readonly Series[]
}): Html {
  const { title, says, unit, labels, series } = of
  const sums = labels.map((_, at) => series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0))
  const top = roundedUp(Math.max(...sums, 0))
  const y = (value: number) => TOP + INNER.height * (1 - value / top)
  const step = INNER.width / Math.max(1, labels.length)
  const lines = (top % 2 === 0 ? [0, top / 2, top] : [0, top]).map(
    (value) =>
      html`<line class="grid" x1="${LEFT}" x2="${WIDTH - 4}" y1="${px(y(value))}" y2="${px(y(value))}"/><text class="tick" x="${LEFT - 6}" y="${px(y(value) + 3.5)}" text-anchor="end">${grouped(value)}</text>`,
  )
  const bars = labels.map((label, at) => {
    let under = 0
    const width = Math.min(WIDEST, step * 0.72)
    const parts = series.map(({ name, values, isQuiet }, nth) => {
      const value = values[at] ?? 0
      if (value === 0) return NOTHING
      const [from, to] = [y(under + value), y(under)]
      under += value
      return html`<rect class="${toneOf(nth, isQuiet)}" x="${px(LEFT + step * (at + 0.5) - width / 2)}" width="${px(width)}" y="${px(from)}" height="${px(Math.max(1, to - from))}"><title>${label}: ${name} ${grouped(value)}</title></rect>`
    })
    return html`${parts}`
  })
  const every = Math.ceil(labels.length / MOST_LABELS)
  const ticks = labels.map((label, at) => {
    if (at % every !== 0) return NOTHING
    // What would stand over the edge ends there.
    const middle = LEFT + step * (at + 0.5)
    const isOver = middle + HALF_LABEL > WIDTH
    return html`<text class="tick" x="${px(isOver ? WIDTH : middle)}" y="${HEIGHT - 8}" text-anchor="${isOver ? 'end' : 'middle'}">${label}</text>`
  })
  const picture = html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${says}">${lines}${bars}${ticks}</svg>`
  const legend =
    series.length < 2
      ? NOTHING
      : html`<ul class="legend">${series.map(({ name, isQuiet }, nth) => html`<li><span class="swatch ${toneOf(nth, isQuiet)}"></span>${name}</li>`)}</ul>`
  const rows = labels.map((label, at) => [
    label,
    ...series.map(({ values }) => grouped(values[at] ?? 0)),
    ...(series.length > 1 ? [grouped(sums[at] ?? 0)] : []),
  ])
  const columns = [unit, ...series.map(({ name }) => name), ...(series.length > 1 ? ['together'] : [])]
  return figure({ title, says, picture, legend, columns, rows })
}

function toneOf(nth: number, isQuiet = false): string {
  return isQuiet ? 's5' : `s${nth}`
}
