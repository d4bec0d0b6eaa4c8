import { durationWords } from '../../domain/duration-words.ts'
import type { MappingBody } from '../../domain/resource.ts'
import { ITEM_STATES, isUndecided } from '../../domain/review/item.ts'
import type { Review } from '../../domain/review/review.ts'
import type { ItemView } from '../../flows/reviews/read.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { type DecidedItem, decisionForm, handOnForm, keysHelp, settleForms } from '../parts/decision.ts'
import { findingList } from '../parts/findings.ts'
import { badge, empty, facts, list, section, when } from '../parts/pieces.ts'
import { ticked } from '../parts/ticked.ts'
import { whoMay } from '../parts/who-may.ts'
import type { UiPage } from '../route.ts'
import { own, sentence } from '../text.ts'
import type { View } from '../view.ts'
import { resourcePath } from '../views/resource-path.ts'
import { itemStateWords, riskTone } from '../views/review-words.ts'
import { grouped, plural } from '../views/time-words.ts'
import { reviewOf } from './review.ts'

type Parts = Pick<UiData, 'reviews'>

const UNDECIDED = ITEM_STATES.filter(isUndecided)

/** `/ui/reviews/{id}/queue`: one item after the other, by keys if one likes. */
export function reviewQueuePage(data: Parts): UiPage {
  return {
    path: '/reviews/:id/queue',
    operation: 'getReviewItem',
    async show(view) {
      const review = await reviewOf(data, view)
      const n = await chosen(data, view, review)
      const crumbs = html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/reviews')}">Reviews</a> › <a href="${view.site.to(`/reviews/${review.id}`)}">${own(review.plan.title, 128)}</a></nav>`
      const said = await saidOf(data, view, review)
      if (n === null) {
        const body = html`${crumbs}${said}<h1>Nothing waits for you</h1><p class="lead">Every item that is for you has its answer.</p><p><a class="button" href="${view.site.to(`/reviews/${review.id}`)}">Back to the review</a></p>`
        return { title: 'Queue', section: 'reviews', body }
      }
      const [found, next, barred] = await Promise.all([
        data.reviews.item(review.id, n),
        nextOf(data, view, review, n),
        view.may('decideReviewItem') ? data.reviews.flow.barred(review.id, n, view.actor) : null,
      ])
      const body = html`${crumbs}${said}${itemPart(view, review, { found, barred })}${turns(view, review, { n, next })}${keysHelp()}`
      return { title: found.item.name, section: 'reviews', body }
    },
  }
}

/** The item that is named, else the first that waits for whoever looks after the one that is named, else from the front. */
async function chosen(data: Parts, view: View, review: Review): Promise<number | null> {
  const named = Number(view.query.get('n') ?? 0)
  if (Number.isSafeInteger(named) && named > 0) return named
  const after = Number(view.query.get('after') ?? 0)
  return (
    (await nextOf(data, view, review, Number.isSafeInteger(after) ? after : 0)) ??
    nextOf(data, view, review, 0)
  )
}

async function nextOf(data: Parts, view: View, { id }: Review, after: number): Promise<number | null> {
  const query = { review: id, states: UNDECIDED, kind: null, risk: 0, reviewer: view.actor.person }
  const [found] = await data.reviews.items({ ...query, after, limit: 1 })
  return found?.item.n ?? null
}

/** What came of the answer that was just given. */
async function saidOf(data: Parts, view: View, { id }: Review): Promise<Html> {
  const done = Number(view.query.get('done') ?? 0)
  if (!Number.isSafeInteger(done) || done < 1) return NOTHING
  const { item, standing } = await data.reviews.item(id, done)
  const [tone, words] = itemStateWords(standing.state)
  return html`<p role="status" class="notice">${badge(tone, words)} ${item.name}${standing.proof === null ? NOTHING : html`, proved by ${own(standing.proof.by, 60)}`}. <a href="${view.site.to(`/reviews/${id}/queue`, { n: done })}">Look again</a></p>`
}

function turns(
  view: View,
  { id }: Review,
  { n, next }: { readonly n: number; readonly next: number | null },
): Html {
  const to = (query: Record<string, number>) => view.site.to(`/reviews/${id}/queue`, query)
  return html`<nav class="pager" aria-label="Other items"><p>${n > 1 ? html`<a rel="prev" data-key="k" href="${to({ n: n - 1 })}">Previous item</a>` : NOTHING}</p>
<p>${next === null ? NOTHING : html`<a rel="next" data-key="j" href="${to({ n: next })}">Next that waits</a>`}</p></nav>`
}

