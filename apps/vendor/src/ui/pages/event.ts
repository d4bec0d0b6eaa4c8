import { VendorError } from '../../errors.ts'
import type { UiData } from '../data.ts'
import { html, NOTHING } from '../html.ts'
import { badge, facts, instant, section } from '../parts/pieces.ts'
import type { UiPage } from '../route.ts'
import { foreign } from '../text.ts'
import { eventLine } from '../views/event-words.ts'

const SEQUENCE = /^[1-9]\d{0,14}$/

/** `/ui/log/{seq}`: one event whole, and its proof. */
export function eventPage(data: Pick<UiData, 'audit'>): UiPage {
  return {
    path: '/log/:seq',
    operation: 'listEvents',
    async show(view) {
      const text = view.param('seq')
      const seq = SEQUENCE.test(text) ? Number(text) : 0
      const { events } = await data.audit.page({ before: seq + 1, limit: 1 })
      const found = events[0]
      // What a signed tree has and the list has not was taken out by its age.
      if (found === undefined || found.seq !== seq)
        throw new VendorError(seq > 0 && data.audit.tree.proof(seq) !== null ? 'event_pruned' : 'not_found')
      const { event, leaf } = found
      const { tone, what, who, detail, why } = eventLine(event)
      const isProved = data.audit.tree.proof(seq) !== null
      const body = html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/log')}">Log</a></nav>
<h1>Event ${seq}</h1>
<p class="lead">${badge(tone, what)} <code>${event.type}</code></p>
${who === null ? NOTHING : html`<p>${who}</p>`}${detail === null ? NOTHING : html`<p>${detail}</p>`}
${why !== null && view.may('explain') ? html`<p><a href="${view.site.to(`/why/${why}`)}">Why it ended so</a></p>` : NOTHING}
${section(
  'In the log',
  facts([
    ['At', instant(Date.parse(event.at), { seconds: true })],
    ['Leaf', html`<code class="hash">${leaf}</code>`],
    [
      'Proof',
      isProved ? 'it stands in a signed checkpoint' : 'the next checkpoint covers it, within ten seconds',
    ],
  ]),
)}
${section('As it was recorded', html`<pre tabindex="0">${JSON.stringify(event, shownMember, 2)}</pre>`)}`
      return { title: `Event ${seq}`, section: 'log', body }
    },
  }
}

/** What strangers wrote is in it: nothing in it turns the line round or hides. */
function shownMember(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? foreign(value, 4_000) : value
}
