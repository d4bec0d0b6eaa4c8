import { type Html, html, NOTHING } from '../html.ts'
import { plural } from '../views/time-words.ts'

/** Which part of a list this is, and the ways to the others. */
export function pager(of: {
  readonly total: number
  readonly noun: readonly [one: string, many: string]
  readonly page: number
  readonly pages: number
  readonly to: (page: number) => string
}): Html {
  const { total, noun, page, pages, to } = of
  const [one, many] = noun
  const words = pages > 1 ? `, page ${page} of ${pages}` : ''
  const before = page > 1 ? html`<a rel="prev" href="${to(page - 1)}">Previous</a>` : NOTHING
  const after = page < pages ? html`<a rel="next" href="${to(page + 1)}">Next</a>` : NOTHING
  return html`<nav class="pager" aria-label="Pages of the list"><p>${plural(total, one, many)}${words}</p><p>${before} ${after}</p></nav>`
}
