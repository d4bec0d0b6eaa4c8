import { type Html, html, NOTHING } from '../html.ts'
import { table } from '../parts/table.ts'

/** A chart with the table of the same numbers beside it, for whoever reads better than looks, or cannot look. */
export function figure(of: {
  readonly title: string
  /** What the picture shows, in a sentence with its numbers: what a screen reader says for it. */
  readonly says: string
  readonly picture: Html
  readonly legend?: Html
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}): Html {
  const { title, says, picture, legend = NOTHING, columns, rows } = of
  const heads = columns.map((head, at) => ({ head, kind: at === 0 ? undefined : ('num' as const) }))
  return html`<figure class="chart"><figcaption>${says}</figcaption>${picture}${legend}
<details><summary>As a table</summary>${table({ caption: title, columns: heads, rows })}</details></figure>`
}

/** A number in a picture: two decimals are finer than any screen. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100)
}

/** The least of 1, 2, 5 times a power of ten that is not below it: where an axis ends. */
export function roundedUp(most: number): number {
  if (most <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  const step = [1, 2, 5, 10].find((one) => one * power >= most) ?? 10
  return step * power
}
