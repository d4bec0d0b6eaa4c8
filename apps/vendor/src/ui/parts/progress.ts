import type { Counts } from '../../domain/review/review.ts'
import { px } from '../charts/figure.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { doneOf, progressParts } from '../views/review-progress.ts'
import { itemStateWords } from '../views/review-words.ts'
import { grouped } from '../views/time-words.ts'

const WIDTH = 300

/** How much of a review is decided, as a bar of its parts and in words. */
export function progressBar(counts: Counts): Html {
  const { items, undecided, percent } = doneOf(counts)
  let at = 0
  const parts = progressParts(counts).map(({ state, count }) => {
    const width = (WIDTH * count) / Math.max(1, items)
    const from = at
    at += width
    const [tone, words] = itemStateWords(state)
    return html`<rect class="${tone}" x="${px(from)}" width="${px(width)}" height="10"><title>${words}: ${grouped(count)}</title></rect>`
  })
  const words =
    items === 0 ? 'nothing in it' : `${grouped(items - undecided)} of ${grouped(items)} done, ${percent}%`
  return html`<svg viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" class="progress" role="img" aria-label="${words}">${parts}</svg><span class="sub">${words}</span>`
}

/** The parts by name, for whoever wants the numbers. */
export function progressLegend(counts: Counts): Html {
  const parts = progressParts(counts)
  return parts.length === 0
    ? NOTHING
    : html`<ul class="legend">${parts.map(({ state, count }) => {
        const [tone, words] = itemStateWords(state)
        return html`<li><span class="swatch ${tone}"></span>${words} ${grouped(count)}</li>`
      })}</ul>`
}
