import { durationWords } from '../../domain/duration-words.ts'
import type { Finding } from '../../domain/lint/rule.ts'
import type { ResourceOf } from '../../domain/resource.ts'
import type { MappingUsage, UsagePoint } from '../../domain/usage.ts'
import { VendorError } from '../../errors.ts'
import type { ResourceVersion } from '../../ports.ts'
import { stackedBars } from '../charts/stacked-bars.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { EXERCISED_DAYS, exercisedPart } from '../parts/exercised.ts'
import { findingList } from '../parts/findings.ts'
import { lastReviewPart } from '../parts/last-review.ts'
import { badge, empty, facts, instant, list, section, when } from '../parts/pieces.ts'
import { shadowPart } from '../parts/shadow.ts'
import { standingBadge } from '../parts/standing.ts'
import { versionsPart } from '../parts/versions.ts'
import { whoMay } from '../parts/who-may.ts'
import { type RoleMay, whatRoleMay } from '../role-words.ts'
import type { UiPage } from '../route.ts'
import { authorName, own } from '../text.ts'
import type { View } from '../view.ts'
import { type Standing, standingOf } from '../views/mapping-list.ts'
import { verbOf } from '../views/mapping-words.ts'
import { mondaysUntil } from '../views/refusal-weeks.ts'
import { dayWords, grouped, plural } from '../views/time-words.ts'

type Found = ResourceOf<'mapping'> & ResourceVersion
type Parts = Pick<UiData, 'store' | 'findings' | 'usage' | 'audit' | 'exercised' | 'reviews'>

const WEEKS = 26
const DAY_MS = 86_400_000

/** `/ui/mappings/{name}`: who may, what it may do, whether anybody does, and how it came to be so. */
export function mappingPage(data: Parts): UiPage {
  return {
    path: '/mappings/:name',
    operation: 'getMapping',
    async show(view) {
      const name = view.param('name')
      const found = await data.store.get('mapping', name)
      if (found?.kind !== 'mapping') throw new VendorError('not_found')
      const seesUse = view.may('getMappingUsage')
      const [{ findings }, may, history, use, since, exercised] = await Promise.all([
        data.findings(),
        whatRoleMay(data.store, found.body.role),
        versionsPart(data.store, { view, kind: 'mapping', name }),
        seesUse ? usePart(data, view, found) : NOTHING,
        view.may('listReviews') ? lastReviewPart(data, view, found) : NOTHING,
        view.may('getMappingExercised')
          ? data.exercised({ kind: 'mapping', name }, EXERCISED_DAYS)
          : undefined,
      ])
      const mine = findings.filter((one) => one.kind === 'mapping' && one.name === name)
      const body = html`${heading(view, found, mine)}
<div class="columns"><div>
${section('Who may', whoMay(found.body))}
${section(
  'What they may do',
  may === null ? empty('The role is not in the configuration any more.') : whatPart(may),
  html`<a href="${view.site.to(`/roles/${found.body.role}`)}">${found.body.role}</a>`,
)}
${mine.length === 0 ? NOTHING : section('Findings', findingList(view, mine, { isNamed: false }))}
${use}
${since}
${exercised === undefined ? NOTHING : exercisedPart(exercised, view.nowMs)}
</div><aside>
${section('Facts', factsPart(view, found))}
${section('Versions', history)}
</aside></div>`
      return { title: name, section: 'mappings', body }
    },
  }
}

