import { opensOf } from '../../domain/review/opens.ts'
import { flowPicture } from '../charts/flow-picture.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { select } from '../parts/form.ts'
import { empty, section } from '../parts/pieces.ts'
import { narrow, table } from '../parts/table.ts'
import type { Roster } from '../roster.ts'
import type { UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'
import { saysUnused, unusedIn } from '../views/last-used.ts'
import { standingOf } from '../views/mapping-list.ts'
import { grouped, plural } from '../views/time-words.ts'
import { type Trust, type TrustTone, trustGraph, trustRows, weightOf } from '../views/trust-graph.ts'

type Parts = Pick<UiData, 'configuration' | 'findings'> & { readonly roster: () => Promise<Roster> }

const MOST_ROWS = 60

const TONE_WORDS: readonly (readonly [TrustTone, string])[] = [
  ['good', 'used, or new'],
  ['warn', 'unused'],
  ['bad', 'with a warning'],
]

/** `/ui/trust`: who reaches what, as a picture and as a table. */
export function trustPage(data: Parts): UiPage {
  return {
    path: '/trust',
    operation: 'listMappings',
    async show(view) {
      const all = await trustsOf(data, view)
      const asked = { issuer: view.query.get('issuer') ?? '', role: view.query.get('role') ?? '' }
      const shown = all.filter(
        ({ issuer, role }) =>
          (asked.issuer === '' || issuer === asked.issuer) && (asked.role === '' || role === asked.role),
      )
      const body = html`<h1>Trust</h1>
<p class="lead">Who reaches what: each mapping in force, from its issuer to the buckets that its role opens.</p>
${filters(view, all, asked)}
${shown.length === 0 ? empty(all.length === 0 ? 'No mapping is in force: nobody may assume anything.' : 'No mapping in force is like that.') : shownPart(view, shown)}`
      return { title: 'Trust', section: 'trust', body }
    },
  }
}

async function trustsOf({ configuration, roster, findings }: Parts, view: View) {
  const [{ rows }, found] = await Promise.all([roster(), findings()])
  const ofMappings = found.findings.filter(({ kind }) => kind === 'mapping')
  const unused = unusedIn(ofMappings)
  // That nobody uses it has a colour of its own.
  const warned = new Set(
    ofMappings.flatMap((one) => (one.severity === 'warning' && !saysUnused(one) ? [one.name] : [])),
  )
  const places = placesByRole(configuration())
  return rows
    .filter((row) => standingOf(row, view.nowMs) === 'enforce')
    .map(({ name, issuer, role }): Trust => {
      const tone = warned.has(name) ? 'bad' : unused.has(name) ? 'warn' : 'good'
      return { issuer, mapping: name, role, places: places.get(role) ?? ['no store'], tone }
    })
}

function placesByRole({ roles }: ReturnType<Parts['configuration']>): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...roles.values()].map((role) => {
      const buckets = opensOf(role, [])?.buckets ?? []
      return [role.name, buckets.map((bucket) => `${role.target.name}/${own(bucket, 80)}`)] as const
    }),
  )
}

function filters(
  view: View,
  all: readonly Trust[],
  asked: { readonly issuer: string; readonly role: string },
): Html {
  const choice = (name: 'issuer' | 'role', label: string) => {
    const names = [...new Set(all.map((one) => one[name]))].toSorted()
    const options = [['', 'all'] as const, ...names.map((one) => [one, one] as const)]
    return select({ name, label, options, chosen: asked[name] })
  }
  return html`<form class="filters" method="get" action="${view.site.to('/trust')}">${choice('issuer', 'Issuer')}${choice('role', 'Role')}<button>Show</button></form>`
}

function shownPart(view: View, trusts: readonly Trust[]): Html {
  const rows = trustRows(trusts)
  const count = (tone: TrustTone) => trusts.filter((one) => one.tone === tone).length
  const graph = trustGraph(trusts)
  const issuers = new Set(trusts.map(({ issuer }) => issuer)).size
  const says = `${plural(trusts.length, 'mapping')} of ${plural(issuers, 'issuer')}: ${TONE_WORDS.map(([tone, words]) => `${grouped(count(tone))} ${words}`).join(', ')}.`
  return html`${section(
    'Who reaches what',
    html`<figure class="chart"><figcaption>${says} The wider a band, the more mappings.</figcaption>
<div class="scroll" role="region" aria-label="The picture, wider than a small screen" tabindex="0">${flowPicture(graph, says)}</div>
<ul class="legend">${TONE_WORDS.map(([tone, words]) => html`<li><span class="swatch band ${tone}"></span>${words}</li>`)}</ul></figure>`,
  )}
${section('As a table', rowsPart(view, rows))}`
}

function rowsPart(view: View, rows: ReturnType<typeof trustRows>): Html {
  const shown = rows.slice(0, MOST_ROWS)
  return html`${table({
    caption: 'Trust by role and issuer',
    columns: [
      { head: 'Role' },
      { head: 'Issuer', kind: 'wide' },
      { head: 'Buckets', kind: 'wide' },
      { head: 'Mappings', kind: 'num' },
      { head: 'Unused', kind: 'num' },
      { head: 'Warned', kind: 'num' },
    ],
    rows: shown.map(({ issuer, role, places, tones }) => [
      html`<a href="${view.site.to(`/roles/${role}`)}">${role}</a>${narrow(html`to <a href="${view.site.to(`/issuers/${issuer}`)}">${issuer}</a>`)}`,
      html`<a href="${view.site.to(`/issuers/${issuer}`)}">${issuer}</a>`,
      places.join(', '),
      html`<a href="${view.site.to('/trust', { issuer, role })}">${grouped(weightOf(tones))}</a>`,
      grouped(tones.warn),
      grouped(tones.bad),
    ]),
  })}${shown.length === rows.length ? NOTHING : html`<p class="note">and ${plural(rows.length - shown.length, 'more pair')} of issuer and role with fewer mappings.</p>`}`
}
