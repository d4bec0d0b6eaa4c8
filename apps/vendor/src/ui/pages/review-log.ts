import { MOST_ACKNOWLEDGED } from '../../domain/review/log-finding.ts'
import type { Review } from '../../domain/review/review.ts'
import type { ReviewedLogFinding } from '../../flows/reviews/log-health.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { reasonField, token } from '../parts/form.ts'
import { badge, empty, section, when } from '../parts/pieces.ts'
import type { UiPage } from '../route.ts'
import { own, sentence } from '../text.ts'
import type { View } from '../view.ts'
import { reviewOf } from './review.ts'

type Parts = Pick<UiData, 'reviews'>

/** `/ui/reviews/{id}/log`: what is found about the log itself, and who says why it may stand in the evidence. */
export function reviewLogPage(data: Parts): UiPage {
  return {
    path: '/reviews/:id/log',
    operation: 'getReviewLog',
    async show(view) {
      const review = await reviewOf(data, view)
      const findings = await data.reviews.flow.logFindings(review.id)
      const [open, known] = [false, true].map((is) => findings.filter((one) => one.acknowledged === is))
      const body = html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/reviews')}">Reviews</a> › <a href="${view.site.to(`/reviews/${review.id}`)}">${own(review.plan.title, 128)}</a></nav>
<h1>The log itself</h1>
<p class="lead">What is found about the log is of no item, and the evidence rests on it: a review is sealed when a person has said of each why it may stand.</p>
${findings.length === 0 ? empty('Nothing is found about the log.', NOTHING) : NOTHING}
${openPart(view, review, open ?? [])}
${review.acknowledged.length === 0 ? NOTHING : section('Acknowledged', knownPart(view, review, known ?? []))}`
      return { title: 'The log itself', section: 'reviews', body }
    },
  }
}

const ANSWERED: ReadonlySet<Review['state']> = new Set(['running', 'grace', 'closed'])

function openPart(view: View, { id, state, revision }: Review, open: readonly ReviewedLogFinding[]): Html {
  if (open.length === 0) return NOTHING
  const next = open.slice(0, MOST_ACKNOWLEDGED)
  const keys = next.map(({ key }) => html`<input type="hidden" name="finding" value="${key}">`)
  const form =
    view.may('acknowledgeReviewLog') && ANSWERED.has(state)
      ? html`<form method="post" action="${view.site.to(`/reviews/${id}/log`)}" class="answer">${token(view)}<input type="hidden" name="key" value="${view.newKey()}"><input type="hidden" name="revision" value="${revision}">${keys}
${reasonField({ name: 'rationale', label: `Why ${next.length === 1 ? 'it' : `these ${next.length}`} may stand, in twenty characters at least`, of: 'acknowledge', least: 20, most: 2000, rows: 3 })}
<button class="primary">Acknowledge</button></form>`
      : html`<p class="note">A reviewer acknowledges it while the review runs, or is closed and not sealed.</p>`
  return section('Waits for an answer', html`${listOf(next)}${form}`)
}

function listOf(findings: readonly ReviewedLogFinding[]): Html {
  return html`<ul class="findings">${findings.map(
    (
      one,
    ) => html`<li><p>${badge(one.severity === 'warning' ? 'bad' : 'info', one.severity)} ${sentence(own(one.message))}.${one.standing ? NOTHING : ' It is found no more.'}</p>
<p class="sub">${sentence(own(one.fix))}. <code>${one.detector ?? ''} ${one.rule}</code></p></li>`,
  )}</ul>`
}

function knownPart(view: View, { acknowledged }: Review, known: readonly ReviewedLogFinding[]): Html {
  const standing = new Map(known.map((one) => [one.key, one]))
  return html`${acknowledged.map(
    ({
      by,
      at,
      rationale,
      findings,
    }) => html`<p>${own(by.person, 80)}, ${when(Date.parse(at), view.nowMs)}: ${own(rationale, 2000)}</p>
${listOf(findings.flatMap(({ key }) => standing.get(key) ?? []))}`,
  )}`
}