function itemPart(view: View, review: Review, decided: DecidedItem): Html {
  const { found } = decided
  const { item, standing } = found
  const path = resourcePath(item.resource.kind, item.resource.name)
  const name = path === null ? item.name : html`<a href="${view.site.to(path)}">${item.name}</a>`
  const who = whoIn(item)
  const findings = item.findings.map((one) => ({ ...one, ...item.resource, at: [] }))
  return html`<h1>${item.name} ${badge(riskTone(item.risk), `risk ${item.risk}`)} ${badge(...itemStateWords(standing.state))}</h1>
<p class="lead">${sentence(item.kind.replace('_', ' '))} ${name}, item ${item.n} of ${grouped(review.prepared?.items ?? 0)}${item.required === 2 ? ', two persons decide' : ''}.</p>
${item.purpose === null ? NOTHING : html`<p class="purpose">${own(item.purpose)}</p>`}
<div class="columns"><div>
${section(
  'What it is',
  html`${list(
    (who === null ? item.words : item.words.slice(1)).map((line) => ticked(own(line, 800))),
    'may',
  )}${opensPart(item)}`,
)}
${who === null ? NOTHING : section('Who may', whoMay(who))}
${item.usage === null ? NOTHING : section('Use in the period', usagePart(view, item.usage))}
${findings.length === 0 ? NOTHING : section('Findings', html`${findingList(view, findings, { isNamed: false })}${item.moreFindings === 0 ? NOTHING : html`<p class="note">and ${plural(item.moreFindings, 'more finding')}</p>`}`)}
${section('Since the last review', sincePart(found))}
${standing.decisions.length === 0 ? NOTHING : section('Said so far', decisionsPart(view, found))}
</div><aside>
${section('Advice', html`<p><strong>${item.recommendation}</strong></p>${item.because.length === 0 ? html`<p class="note">Nothing speaks against it.</p>` : list(item.because.map((line) => ticked(own(line))))}`)}
${section('Your answer', html`${decisionForm(view, review, decided)}${settleForms(view, review, decided)}${handOnForm(view, review, found)}`)}
${section(
  'Facts',
  facts([
    ['Owner', item.owner === null ? null : own(item.owner, 120)],
    ['Version', String(item.version)],
    [
      'Made by',
      item.makers.length === 0
        ? null
        : [...new Set(item.makers.map(({ author }) => own(author.person, 80)))].join(', '),
    ],
    [
      'For',
      standing.reviewers.length === 0
        ? 'any reviewer'
        : standing.reviewers.map((one) => own(one, 80)).join(', '),
    ],
    ['Key since', item.keySince === null ? null : when(Date.parse(item.keySince), view.nowMs)],
  ]),
)}
</aside></div>`
}

/** Of a mapping its conditions, as they stood; its first words say the same in one line. */
function whoIn({ kind, body }: ItemView['item']): Pick<MappingBody, 'when' | 'unless'> | null {
  if (kind !== 'mapping') return null
  const { when, unless } = body as Partial<MappingBody> // the body of a mapping, as its snapshot has it
  return when === undefined || unless === undefined ? null : { when, unless }
}

function opensPart({ opens }: ItemView['item']): Html {
  if (opens === null) return NOTHING
  const reach = [...(opens.writes ? ['writes'] : []), ...(opens.deletes ? ['deletes'] : [])]
  return html`<p>Opens <strong>${opens.role}</strong> at ${opens.target}: ${reach.length === 0 ? 'reads only' : reach.join(', ')}; ${opens.buckets.map((one) => own(one, 120)).join(', ')}; sessions of at most ${durationWords(opens.maxLifetimeSeconds)}.</p>`
}

function usagePart(view: View, usage: NonNullable<ItemView['item']['usage']>): Html {
  const { last, issued, refused, subjects, networks, p95LifetimeSeconds, more } = usage
  const told = (count: number) => `${more ? 'at least ' : ''}${grouped(count)}`
  return html`<dl class="stats"><div><dt>Last used</dt><dd${last === null ? html` class="bad"` : NOTHING}>${last === null ? 'never' : when(Date.parse(last), view.nowMs)}</dd></div>
<div><dt>Sessions</dt><dd>${grouped(issued)}</dd></div><div><dt>Refused</dt><dd>${grouped(refused)}</dd></div>
<div><dt>Subjects</dt><dd>${told(subjects)}</dd></div><div><dt>Networks</dt><dd>${told(networks)}</dd></div>
<div><dt>95% last at most</dt><dd>${p95LifetimeSeconds === null ? 'none' : durationWords(p95LifetimeSeconds)}</dd></div></dl>`
}

function sincePart({ sinceLastReview, changed, now }: ItemView): Html {
  const moved =
    changed.length === 0
      ? NOTHING
      : html`<p>${badge('warn', 'changed since the snapshot')}</p>${list(
          changed.map((line) => ticked(own(line, 600))),
          'diff',
        )}`
  const gone = now === null ? html`<p>${badge('bad', 'it is not there any more')}</p>` : NOTHING
  if (sinceLastReview === null) return html`${gone}${moved}${empty('It was in no review before.')}`
  const { version, lines, widens } = sinceLastReview
  return html`${gone}${moved}${
    lines.length === 0
      ? html`<p>Nothing changed since version ${version}, which was reviewed then.</p>`
      : html`<p>Since version ${version}:</p>${list(
          lines.map((line) => ticked(own(line, 600))),
          'diff',
        )}`
  }${widens.length === 0 ? NOTHING : html`<p>${badge('warn', 'it widened')}</p>${list(widens.map((line) => ticked(own(line))))}`}`
}

function decisionsPart(view: View, { standing }: ItemView): Html {
  return list(
    standing.decisions.map(
      ({ by, verdict, rationale, at, evidence, until }) =>
        html`<strong>${verdict}</strong> by ${own(by.person, 80)}, ${when(Date.parse(at), view.nowMs)}${until === null ? NOTHING : html`, until ${until.slice(0, 10)}`}<span class="sub">${own(rationale, 2_048)}${evidence === null ? NOTHING : html` (${own(evidence, 512)})`}</span>`,
    ),
  )
}
