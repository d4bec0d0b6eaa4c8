import type { Exercised, Uses } from '../../domain/access/exercised.ts'
import { type Row, rowBars } from '../charts/row-bars.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { own } from '../text.ts'
import { grouped, plural } from '../views/time-words.ts'
import { empty, list, section, when } from './pieces.ts'

/** How far back granted and used are held against each other. */
export const EXERCISED_DAYS = 90
/** What else was granted and never used stands folded away. */
const MOST_ROWS = 12

/** What was granted against what was used of it, as far as its store told; null: the store tells nothing. */
export function exercisedPart(found: Exercised | null, nowMs: number): Html {
  return section('Granted and used', found === null ? untold() : toldPart(found, nowMs))
}

function untold(): Html {
  return empty(
    'Its store does not tell what sessions do.',
    html`<p>A store of kind <code>minio</code> tells by its audit webhook: <code>intake</code> at the target.</p>`,
  )
}

function toldPart({ actions, places, refused, sessions, calls, told }: Exercised, nowMs: number): Html {
  const said = `${plural(sessions, 'session')} and ${plural(calls, 'call')} in ${EXERCISED_DAYS} days`
  return html`<p>Used <strong>${grouped(actions.used.length)} of ${plural(actions.granted.length, 'action')}</strong>, <strong>${grouped(places.used.length)} of ${plural(places.granted.length, 'place')}</strong>.</p>
<p class="note">${said}; the store tells since ${when(told.sinceMs, nowMs)}. Never used means never told.</p>
${bars('Actions that are granted, by how often they were used', ['Action', 'Calls'], actions)}
${untoldPart(actions.untold)}
${bars('Places that are granted, by how often they were used', ['Place', 'Calls'], places)}
${
  refused.length === 0
    ? NOTHING
    : html`<h3>Tried, and refused by the store</h3>${list(
        refused.map(({ name, count }) => html`<code>${own(name, 120)}</code> ${plural(count, 'time')}`),
      )}`
}`
}

function untoldPart(actions: readonly string[]): Html {
  if (actions.length === 0) return NOTHING
  return html`<details><summary>Of ${plural(actions.length, 'action')} the store does not tell whether anybody uses ${actions.length === 1 ? 'it' : 'them'}</summary>${list(actions.map(code))}</details>`
}

function bars(
  caption: string,
  columns: readonly [string, string],
  { used, never }: { readonly used: readonly Uses[]; readonly never: readonly string[] },
): Html {
  const usedRows = used.map(({ name, count }): Row => ({ label: code(name), value: count, tone: 'good' }))
  const neverRows = never.map((name): Row => ({ label: code(name), value: 0, tone: 'bad' }))
  const room = Math.max(0, MOST_ROWS - usedRows.length)
  const folded = never.slice(room)
  const more =
    folded.length === 0
      ? NOTHING
      : html`<details><summary>${grouped(folded.length)} more, never used</summary>${list(folded.map(code))}</details>`
  return html`${rowBars({ caption, columns, rows: [...usedRows, ...neverRows.slice(0, room)], isOfCode: true })}${more}`
}

function code(name: string): Html {
  return html`<code>${own(name, 160)}</code>`
}
