import { isUndecided } from '../../domain/review/item.ts'
import { periodWords } from '../../domain/review/period.ts'
import type { Review } from '../../domain/review/review.ts'
import { HIGH_RISK } from '../../domain/review/risk.ts'
import { VendorError } from '../../errors.ts'
import { isId, type ReviewId } from '../../ids.ts'
import type { ReviewedItem, ReviewLoad } from '../../ports/reviews.ts'
import { stackedBars } from '../charts/stacked-bars.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { reasonField, token } from '../parts/form.ts'
import { badge, facts, instant, section, when } from '../parts/pieces.ts'
import { progressBar, progressLegend } from '../parts/progress.ts'
import { table } from '../parts/table.ts'
import type { UiFile, UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'
import { burnUp, doneOf } from '../views/review-progress.ts'
import { noResponseWords, REVIEW_STEPS, reviewStateWords } from '../views/review-words.ts'
import { grouped, plural } from '../views/time-words.ts'

type Parts = Pick<UiData, 'reviews'>

/** `/ui/reviews/{id}`: how far it is, who has what, and the next step. */
export function reviewPage(data: Parts): UiPage {
  return {
    path: '/reviews/:id',
    operation: 'getReview',
    async show(view) {
      const review = await reviewOf(data, view)
      const [counts, load] = await Promise.all([data.reviews.counts(review.id), data.reviews.load(review.id)])
      const { undecided } = doneOf(counts)
      const queue = html`<a class="button" href="${view.site.to(`/reviews/${review.id}/queue`)}">Decide, one by one</a>`
      const isOpen = review.state === 'running' || review.state === 'grace'
      const body = html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/reviews')}">Reviews</a></nav>
<h1>${own(review.plan.title, 128)} ${badge(...reviewStateWords(review.state))}</h1>
<p class="lead">Looks back on ${periodWords(review.plan.period)}; ${noResponseWords(review.plan.noResponse)}.</p>
${stepper(review)}
${review.held === null ? NOTHING : heldPart(view, review)}
<div class="columns"><div>
${section(
  'Progress',
  html`<div class="big">${progressBar(counts)}</div>${progressLegend(counts)}
${isOpen && undecided > 0 && view.may('decideReviewItem') ? html`<p class="buttons">${queue} <a class="button plain" href="${view.site.to(`/reviews/${review.id}/items`, { state: 'undecided' })}">All that waits</a></p>` : html`<p><a href="${view.site.to(`/reviews/${review.id}/items`)}">All items</a></p>`}`,
)}
${review.started === null ? NOTHING : section('Burn-up', burnUpPart(view, review, load.days))}
${load.persons.length === 0 ? NOTHING : section('Who has what', personsPart(load.persons))}
</div><aside>
${nextStep(view, review, undecided)}
${section('Facts', factsPart(view, review))}
</aside></div>`
      return { title: review.plan.title, section: 'reviews', body }
    },
  }
}

/** The items as a file for a spreadsheet, the same as over REST. */
export function reviewCsv(data: Parts): UiFile {
  return {
    path: '/reviews/:id/report.csv',
    operation: 'getReviewReportCsv',
    type: 'text/csv; charset=utf-8',
    async read(view) {
      const id = reviewIdOf(view)
      return { name: `${id}.csv`, content: await data.reviews.csv(id) }
    },
  }
}

/** All of it on one page, to print, or to send to somebody who has no part in it. */
export function reviewReport(data: Parts): UiFile {
  return {
    path: '/reviews/:id/report.html',
    operation: 'getReviewReportHtml',
    type: 'text/html; charset=utf-8',
    async read(view) {
      const id = reviewIdOf(view)
      const pieces = ReadableStream.from(await data.reviews.document(id, 'html'))
      return { name: `${id}.html`, content: pieces.pipeThrough(new TextEncoderStream()) }
    },
  }
}

/** The review of the path. Throws `not_found`. */
export async function reviewOf(data: Parts, view: View): Promise<Review> {
  const review = await data.reviews.get(reviewIdOf(view))
  if (review === null) throw new VendorError('not_found')
  return review
}

export function reviewIdOf(view: View): ReviewId {
  const id = view.param('id')
  if (!isId('rev', id)) throw new VendorError('not_found')
  return id
}

/** Past its date is no step that anybody plans: it stands there for a review that is, or was. */
function stepper({ state, closed, plan }: Review): Html {
  const isLate = state === 'grace' || (closed !== null && Date.parse(closed.at) > Date.parse(plan.dueAt))
  const steps = REVIEW_STEPS.filter(([one]) => one !== 'grace' || isLate)
  const now = steps.findIndex(([one]) => one === state)
  return html`<ol class="stepper" aria-label="Steps of the review">${steps.map(
    ([one, words], at) =>
      html`<li${at === now ? html` aria-current="step"` : NOTHING} class="${at < now ? 'done' : ''}"><span>${words}</span>${one === state ? html`<span class="hidden"> (now)</span>` : NOTHING}</li>`,
  )}</ol>`
}

function heldPart(view: View, { id, held, revision }: Review): Html {
  const { would = 0, active = 0 } = held ?? {}
  return html`<div class="notice bad" role="status"><p><strong>Held.</strong> ${plural(would, 'mapping')} would be suspended at once, where ${grouped(active)} ${active === 1 ? 'is' : 'are'} in force: more than a fifth. Nothing is suspended until a person says so.</p>
${view.may('releaseReview') ? html`<form method="post" class="answer" action="${view.site.to(`/reviews/${id}/release`)}">${stepFields(view, revision)}${reasonField({ name: 'reason', label: 'Reason', of: 'release', least: 1, most: 1024 })}<button class="danger">Suspend them all the same</button></form>` : html`<p>An approver releases it.</p>`}</div>`
}

function stepFields(view: View, revision: number): Html {
  return html`${token(view)}<input type="hidden" name="key" value="${view.newKey()}"><input type="hidden" name="revision" value="${revision}">`
}

const NEXT = {
  draft: [
    'prepare',
    'Prepare',
    'Takes the snapshot of what stands now, with its use and findings, and hashes it into the log.',
  ],
  prepared: ['start', 'Start', 'Decisions are taken from then on. Until then it may be prepared again.'],
  running: ['close', 'Close', 'Ends the decisions.'],
  grace: ['close', 'Close', 'Ends the decisions. What is suspended is revoked after its two weeks.'],
  closed: [
    'seal',
    'Seal',
    'Holds the snapshot against its hash, and hashes what became of every item. It never changes again. What is found about the log itself is acknowledged first.',
  ],
} as const

function nextStep(view: View, { state, id, revision }: Review, undecided: number): Html {
  if (state === 'sealed')
    return section(
      'Sealed',
      html`<p>What was decided stands in the log under one hash, and never changes again.</p>`,
    )
  const [verb, words, about] = NEXT[state]
  if (!view.may('createReview'))
    return section('Next', html`<p>A reviewer takes the next step: ${words.toLowerCase()}.</p>`)
  const waits = state === 'running' && undecided > 0
  const again =
    state === 'prepared'
      ? html`<form method="post" action="${view.site.to(`/reviews/${id}/prepare`)}" class="answer">${stepFields(view, revision)}<button>Prepare again</button></form>`
      : NOTHING
  return section(
    'Next',
    html`<p>${about}</p>${waits ? html`<p class="note">${plural(undecided, 'item')} ${undecided === 1 ? 'waits' : 'wait'} for an answer first.</p>` : NOTHING}
<form method="post" action="${view.site.to(`/reviews/${id}/${verb}`)}" class="answer">${stepFields(view, revision)}
${verb === 'close' ? html`${reasonField({ name: 'reason', label: 'Reason, if anything is left', of: 'close', most: 1024 })}<label class="check"><input type="checkbox" name="acceptFailed" value="yes"> what failed is known, and stays so</label>` : NOTHING}
<button class="${waits ? '' : 'primary'}">${words}</button></form>${again}`,
  )
}

function burnUpPart(view: View, { started, closed, prepared }: Review, days: ReviewLoad['days']): Html {
  const items = prepared?.items ?? 0
  const untilMs = closed === null ? view.nowMs : Date.parse(closed.at)
  const chart = burnUp({ days, items, startedMs: Date.parse(started?.at ?? ''), untilMs })
  const says = `${grouped(days.reduce((sum, { decided }) => sum + decided, 0))} of ${plural(items, 'item')} decided by now, day by day.`
  return stackedBars({ title: 'Burn-up', says, unit: 'day', ...chart })
}

function personsPart(persons: ReviewLoad['persons']): Html {
  return table({
    caption: 'Who has what',
    columns: [{ head: 'Person' }, { head: 'Waiting', kind: 'num' }, { head: 'Done', kind: 'num' }],
    rows: persons.map(({ person, undecided, decided }) => [
      person === null ? 'any reviewer' : own(person, 80),
      grouped(undecided),
      grouped(decided),
    ]),
  })
}

function factsPart(view: View, { plan, drafted, prepared, sealed, id }: Review): Html {
  return facts([
    [
      'Due',
      html`${when(Date.parse(plan.dueAt), view.nowMs)}<span class="sub">${instant(Date.parse(plan.dueAt))}</span>`,
    ],
    [
      'Drafted',
      html`${when(Date.parse(drafted.at), view.nowMs)}<span class="sub">by ${own(drafted.by?.person ?? 'the service', 80)}</span>`,
    ],
    ['Items', prepared === null ? 'counted when it is prepared' : grouped(prepared.items)],
    ['Persons', plan.minReviewers === 2 ? 'two an item' : 'one an item, two of what is critical'],
    [
      'Frameworks',
      plan.frameworks.length === 0 ? null : plan.frameworks.map((one) => own(one, 64)).join(', '),
    ],
    ['Snapshot', prepared === null ? null : html`<code class="hash">${prepared.snapshotSha256}</code>`],
    ['Sealed', sealed === null ? null : html`<code class="hash">${sealed.itemsSha256}</code>`],
    [
      'Report',
      prepared === null || !view.may('getReviewReportCsv')
        ? null
        : html`<a href="${view.site.to(`/reviews/${id}/report.csv`)}">CSV for a spreadsheet</a>, <a href="${view.site.to(`/reviews/${id}/report.html`)}">a page for people</a>`,
    ],
    [
      'The log itself',
      prepared === null
        ? null
        : html`<a href="${view.site.to(`/reviews/${id}/log`)}">What is found about it</a>`,
    ],
    [
      'Evidence',
      sealed === null || !view.may('getReviewEvidence')
        ? null
        : html`<a href="${view.site.to(`/reviews/${id}/evidence`)}">For an auditor</a>`,
    ],
  ])
}

/** Whether an item may be decided among many: its risk is low, and one person is enough. */
export function isPlain({ item, standing }: ReviewedItem): boolean {
  return isUndecided(standing.state) && item.risk < HIGH_RISK && item.required === 1
}
