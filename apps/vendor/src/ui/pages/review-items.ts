import {
  ITEM_KINDS,
  ITEM_STATES,
  type ItemKind,
  type ItemState,
  isUndecided,
} from '../../domain/review/item.ts'
import type { ReviewedItem } from '../../ports/reviews.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { select, staysNote, token } from '../parts/form.ts'
import { badge, empty } from '../parts/pieces.ts'
import { table } from '../parts/table.ts'
import type { UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'
import { itemStateWords, riskTone } from '../views/review-words.ts'
import { agoWords } from '../views/time-words.ts'
import { isPlain, reviewOf } from './review.ts'

const ROWS = 50
const UNDECIDED = ITEM_STATES.filter(isUndecided)

/** `/ui/reviews/{id}/items`: all of them, the most dangerous first; what is of low risk can be decided together. */
export function reviewItemsPage(data: Pick<UiData, 'reviews'>): UiPage {
  return {
    path: '/reviews/:id/items',
    operation: 'listReviewItems',
    async show(view) {
      const review = await reviewOf(data, view)
      const state = view.query.get('state') ?? ''
      const kind = view.query.get('kind') ?? ''
      const after = Number(view.query.get('after') ?? 0)
      const found = await data.reviews.items({
        review: review.id,
        states: statesOf(state),
        kind: ITEM_KINDS.find((one) => one === kind) ?? null,
        risk: 0,
        reviewer: view.query.get('mine') === 'yes' ? view.actor.person : null,
        after: Number.isSafeInteger(after) && after > 0 ? after : 0,
        limit: ROWS + 1,
      })
      const rows = found.slice(0, ROWS)
      const next = found.length > ROWS ? rows.at(-1)?.item.n : undefined
      const isOpen = review.state === 'running' || review.state === 'grace'
      const mayBulk = isOpen && view.may('decideReviewItems') && rows.some(isPlain)
      const body = html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/reviews')}">Reviews</a> › <a href="${view.site.to(`/reviews/${review.id}`)}">${own(review.plan.title, 128)}</a></nav>
<h1>Items</h1>
<p class="lead">The most dangerous first. What is of low risk can be decided together; the rest one by one.</p>
${filters(view, review.id, { state, kind })}
${rows.length === 0 ? empty('No item is like that.') : mayBulk ? bulkForm(view, review.id, rows) : itemTable(view, review.id, { rows, isBulk: false })}
${next === undefined ? NOTHING : html`<p class="more"><a href="${view.site.to(`/reviews/${review.id}/items`, { state, kind, mine: view.query.get('mine') ?? '', after: next })}">More</a></p>`}`
      return { title: 'Items', section: 'reviews', body }
    },
  }
}

function statesOf(state: string): readonly ItemState[] | null {
  if (state === 'undecided') return UNDECIDED
  const one = ITEM_STATES.find((known) => known === state)
  return one === undefined ? null : [one]
}

function filters(
  view: View,
  id: string,
  of: { readonly state: string; readonly kind: ItemKind | string },
): Html {
  const states = ITEM_STATES.map((one) => [one, itemStateWords(one)[1]] as const)
  const kinds = ITEM_KINDS.map((one) => [one, one.replace('_', ' ')] as const)
  return html`<form class="filters" method="get" action="${view.site.to(`/reviews/${id}/items`)}" role="search">
${select({ name: 'state', label: 'State', chosen: of.state, options: [['', 'all'], ['undecided', 'waiting for an answer'], ...states] })}
${select({ name: 'kind', label: 'Kind', chosen: of.kind, options: [['', 'all'], ...kinds] })}
${select({
  name: 'mine',
  label: 'Whose',
  chosen: view.query.get('mine') ?? '',
  options: [
    ['', 'everybody’s'],
    ['yes', 'mine'],
  ],
})}
<button>Show</button></form>`
}

function bulkForm(view: View, id: string, rows: readonly ReviewedItem[]): Html {
  return html`<form method="post" action="${view.site.to(`/reviews/${id}/items/decide`)}" class="bulk">${token(view)}<input type="hidden" name="key" value="${view.newKey()}">
${itemTable(view, id, { rows, isBulk: true })}
<div class="bulk-bar"><label class="check"><input type="checkbox" data-all="item"> all of low risk on this page</label>
${select({
  name: 'verdict',
  label: 'Decide',
  chosen: 'attest',
  options: [
    ['attest', 'attest'],
    ['revoke', 'revoke'],
    ['narrow', 'narrow'],
  ],
})}
<label class="field grow"><span>Rationale, the same for each (20 characters or more)</span><input name="rationale" minlength="20" maxlength="2048" required aria-describedby="stays-together" autocomplete="off"></label>
<button class="primary">Decide together</button></div>${staysNote('stays-together')}</form>`
}

function itemTable(
  view: View,
  id: string,
  { rows, isBulk }: { readonly rows: readonly ReviewedItem[]; readonly isBulk: boolean },
): Html {
  return table({
    caption: 'Items of the review',
    columns: [
      { head: 'Item' },
      { head: 'Risk' },
      { head: 'State' },
      { head: 'Last used', kind: 'wide' },
      { head: 'Advice', kind: 'wide' },
      ...(isBulk ? [{ head: 'Decide' }] : []),
    ],
    rows: rows.map(({ item, standing }) => [
      html`<a class="name" href="${view.site.to(`/reviews/${id}/queue`, { n: item.n })}">${item.name}</a><span class="sub">${item.kind.replace('_', ' ')}${item.purpose === null ? NOTHING : html`, ${own(item.purpose, 100)}`}</span>`,
      badge(riskTone(item.risk), String(item.risk)),
      badge(...itemStateWords(standing.state)),
      item.usage === null
        ? ''
        : item.usage.last === null
          ? 'never'
          : agoWords(Date.parse(item.usage.last), view.nowMs),
      item.recommendation,
      ...(isBulk
        ? [isPlain({ item, standing }) ? checkbox(item) : html`<span class="quiet alone">one by one</span>`]
        : []),
    ]),
  })
}

/** What is said yes to is this version and no other. */
function checkbox({ n, name, version }: ReviewedItem['item']): Html {
  return html`<input type="checkbox" name="item" value="${n}:${version}" aria-label="Decide over ${name}">`
}