function heading(view: View, { name, state, body, version }: Found, findings: readonly Finding[]): Html {
  const standing = standingNow(view, { name, state, body, version })
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  return html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/mappings')}">Mappings</a></nav>
<h1>${name} ${standingBadge(standing)}${warnings === 0 ? NOTHING : html` ${badge('bad', plural(warnings, 'warning'))}`}</h1>
<p class="lead">${sentenceOf(body, standing)}</p>
<p class="purpose">${own(body.purpose)}</p>`
}

/** The mapping in one sentence: what the DESIGN calls "the trust". */
function sentenceOf({ issuer, role }: Found['body'], standing: Standing): Html {
  return html`Subjects of <strong>${issuer}</strong> that pass these conditions ${verbOf(standing)} <strong>${role}</strong>.`
}

function standingNow(
  view: View,
  { state, body }: Pick<Found, 'name' | 'state' | 'body' | 'version'>,
): Standing {
  const mode = state === 'enabled' ? body.mode : 'disabled'
  return standingOf({ mode, expiresMs: Date.parse(body.expires) }, view.nowMs)
}

function whatPart({ words, role: { body } }: RoleMay): Html {
  const { defaultSeconds, maxSeconds } = body.lifetime
  return html`${list(words, 'may')}
<p>at <strong>${body.target}</strong>, for ${durationWords(defaultSeconds)}${maxSeconds === defaultSeconds ? NOTHING : html`, at most ${durationWords(maxSeconds)}`}.</p>`
}

function factsPart(view: View, { body, version, author, atMs }: Found): Html {
  const limits = [
    body.maxLifetimeSeconds === null ? null : `sessions of at most ${durationWords(body.maxLifetimeSeconds)}`,
    body.bindToToken ? 'sessions end with the token' : null,
    body.singleUse ? 'each token once' : null,
    body.maxUses === null ? null : `${grouped(body.maxUses)} sessions in all`,
  ].filter((one) => one !== null)
  return facts([
    ['Owner', own(body.owner, 120)],
    [
      'Expires',
      html`${when(Date.parse(body.expires), view.nowMs)}<span class="sub">${instant(Date.parse(body.expires))}</span>`,
    ],
    ['Issuer', html`<a href="${view.site.to(`/issuers/${body.issuer}`)}">${body.issuer}</a>`],
    ['Role', html`<a href="${view.site.to(`/roles/${body.role}`)}">${body.role}</a>`],
    ['Limits', limits.length === 0 ? 'those of the role' : list(limits)],
    ['Version', html`${version}<span class="sub">${when(atMs, view.nowMs)} by ${authorName(author)}</span>`],
    [
      'In the log',
      view.may('listEvents')
        ? html`<a href="${view.site.to('/log', { mapping: view.param('name') })}">Assumptions by it</a>`
        : null,
    ],
  ])
}

async function usePart(
  { usage, audit }: Pick<Parts, 'audit' | 'usage'>,
  view: View,
  found: Found,
): Promise<Html> {
  const { name, body } = found
  const standing = standingNow(view, found)
  const mondays = mondaysUntil(view.nowMs, WEEKS)
  const period = { fromMs: Date.parse(mondays[0] ?? ''), toMs: view.nowMs }
  const [use, points, shadow, uses] = await Promise.all([
    usage.usage(name, period),
    usage.series({ kind: 'mapping', name }, period, 'week'),
    body.mode === 'shadow' ? audit.shadowUse(name) : [],
    body.maxUses === null ? null : audit.usesOf(name),
  ])
  const left =
    uses === null
      ? NOTHING
      : html`<p>${grouped(uses)} of ${grouped(body.maxUses ?? 0)} sessions are used up.</p>`
  const isUsable = standing === 'enforce'
  return html`${body.mode === 'shadow' && use?.ever == null ? NOTHING : section('Use', html`${useFacts(view, use, isUsable)}${left}${useChart(points, mondays)}`)}
${body.mode === 'shadow' ? section('What it would have done', shadowPart(shadow)) : NOTHING}`
}

function useFacts(view: View, use: MappingUsage | null, isUsable: boolean): Html {
  if (use === null || use.ever === null)
    return empty(
      'Nobody ever used it.',
      isUsable
        ? html`<p>If nobody needs it, disable it: a trust that nobody uses is a risk that nobody sees.</p>`
        : NOTHING,
    )
  const { ever, subjects, networks, given, counts } = use
  const told = ({ count, more }: MappingUsage['subjects']) => `${more ? 'more than ' : ''}${grouped(count)}`
  const idleDays = Math.floor((view.nowMs - ever.lastMs) / DAY_MS)
  return html`<dl class="stats">
<div><dt>Last used</dt><dd${idleDays > 90 ? html` class="bad"` : NOTHING}>${when(ever.lastMs, view.nowMs)}</dd></div>
<div><dt>Sessions, 26 weeks</dt><dd>${grouped(counts.issued + counts.redelivered)}</dd></div>
<div><dt>Refused</dt><dd>${grouped(counts.refused)}</dd></div>
<div><dt>Subjects</dt><dd>${told(subjects)}</dd></div>
<div><dt>Networks</dt><dd>${told(networks)}</dd></div>
<div><dt>Lifetime, most</dt><dd>${given.mostSeconds === null ? 'none' : durationWords(given.mostSeconds)}</dd></div>
</dl>`
}

function useChart(points: readonly UsagePoint[], mondays: readonly string[]): Html {
  if (points.length === 0) return NOTHING
  const at = new Map(points.map((point) => [point.from, point.counts] as const))
  const given = mondays.map((day) => (at.get(day)?.issued ?? 0) + (at.get(day)?.redelivered ?? 0))
  const refused = mondays.map((day) => at.get(day)?.refused ?? 0)
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)
  return stackedBars({
    title: 'Use by week',
    says: `Each week of the last ${WEEKS}: ${plural(sum(given), 'session')} given, ${grouped(sum(refused))} refused.`,
    unit: 'week from',
    labels: mondays.map(dayWords),
    series: [
      { name: 'given', values: given },
      { name: 'refused', values: refused },
    ],
  })
}
