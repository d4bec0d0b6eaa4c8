import { type Html, html, NOTHING } from '../html.ts'

export type Column = {
  readonly head: string
  /**
   * `num`: right, of one width. `wide`: gives way on a narrow screen, where the first column says the same (`narrow`);
   * `wide num` is both; `wide long` has names in it, which need room.
   */
  readonly kind?: 'num' | 'wide' | 'wide num' | 'wide long' | undefined
}

/** A table that scrolls by itself where the screen is too narrow for it, by keyboard as well. */
export function table(of: {
  readonly caption: string
  readonly columns: readonly Column[]
  /** A cell for each column; the first names its row. */
  readonly rows: readonly (readonly (Html | string)[])[]
  /** Whether the caption is for screen readers alone, because a heading says the same. */
  readonly isCaptioned?: boolean
}): Html {
  const classOf = ({ kind }: Column) => (kind === undefined ? NOTHING : html` class="${kind}"`)
  const head = of.columns.map((column) => html`<th scope="col"${classOf(column)}>${column.head}</th>`)
  const rows = of.rows.map(
    (cells) =>
      html`<tr>${of.columns.map((column, at) =>
        at === 0
          ? html`<th scope="row"${classOf(column)}>${cells[at] ?? ''}</th>`
          : html`<td${classOf(column)}>${cells[at] ?? ''}</td>`,
      )}</tr>`,
  )
  return html`<div class="scroll" role="region" aria-label="${of.caption}" tabindex="0"><table><caption${of.isCaptioned ? NOTHING : html` class="hidden"`}>${of.caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`
}

/** What a column that gave way said, below the name of its row on a narrow screen. */
export function narrow(says: Html | string): Html {
  return html`<span class="sub small-only">${says}</span>`
}
