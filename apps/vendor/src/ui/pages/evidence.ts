import { errorRow } from '../../errors.ts'
import type { PackStanding } from '../../flows/reviews/pack/pack.ts'
import type { ReviewId } from '../../ids.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { token } from '../parts/form.ts'
import { empty, facts, instant, section } from '../parts/pieces.ts'
import { table } from '../parts/table.ts'
import type { UiAction, UiFile, UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'
import { grouped } from '../views/time-words.ts'
import { reviewIdOf, reviewOf } from './review.ts'

type Parts = Pick<UiData, 'reviews'>

const PARTS: readonly (readonly [name: string, words: string])[] = [
  ['Scope', 'what was reviewed, by which filters, and every step with who and when'],
  ['Population', 'counted in the configuration, in the snapshot and in the log; orphans among what was used'],
  ['Items', 'each with its decision, the reason for it, who gave it and how they had signed in'],
  ['No answer', 'what nobody answered for, and what was done'],
  ['Remediation', 'what was taken away, and how it was shown to be over'],
  ['Exceptions', 'accepted codes, and what was put off until when'],
  ['Changes', 'of the configuration between snapshot and seal'],
  ['Log', 'the trees at the start and at the end, and the proof that one goes on from the other'],
  ['Duties', 'every decision held against who wrote, approved and decided'],
  ['Sample', 'sixty grants and sixty removals, drawn so that anybody can draw them again'],
]

/** `/ui/reviews/{id}/evidence`: what an auditor gets, how they check it, and the file. */
export function evidencePage(data: Parts): UiPage {
  return {
    path: '/reviews/:id/evidence',
    operation: 'getReviewEvidence',
    async show(view) {
      const review = await reviewOf(data, view)
      const { id, plan, sealed, prepared } = review
      const crumbs = html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/reviews')}">Reviews</a> › <a href="${view.site.to(`/reviews/${id}`)}">${own(plan.title, 128)}</a></nav>
<h1>Evidence</h1>`
      if (sealed === null)
        return {
          title: 'Evidence',
          section: 'reviews',
          body: html`${crumbs}${empty('A review is evidence once it is sealed.', html`<p><a href="${view.site.to(`/reviews/${id}`)}">Its next step</a></p>`)}`,
        }
      const body = html`${crumbs}
<p class="lead">One file for an auditor, who needs to trust nothing of it but the key of the log. It is the same, byte for byte, each time.</p>
<div class="columns"><div>
${section(
  'What is in it',
  html`${table({
    caption: 'Parts of the evidence',
    columns: [{ head: 'Part' }, { head: 'What it says' }],
    rows: PARTS.map(([name, words], at) => [html`<span class="nowrap">${at + 1} ${name}</span>`, words]),
  })}<p class="note">Each for programs and for spreadsheets; and a report of all of it that is read without any tool.</p>`,
)}
${section(
  'How it is checked',
  html`<p>By either of two programs that share no code. The key comes by another way than the file: it is at <code>${view.site.urlOf('').replace(/\/ui$/, '/log/keys')}</code>.</p>
<pre tabindex="0" class="wrap">stint audit verify ${id}.tar --key "$KEY"
python3 tools/verify/stint_verify_pack.py ${id}.tar --key "$KEY"</pre>`,
)}
</div><aside>
${section('The file', fileOf(view, id, await data.reviews.flow.packStanding(id)))}
${section(
  'Facts',
  facts([
    ['Sealed', instant(Date.parse(sealed.at))],
    ['Items', grouped(prepared?.items ?? 0)],
    ['Outcomes', html`<code class="hash">${sealed.itemsSha256}</code>`],
  ]),
)}
</aside></div>`
      return { title: 'Evidence', section: 'reviews', body }
    },
  }
}

/** Made, or how far it is; it is looked at again every other second, by the script or by hand. */
function fileOf(
  view: View,
  id: ReviewId,
  { state, progress, bytes, failed, manifestSha256 }: PackStanding,
): Html {
  const at = view.site.to(`/reviews/${id}/evidence`)
  if (state === 'ready')
    return html`<p><a class="button" download href="${at}.tar">Download the evidence</a></p>
<p class="note">${grouped(bytes ?? 0)} bytes. Its manifest is in the log: <code class="hash">${manifestSha256 ?? ''}</code></p>`
  if (state === 'making') {
    const { done, of } = progress ?? { done: 0, of: 0 }
    return html`<p role="status" data-reload="2">It is being made: ${grouped(done)} of ${grouped(of)} events read.</p>
<progress max="${of}" value="${done}" aria-label="Events read"></progress>
<p><a href="${at}">Look again</a></p>`
  }
  return html`${failed === null ? NOTHING : html`<p role="alert">It could not be made: ${errorRow(failed).operatorText} (<code>${failed}</code>).</p>`}
<form method="post" action="${at}">${token(view)}<button>Make the evidence</button></form>
<p class="note">${
    manifestSha256 === null
      ? 'The hash of its manifest goes into the log: from then on it is this file, or none.'
      : 'It was made before and does not lie here any more: the same is made again.'
  } Of a long log that takes some seconds.</p>`
}

/** Has it made, and shows how far it is. */
export function evidenceAction(data: Parts): UiAction {
  return {
    path: '/reviews/:id/evidence',
    operation: 'makeReviewEvidence',
    async act(view) {
      const id = reviewIdOf(view)
      const { promise: begun, resolve } = Promise.withResolvers<void>()
      const by = { actor: view.actor, request: view.facts.request }
      // Of a short log it is there at once; how a longer one fares the page says.
      await Promise.race([begun, data.reviews.flow.makePack(id, by, () => resolve())])
      return `/reviews/${id}/evidence`
    },
  }
}

/** The file, the same as over REST. */
export function evidenceFile(data: Parts): UiFile {
  return {
    path: '/reviews/:id/evidence.tar',
    operation: 'getReviewEvidence',
    type: 'application/x-tar',
    async read(view) {
      const id = reviewIdOf(view)
      const { bytes, chunks } = await data.reviews.flow.pack(id)
      return { name: `${id}.tar`, content: ReadableStream.from(chunks()), bytes }
    },
  }
}
