import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { input, select } from '../parts/form.ts'
import { pager } from '../parts/pager.ts'
import { badge, empty, when } from '../parts/pieces.ts'
import { findingBadges, standingBadge, standingWords } from '../parts/standing.ts'
import { narrow, table } from '../parts/table.ts'
import type { Roster } from '../roster.ts'
import type { UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'
import {
  type MappingFilter,
  type MappingRow,
  mappingFilter,
  mappingList,
  type Sort,
  STANDINGS,
} from '../views/mapping-list.ts'
import { agoWords, instantWords, plural } from '../views/time-words.ts'

const SORTS: readonly (readonly [Sort, string])[] = [
  ['name', 'name'],
  ['used', 'unused for longest'],
  ['findings', 'most findings'],
  ['expires', 'next to expire'],
]

/** `/ui/mappings`: every trust, how it stands, when it was used last and what is found of it. */
export function mappingsPage(
  data: Pick<UiData, 'findings' | 'usage'> & { readonly roster: () => Promise<Roster> },
): UiPage {
  return {
    path: '/mappings',
    operation: 'listMappings',
    async show(view) {
      const [roster, { findings }, lastUsed] = await Promise.all([
        data.roster(),
        data.findings(),
        view.may('getMappingUsage') ? data.usage.lastUsed() : null,
      ])
      const filter = mappingFilter(view.query)
      const found = mappingList(
        { rows: roster.rows, findings, lastUsed: lastUsed ?? new Map(), nowMs: view.nowMs },
        filter,
      )
      const to = (page: number) => view.site.to('/mappings', { ...queryOf(filter), page })
      const body = html`<h1>Mappings</h1>
<p class="lead">Each says which subjects of an issuer may assume a role.</p>
${filters(view, filter)}
${
  found.total === 0
    ? empty(
        roster.rows.length === 0
          ? 'There is no mapping yet: nobody may assume anything.'
          : 'No mapping is like that.',
        roster.rows.length === 0
          ? html`<p>Mappings come with a configuration: <code>stint apply -f stint.yaml</code></p>`
          : html`<p><a href="${view.site.to('/mappings')}">Show all</a></p>`,
      )
    : html`${mappingTable(view, found.rows, lastUsed !== null)}${pager({ ...found, noun: ['mapping', 'mappings'], to })}`
}`
      return { title: 'Mappings', section: 'mappings', body }
    },
  }
}

function queryOf({ text, standing, sort }: MappingFilter) {
  return { q: text, standing, sort: sort === 'name' ? '' : sort }
}

function filters(view: View, filter: MappingFilter): Html {
  return html`<form class="filters" method="get" action="${view.site.to('/mappings')}" role="search">
${input({ name: 'q', label: 'Search', value: filter.text, type: 'search', placeholder: 'name, issuer, role, owner' })}
${select({
  name: 'standing',
  label: 'Standing',
  chosen: filter.standing,
  options: [['', 'all that stand'], ...STANDINGS.map((one) => [one, standingWords(one)] as const)],
})}
${select({ name: 'sort', label: 'Sorted by', chosen: filter.sort, options: SORTS })}
<button>Show</button></form>`
}

function mappingTable(view: View, rows: readonly MappingRow[], seesUse: boolean): Html {
  return table({
    caption: 'Mappings',
    columns: [
      { head: 'Mapping' },
      { head: 'Role', kind: 'wide' },
      { head: 'Standing' },
      ...(seesUse ? [{ head: 'Last used' }] : []),
      { head: 'Findings', kind: 'wide' },
      { head: 'Owner', kind: 'wide long' },
      { head: 'Expires', kind: 'wide' },
    ],
    rows: rows.map((row) => [
      html`<a class="name" href="${view.site.to(`/mappings/${row.name}`)}">${row.name}</a><span class="sub">${own(row.purpose, 120)}</span>`,
      html`${row.role}<span class="sub">to ${row.issuer}</span>`,
      html`<span class="nowrap">${standingBadge(row.standing)}</span>${row.warnings === 0 ? NOTHING : narrow(html`<span class="nowrap">${badge('bad', plural(row.warnings, 'warning'))}</span>`)}`,
      ...(seesUse ? [lastUse(row, view.nowMs)] : []),
      row.warnings + row.notices === 0 ? html`<span class="quiet">none</span>` : findingBadges(row),
      own(row.owner, 60),
      when(row.expiresMs, view.nowMs),
    ]),
  })
}

function lastUse({ lastUsedMs }: MappingRow, nowMs: number): Html {
  return lastUsedMs === null
    ? html`<span class="quiet">never</span>`
    : html`<span class="nowrap" title="${instantWords(lastUsedMs)} UTC">${agoWords(lastUsedMs, nowMs)}</span>`
}
