import { escaped } from './escaped.ts'
import type { Table } from './part.ts'

const ROW = 26
const LABEL = 190
const WIDTH = 640
const VALUE = 60

/** A table of words and counts as bars. Of the page's own colours and without a style of its own; the table stands beside it. */
export function barsSvg({ rows, chart }: Table): string {
  if (chart === undefined) return ''
  const bars = rows.map((cells) => ({ words: String(cells[chart.label]), count: Number(cells[chart.value]) }))
  const most = Math.max(1, ...bars.map(({ count }) => count))
  const height = ROW * bars.length
  const drawn = bars.map(({ words, count }, at) => {
    const [y, width] = [at * ROW, ((WIDTH - LABEL - VALUE) * count) / most]
    return `<text x="${LABEL - 10}" y="${y + 17}" text-anchor="end">${escaped(words)}</text><rect x="${LABEL}" y="${y + 4}" width="${width.toFixed(1)}" height="${ROW - 8}"/><text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 17}">${count}</text>`
  })
  const title = escaped(chart.title)
  return `<figure><svg role="img" aria-label="${title}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">${drawn.join('')}</svg><figcaption>${title}</figcaption></figure>\n`
}
