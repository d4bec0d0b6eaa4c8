import { ITEM_KINDS } from '../../domain/review/item.ts'
import { periodWords } from '../../domain/review/period.ts'
import { lastQuarter } from '../../domain/review/quarter.ts'
import { VendorError } from '../../errors.ts'
import { isId } from '../../ids.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { input, select, token } from '../parts/form.ts'
import { badge, empty, section, when } from '../parts/pieces.ts'
import { progressBar } from '../parts/progress.ts'
import { narrow, table } from '../parts/table.ts'
import type { UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'
import { noResponseWords, reviewStateWords } from '../views/review-words.ts'

const ROWS = 20
const DAY_MS = 86_400_000
const USUAL_DAYS = 21

/** `/ui/reviews`: the quarters that were reviewed, the one that is, and the next. */
export function reviewsPage(data: Pick<UiData, 'reviews'>): UiPage {
  return {
    path: '/reviews',
    operation: 'listReviews',
    async show(view) {
      const before = view.query.get('before')
      if (before !== null && !isId('rev', before))
        throw new VendorError('parameter_invalid', { facts: { parameter: 'before' } })
      const listed = await data.reviews.list({ state: null, before, limit: ROWS + 1 })
      const reviews = listed.slice(0, ROWS)
      const next = listed.length > reviews.length ? reviews.at(-1)?.id : undefined
      const counts = await Promise.all(reviews.map(({ id }) => data.reviews.counts(id)))
      const rows = reviews.map((review, at) => [
        html`<a class="name" href="${view.site.to(`/reviews/${review.id}`)}">${own(review.plan.title, 128)}</a><span class="sub">${periodWords(review.plan.period)}</span>${narrow(html`due ${when(Date.parse(review.plan.dueAt), view.nowMs)}`)}`,
        html`<span class="nowrap">${badge(...reviewStateWords(review.state))}</span>`,
        review.prepared === null ? '' : progressBar(counts[at] ?? {}),
        when(Date.parse(review.plan.dueAt), view.nowMs),
      ])
      const body = html`<h1>Reviews</h1>
<p class="lead">Each quarter somebody says of every trust whether it is still needed. What nobody answers for ends.</p>
${
  reviews.length === 0
    ? empty(
        'No review was made yet.',
        html`<p>A review asks of every mapping, issuer, store, administrator and exception: is this still right?</p>`,
      )
    : table({
        caption: 'Reviews, newest first',
        columns: [
          { head: 'Review' },
          { head: 'State' },
          { head: 'Done', kind: 'wide' },
          { head: 'Due', kind: 'wide' },
        ],
        rows,
      })
}${next === undefined ? NOTHING : html`<p class="more"><a href="${view.site.to('/reviews', { before: next })}">Older</a></p>`}
${view.may('createReview') ? section('A new review', draftForm(view)) : NOTHING}`
      return { title: 'Reviews', section: 'reviews', body }
    },
  }
}

function draftForm(view: View): Html {
  const quarter = lastQuarter(view.nowMs)
  const due = new Date(view.nowMs + USUAL_DAYS * DAY_MS).toISOString().slice(0, 10)
  return html`<form method="post" action="${view.site.to('/reviews')}" class="draft">${token(view)}<input type="hidden" name="key" value="${view.newKey()}">
<div class="filters">
${input({ name: 'title', label: 'Title', value: quarter.title, most: 128 })}
${input({ name: 'from', label: 'Looks back from', value: quarter.from, type: 'date' })}
${input({ name: 'to', label: 'Looks back until, that day too', value: quarter.to, type: 'date' })}
${input({ name: 'due', label: 'Answers until', value: due, type: 'date' })}
${select({
  name: 'noResponse',
  label: 'Without an answer',
  chosen: 'suspend',
  options: [
    ['suspend', 'suspend'],
    ['revoke', 'revoke'],
    ['keep', 'keep'],
  ],
})}
${select({
  name: 'minReviewers',
  label: 'Persons for each',
  chosen: '1',
  options: [
    ['1', 'one'],
    ['2', 'two'],
  ],
})}
</div>
<fieldset><legend>Of what</legend>${ITEM_KINDS.map(
    (kind) =>
      html`<label class="check"><input type="checkbox" name="kind" value="${kind}" checked> ${kind.replace('_', ' ')}s</label>`,
  )}</fieldset>
<p class="note">Days are those of UTC, the last one whole. Suspend: ${noResponseWords('suspend')}. Owners, roles and critical buckets can be told apart over REST and by <code>stint review</code>.</p>
<button class="primary">Draft it</button></form>`
}
