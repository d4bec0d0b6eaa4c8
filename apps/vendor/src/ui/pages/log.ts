import { VendorError } from '../../errors.ts'
import type { StoredEvent } from '../../ports.ts'
import { parseAuditQuery } from '../../schema/audit-query.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { input, select } from '../parts/form.ts'
import { badge, empty } from '../parts/pieces.ts'
import { narrow, table } from '../parts/table.ts'
import type { UiPage } from '../route.ts'
import type { View } from '../view.ts'
import { eventLine } from '../views/event-words.ts'
import { LOG_KINDS, logQuery } from '../views/log-query.ts'
import { instantWords } from '../views/time-words.ts'

const ROWS = 50

/** `/ui/log`: every event, newest first, by filters that the admin API has as well. */
export function logPage(data: Pick<UiData, 'audit'>): UiPage {
  return {
    path: '/log',
    operation: 'listEvents',
    async show(view) {
      const parsed = parseAuditQuery(logQuery(view.query, ROWS))
      if (!parsed.ok) throw new VendorError('parameter_invalid', { facts: { parameter: parsed.parameter } })
      const { events, next } = await data.audit.page(parsed.value)
      const more =
        next === null
          ? NOTHING
          : html`<p class="more"><a href="${view.site.to('/log', { ...Object.fromEntries(view.query), before: next })}">Older</a></p>`
      const body = html`<h1>Log</h1>
<p class="lead">Every assumption, granted or refused, and every change. Nothing was given before it stood here.</p>
${filters(view)}
${
  events.length === 0
    ? empty(
        next === null
          ? 'Nothing in the log is like that.'
          : 'Nothing like that among the newest; it may be further back.',
      )
    : eventTable(view, events)
}${more}`
      return { title: 'Log', section: 'log', body }
    },
  }
}

function filters(view: View): Html {
  const of = (name: string) => view.query.get(name) ?? ''
  return html`<form class="filters many" method="get" action="${view.site.to('/log')}" role="search">
${select({ name: 'kind', label: 'Kind', chosen: of('kind'), options: LOG_KINDS.map(({ value, words }) => [value, words]) })}
${input({ name: 'mapping', label: 'Mapping', value: of('mapping') })}
${input({ name: 'role', label: 'Role', value: of('role') })}
${input({ name: 'issuer', label: 'Issuer', value: of('issuer') })}
${input({ name: 'code', label: 'Refusal code', value: of('code') })}
${input({ name: 'from', label: 'From (UTC)', value: of('from').slice(0, 10), type: 'date' })}
${input({ name: 'to', label: 'Until (UTC)', value: of('to').slice(0, 10), type: 'date' })}
<button>Show</button></form>
${view.may('explain') ? whyForm(view) : NOTHING}`
}

/** Whoever was refused has a request id; it leads to the reason. */
function whyForm(view: View): Html {
  return html`<form class="filters slim" method="get" action="${view.site.to('/why')}">
${input({ name: 'id', label: 'Why was this refused?', value: '', placeholder: 'req_… or asm_…', most: 64 })}
<button>Explain</button></form>`
}

function eventTable(view: View, events: readonly StoredEvent[]): Html {
  return table({
    caption: 'Events, newest first',
    columns: [
      { head: 'Event' },
      { head: 'Who', kind: 'wide long' },
      { head: 'At (UTC)', kind: 'wide' },
      { head: 'No.', kind: 'wide num' },
    ],
    rows: events.map(({ seq, event }) => {
      const { tone, what, who, detail, why } = eventLine(event)
      const explained =
        why !== null && view.may('explain')
          ? html` <a class="why" href="${view.site.to(`/why/${why}`)}">why<span class="hidden"> event ${seq} ended so</span></a>`
          : NOTHING
      const [at, atUtc] = [view.site.to(`/log/${seq}`), instantWords(Date.parse(event.at))]
      return [
        html`${badge(tone, what)}${explained}${detail === null ? NOTHING : html`<span class="sub">${detail}</span>`}${narrow(html`${who === null ? NOTHING : html`${who}, `}${atUtc} UTC, <a class="nowrap" href="${at}">no. ${seq}</a>`)}`,
        who ?? '',
        html`<span class="nowrap">${atUtc}</span>`,
        html`<a href="${at}">${seq}<span class="hidden">, the event whole</span></a>`,
      ]
    }),
  })
}
