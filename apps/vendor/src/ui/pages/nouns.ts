import { membersInWords } from '../../domain/difference.ts'
import { durationWords } from '../../domain/duration-words.ts'
import type { ResourceKind, ResourceOf, StoredResource } from '../../domain/resource.ts'
import { VendorError } from '../../errors.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { EXERCISED_DAYS, exercisedPart } from '../parts/exercised.ts'
import { findingList } from '../parts/findings.ts'
import { badge, empty, list, section } from '../parts/pieces.ts'
import { sheetPart, sheetWords } from '../parts/sheet.ts'
import { table } from '../parts/table.ts'
import { ticked } from '../parts/ticked.ts'
import { versionsPart } from '../parts/versions.ts'
import { whatRoleMay } from '../role-words.ts'
import type { Roster } from '../roster.ts'
import type { UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { Section, View } from '../view.ts'
import { grouped, plural } from '../views/time-words.ts'

type Parts = Pick<UiData, 'store' | 'configuration' | 'findings' | 'probes' | 'exercised'> & {
  readonly roster: () => Promise<Roster>
}
type Kind = 'role' | 'issuer' | 'target'

const NOUNS = {
  role: {
    section: 'roles',
    title: 'Roles',
    list: 'listRoles',
    get: 'getRole',
    lead: 'What callers ask for: one target, policies by version, a lifetime.',
  },
  issuer: {
    section: 'issuers',
    title: 'Issuers',
    list: 'listIssuers',
    get: 'getIssuer',
    lead: 'Whose tokens are believed. Each exists because an administrator made it.',
  },
  target: {
    section: 'targets',
    title: 'Targets',
    list: 'listTargets',
    get: 'getTarget',
    lead: 'Stores that sessions are minted at, and what a probe found of them.',
  },
} as const satisfies Record<Kind, { readonly section: Section; readonly [name: string]: string }>

/** `/ui/roles`, `/ui/issuers`, `/ui/targets`, and a page of each of these. */
export function nounPages(data: Parts): readonly UiPage[] {
  return (['role', 'issuer', 'target'] as const).flatMap((kind) => [
    listPage(data, kind),
    nounPage(data, kind),
  ])
}

function listPage(data: Parts, kind: Kind): UiPage {
  const noun = NOUNS[kind]
  return {
    path: `/${noun.section}`,
    operation: noun.list,
    async show(view) {
      const roster = await data.roster()
      const all = data.configuration().standing.others.filter((one) => one.kind === kind)
      const mappings = countBy(roster, kind === 'issuer' ? 'issuer' : 'role')
      const body = html`<h1>${noun.title}</h1><p class="lead">${noun.lead}</p>
${all.length === 0 ? empty(`There is no ${kind} yet.`, html`<p>They come with a configuration: <code>stint apply -f stint.yaml</code></p>`) : listOf(data, view, { kind, all, mappings })}`
      return { title: noun.title, section: noun.section, body }
    },
  }
}

function listOf(
  data: Parts,
  view: View,
  of: {
    readonly kind: Kind
    readonly all: readonly { readonly kind: ResourceKind; readonly name: string; readonly state: string }[]
    readonly mappings: ReadonlyMap<string, number>
  },
): Html {
  const noun = NOUNS[of.kind]
  const isTarget = of.kind === 'target'
  return table({
    caption: noun.title,
    columns: [
      { head: 'Name' },
      { head: isTarget ? 'Store' : 'For' },
      { head: isTarget ? 'Probed' : 'Mappings', kind: isTarget ? undefined : 'num' },
    ],
    rows: of.all.map((one) => {
      const name = html`<a class="name" href="${view.site.to(`/${noun.section}/${one.name}`)}">${one.name}</a>${one.state === 'enabled' ? NOTHING : html` ${badge('quiet', 'disabled')}`}`
      return [name, ...cellsOf(data, view, { one, mappings: of.mappings })]
    }),
  })
}

function cellsOf(
  data: Parts,
  view: View,
  of: { readonly one: object; readonly mappings: ReadonlyMap<string, number> },
): readonly (Html | string)[] {
  // One of the three kinds, from the configuration that stands.
  const one = of.one as ResourceOf<Kind>
  const count = grouped(of.mappings.get(one.name) ?? 0)
  if (one.kind === 'issuer') return [html`${one.body.for}<span class="sub">${one.body.url}</span>`, count]
  if (one.kind === 'role')
    return [
      html`${one.body.for}<span class="sub">at ${one.body.target}, at most ${durationWords(one.body.lifetime.maxSeconds)}</span>`,
      count,
    ]
  return [
    html`${one.body.kind}<span class="sub">${one.body.mode} at ${one.body.endpoint}</span>`,
    sheetWords(view, data.probes.record(one.name)),
  ]
}

function countBy({ rows }: Roster, member: 'issuer' | 'role'): ReadonlyMap<string, number> {
  const counted = new Map<string, number>()
  for (const row of rows)
    if (row.mode === 'enforce') counted.set(row[member], (counted.get(row[member]) ?? 0) + 1)
  return counted
}

function nounPage(data: Parts, kind: Kind): UiPage {
  const noun = NOUNS[kind]
  return {
    path: `/${noun.section}/:name`,
    operation: noun.get,
    async show(view) {
      const name = view.param('name')
      const found = await data.store.get(kind, name)
      if (found === null) throw new VendorError('not_found')
      const [{ findings }, history, special] = await Promise.all([
        data.findings(),
        versionsPart(data.store, { view, kind, name }),
        kind === 'role'
          ? rolePart(data, view, name)
          : kind === 'target'
            ? targetPart(data, view, name)
            : NOTHING,
      ])
      const mine = findings.filter((one) => one.kind === kind && one.name === name)
      const roster = await data.roster()
      const body = html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to(`/${noun.section}`)}">${noun.title}</a></nav>
<h1>${name}${found.state === 'enabled' ? NOTHING : html` ${badge('quiet', 'disabled')}`}</h1>
<div class="columns"><div>
${special}
${mine.length === 0 ? NOTHING : section('Findings', findingList(view, mine, { isNamed: false }))}
${kind === 'target' ? NOTHING : section('Mappings', mappingsOf(view, roster, { kind, name }))}
</div><aside>
${section(
  'Members',
  list(
    membersOf(found).map((line) => ticked(own(line, 600))),
    'diff',
  ),
)}
${section('Versions', history)}
</aside></div>`
      return { title: name, section: noun.section, body }
    },
  }
}

async function rolePart({ store, exercised }: Parts, view: View, name: string): Promise<Html> {
  const [may, used] = await Promise.all([
    whatRoleMay(store, name),
    view.may('getRoleExercised') ? exercised({ kind: 'role', name }, EXERCISED_DAYS) : undefined,
  ])
  if (may === null) return NOTHING
  const { lifetime, never } = may.role.body
  return html`${section(
    'What it allows',
    html`${list(may.words, 'may')}<p>for ${durationWords(lifetime.defaultSeconds)}${lifetime.maxSeconds === lifetime.defaultSeconds ? NOTHING : html`, at most ${durationWords(lifetime.maxSeconds)}`}.</p>${never.length === 0 ? NOTHING : html`<p class="note">${plural(never.length, 'condition')} of its own ${never.length === 1 ? 'refuses' : 'refuse'} whatever mappings say.</p>`}`,
  )}${used === undefined ? NOTHING : exercisedPart(used, view.nowMs)}`
}

async function targetPart({ probes }: Parts, view: View, name: string): Promise<Html> {
  const { completed, newest } = probes.record(name)
  const head = completed ?? newest
  const sheet = head === null ? null : await probes.get(head.probe)
  return section('Capability sheet', sheetPart(view, sheet))
}

const MOST_SHOWN = 40

function mappingsOf(
  view: View,
  { rows }: Roster,
  { kind, name }: { readonly kind: Kind; readonly name: string },
): Html {
  const mine = rows.filter(
    (row) => row.mode !== 'disabled' && (kind === 'issuer' ? row.issuer : row.role) === name,
  )
  if (mine.length === 0)
    return empty(`No mapping ${kind === 'issuer' ? 'is of this issuer' : 'opens this role'}.`)
  const shown = mine.slice(0, MOST_SHOWN)
  return html`${list(
    shown.map(
      (row) =>
        html`<a href="${view.site.to(`/mappings/${row.name}`)}">${row.name}</a><span class="sub">${own(row.purpose, 120)}</span>`,
    ),
  )}${mine.length === shown.length ? NOTHING : html`<p><a href="${view.site.to('/mappings', { q: name })}">All ${grouped(mine.length)}</a></p>`}`
}

/** What it is made of, a line each; of a role the policies with what stands for their placeholders. */
function membersOf({ kind, body }: StoredResource): readonly string[] {
  if (kind !== 'role') return membersInWords(body)
  const { policies, ...others } = body
  return [
    ...membersInWords(others),
    ...policies.map(({ use, with: values }) => {
      const said = Object.entries(values).map(
        ([name, value]) =>
          `${name} ${'claim' in value ? `from claim ${value.claim.join(', ')}` : value.value}`,
      )
      return `policy: ${use}${said.length === 0 ? '' : ` with ${said.join(', ')}`}`
    }),
  ]
}
