import type { ExplainedMapping, Explanation } from '../../domain/explanation.ts'
import { VendorError } from '../../errors.ts'
import { isId } from '../../ids.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { badge, empty, facts, instant, list, section, type Tone } from '../parts/pieces.ts'
import { ticked } from '../parts/ticked.ts'
import type { UiPage } from '../route.ts'
import { foreign, sentence } from '../text.ts'
import type { View } from '../view.ts'
import { plural } from '../views/time-words.ts'

const MAPPINGS = 5
const TONE: Readonly<Record<Explanation['outcome'], Tone>> = {
  granted: 'good',
  refused: 'bad',
  failed: 'bad',
  open: 'warn',
}

/** `/ui/why?id=`: leads to the page of that id. */
export function whyForm(data: Pick<UiData, 'explain'>): UiPage {
  return { ...whyPage(data), path: '/why' }
}

/** `/ui/why/{id}`: why a request ended as it did, and what would have let it in. */
export function whyPage(data: Pick<UiData, 'explain'>): UiPage {
  return {
    path: '/why/:id',
    operation: 'explain',
    async show(view) {
      const id = (view.param('id') || view.query.get('id') || '').trim()
      const explanation = isId('req', id) || isId('asm', id) ? await explained(data, id) : 'not_found'
      if (explanation === 'event_pruned')
        return { title: 'Why', section: 'log', body: pruned(view, id), status: 410 }
      if (explanation === 'not_found')
        return { title: 'Why', section: 'log', body: unknown(view, id), status: 404 }
      return { title: 'Why', section: 'log', body: known(view, explanation) }
    },
  }
}

async function explained(
  data: Pick<UiData, 'explain'>,
  id: string,
): Promise<Explanation | 'not_found' | 'event_pruned'> {
  try {
    return await data.explain(id, MAPPINGS)
  } catch (thrown) {
    const code = thrown instanceof VendorError ? thrown.code : null
    if (code === 'not_found' || code === 'event_pruned') return code
    throw thrown
  }
}

function pruned(view: View, id: string): Html {
  return html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/log')}">Log</a></nav>
<h1>It is older than what the log keeps</h1>
<p class="lead"><code>${foreign(id, 80)}</code></p>
<p>What was recorded under that id, if anything was, was taken out by its age. The hashes stand; the events <code>log.pruned</code> say which were taken, and when.</p>`
}

function unknown(view: View, id: string): Html {
  return html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/log')}">Log</a></nav>
<h1>Nothing is recorded under that id</h1>
<p class="lead"><code>${foreign(id, 80) || 'no id'}</code></p>
${list([
  'It may be of another server, or mistyped: an id begins with req_ or asm_.',
  'Or the request was refused for its own form, which its answer named, before there was an exchange.',
  'Or it was counted with others, and their summary comes within a second.',
])}`
}

function known(view: View, explanation: Explanation): Html {
  const { outcome, code, what, next, mappings, mappingsInAll } = explanation
  return html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/log')}">Log</a></nav>
<h1>${sentence(outcome)}${code === null ? NOTHING : html` ${badge(TONE[outcome], code)}`}</h1>
<p class="lead">${ticked(sentence(what))}.</p>
${outcome === 'granted' ? NOTHING : html`<p class="todo"><strong>To do:</strong> ${ticked(next)}.</p>`}
<div class="columns"><div>
${section(
  outcome === 'granted' ? 'Mappings of its issuer' : 'Nearest mappings',
  mappings.length === 0
    ? empty('There is no mapping that could be held against it.')
    : html`${mappings.map((one) => nearest(view, one))}${mappingsInAll > mappings.length ? html`<p class="note">${plural(mappingsInAll - mappings.length, 'more mapping')} of that issuer stand further off.</p>` : NOTHING}`,
)}
</div><aside>${section('The request', factsOf(view, explanation))}</aside></div>`
}

function nearest(view: View, one: ExplainedMapping): Html {
  const { name, inTheWay, admits, today } = one
  const now =
    today === 'gone'
      ? 'not in the configuration today'
      : today === 'matches' && !admits
        ? 'matches today'
        : null
  return html`<div class="near"><h3><a href="${view.site.to(`/mappings/${name}`)}">${name}</a> ${now === null ? NOTHING : badge('info', now)}</h3>
${inTheWay.length === 0 ? html`<p>Nothing stands in its way.</p>` : list(inTheWay.map(({ says, mend }) => html`${ticked(sentence(says))}<span class="sub">To match: ${ticked(mend)}</span>`))}</div>`
}

function factsOf(view: View, of: Explanation): Html {
  const { request, assumption, at, subject, claimed, asked, issuer, generation, requests } = of
  return facts([
    ['Request', html`<code class="hash">${request}</code>`],
    ['Assumption', assumption === null ? null : html`<code class="hash">${assumption}</code>`],
    ['At', instant(Date.parse(at))],
    ['Requests', requests > 1 ? `${requests} alike, counted together` : null],
    [
      'Subject',
      subject === null ? null : html`${foreign(subject.sub)}<span class="sub">of ${subject.issuer}</span>`,
    ],
    ['Not verified', claimed === null ? null : `issuer ${foreign(claimed.issuer ?? 'not readable')}`],
    ['Asked for', asked === null ? null : foreign(asked.role ?? 'no role by name')],
    [
      'Issuer',
      issuer === null ? null : html`<a href="${view.site.to(`/issuers/${issuer.name}`)}">${issuer.name}</a>`,
    ],
    [
      'Generation',
      generation.decided === null
        ? null
        : generation.decided === generation.now
          ? `${generation.decided}, which stands still`
          : `${generation.decided}; ${generation.now} stands now`,
    ],
    [
      'Events',
      html`<a href="${view.site.to('/log', assumption === null ? { request } : { assumption })}">in the log</a>`,
    ],
  ])
}
