import { differenceBetween } from '../../flows/difference.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'
import { badge, empty, list, section } from './pieces.ts'
import { ticked } from './ticked.ts'

/** What changed of a mapping since a review looked at it last. */
export async function lastReviewPart(
  { store, reviews }: Pick<UiData, 'store' | 'reviews'>,
  view: View,
  { name, version }: { readonly name: string; readonly version: number },
): Promise<Html> {
  const last = await reviews.previous({ kind: 'mapping', name, before: null })
  if (last === null) return section('Since the last review', empty('No review that was closed looked at it.'))
  const there = html`<a href="${view.site.to(`/reviews/${last.review}/queue`, { n: last.n })}">The review</a>`
  const { lines, widens } = await differenceBetween(store, {
    ...{ kind: 'mapping', name },
    ...{ from: last.version, to: version },
  })
  const body =
    lines.length === 0
      ? html`<p>Nothing but a state changed since version ${last.version}, which was reviewed.</p>`
      : html`<p>Since version ${last.version}, which was reviewed:</p>${list(
          lines.map((line) => ticked(own(line, 600))),
          'diff',
        )}`
  return section(
    'Since the last review',
    html`${last.version === version ? html`<p>Nothing changed: version ${version} was reviewed.</p>` : body}${widens.length === 0 ? NOTHING : html`<p>${badge('warn', 'it widened')}</p>${list(widens.map((line) => ticked(own(line))))}`}`,
    there,
  )
}
