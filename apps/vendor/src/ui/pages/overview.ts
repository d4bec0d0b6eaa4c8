import { EVENT_TYPES } from '../../domain/audit-event.ts'
import { personKey } from '../../domain/person.ts'
import { errorCodes, errorRow } from '../../errors.ts'
import type { ChangeRequest } from '../../ports.ts'
import { rowBars } from '../charts/row-bars.ts'
import { stackedBars } from '../charts/stacked-bars.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { badge, empty, section, type Tone, when } from '../parts/pieces.ts'
import type { Roster } from '../roster.ts'
import type { UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'
import { eventLine } from '../views/event-words.ts'
import { lastUsedSteps, unusedIn } from '../views/last-used.ts'
import { type MappingRow, standingOf } from '../views/mapping-list.ts'
import { type Need, type NeedsInput, needsOf } from '../views/needs.ts'
import { mondaysUntil, refusalWeeks } from '../views/refusal-weeks.ts'
import { grouped, plural } from '../views/time-words.ts'

type Parts = Omit<UiData, 'store' | 'explain'> & { readonly roster: () => Promise<Roster> }

const WEEKS = 13
const DAY_MS = 86_400_000
const MOST_WAITING = 100
/** Of so many it is counted what waits in them: each costs a look at all of its items. */
const MOST_REVIEWS = 5
const MOST_LISTED = 100
/** Of an exchange the end says enough; keys of issuers come and go. */
const FEED = EVENT_TYPES.filter((type) => type !== 'assume.intent' && !type.startsWith('jwks.'))

/** `/ui`: what needs whoever looks, whether the log is well, and what goes on. */
export function overviewPage(data: Parts): UiPage {
  return {
    path: '',
    operation: 'getSelf',
    async show(view) {
      const seesLog = view.may('listEvents')
      const [roster, { findings, ofLog }, waiting, locks, lastUsed, charts, reviews] = await Promise.all([
        data.roster(),
        data.findings(),
        data.changes.list({ state: 'pending', before: null, limit: MOST_WAITING }),
        data.locks(),
        view.may('getMappingUsage') ? data.usage.lastUsed() : null,
        seesLog ? logCharts(data, view) : NOTHING,
        view.may('decideReviewItem') ? reviewsOf(data, view) : { reviews: [], moreReviews: 0 },
      ])
      const rows = roster.rows.map((row) => ({
        standing: standingOf(row, view.nowMs),
        expiresMs: row.expiresMs,
        lastUsedMs: lastUsed?.get(row.name)?.lastMs ?? null,
      }))
      const needs = needsOf({
        ...reviews,
        ...changesOf(view, waiting, data.configuration().generation),
        findings,
        ofLog,
        locks: locks.filter(({ locked }) => locked).length,
        broken: brokenTargets(data),
        expiring: rows.filter((row) => row.standing === 'enforce' && row.expiresMs - view.nowMs < 30 * DAY_MS)
          .length,
        unused: unusedIn(findings).size,
      })
      const body = html`<h1>Overview</h1>
<p class="lead">${needs.length === 0 ? 'Nothing waits for you.' : `${plural(needs.length, 'thing')} ${needs.length === 1 ? 'needs' : 'need'} you.`}</p>
${needsPart(view, needs)}
${tiles(data, rows)}
<div class="columns even">
${lastUsed !== null ? section('Last used', usedPart(rows, view.nowMs), html`<a href="${view.site.to('/mappings', { sort: 'used' })}">Mappings</a>`) : NOTHING}
${charts}
</div>`
      return { title: 'Overview', section: 'overview', body }
    },
  }
}

type Reviewing = Pick<NeedsInput, 'reviews' | 'moreReviews'>

/** Reviews that take answers, those due first: what waits in them for whoever looks, or for nobody in particular. */
async function reviewsOf({ reviews }: Parts, { actor, nowMs }: View): Promise<Reviewing> {
  const lists = await Promise.all(
    (['running', 'grace'] as const).map((state) => reviews.list({ state, before: null, limit: MOST_LISTED })),
  )
  const open = lists.flat().toSorted((a, b) => Date.parse(a.plan.dueAt) - Date.parse(b.plan.dueAt))
  const found = open.slice(0, MOST_REVIEWS).map(async ({ id, plan }) => {
    const { persons } = await reviews.load(id)
    const mine = persons.filter(
      ({ person }) => person === null || personKey(person) === personKey(actor.person),
    )
    const waiting = mine.reduce((sum, { undecided }) => sum + undecided, 0)
    return { id, title: own(plan.title, 80), waiting, dueMs: Date.parse(plan.dueAt), nowMs }
  })
  const waiting = (await Promise.all(found)).filter((one) => one.waiting > 0)
  return { reviews: waiting, moreReviews: Math.max(0, open.length - MOST_REVIEWS) }
}

function changesOf(view: View, waiting: readonly ChangeRequest[], standing: number) {
  const live = waiting.filter(({ generation }) => generation === standing)
  const own = personKey(view.actor.person)
  const mine = live.filter(({ author }) => personKey(author.person) === own).length
  return { changes: view.may('approveChange') ? live.length - mine : 0, ownChanges: mine }
}

function brokenTargets({ configuration, probes }: Parts): readonly string[] {
  return [...configuration().targets.keys()].filter(
    (name) => (probes.record(name).completed?.broken.length ?? 0) > 0,
  )
}

function needsPart(view: View, needs: readonly Need[]): Html {
  if (needs.length === 0) return empty('Every change is answered, nothing is found, and nothing ends soon.')
  return html`<ul class="needs">${needs.map(
    ({ tone, says, about, path, query }) =>
      html`<li class="${tone}"><a href="${view.site.to(path, query)}">${says}</a><span class="sub">${about}</span></li>`,
  )}</ul>`
}

function tiles(data: Parts, rows: readonly Pick<MappingRow, 'standing'>[]): Html {
  const inForce = rows.filter(({ standing }) => standing === 'enforce').length
  const others = rows.filter(({ standing }) => standing === 'shadow').length
  const { issuers, roles, targets, generation } = data.configuration()
  const { audit, anchors } = data
  const size = audit.tree.size()
  const behind = size - (audit.tree.newest()?.size ?? 0)
  const failing = anchors.behind()
  const tile = (name: string, value: string, sub: Html | string, tone: Tone | '' = '') =>
    html`<div class="${tone}"><dt>${name}</dt><dd>${value}<span class="sub">${sub}</span></dd></div>`
  return html`<dl class="tiles">
${tile('Mappings in force', grouped(inForce), `${plural(roles.size, 'role')}, ${plural(issuers.size, 'issuer')}${others === 0 ? '' : `, ${others} in shadow`}`)}
${tile('Stores', grouped(targets.size), `generation ${generation}`)}
${tile('Log', audit.healthy() ? 'writable' : 'not writable', plural(size, 'event'), audit.healthy() ? '' : 'bad')}
${tile('Signed', behind === 0 ? 'all of it' : `all but ${grouped(behind)}`, 'checkpoints every ten seconds')}
${tile('Anchors', anchors.count === 0 ? 'none' : failing.length === 0 ? `${anchors.count} up to date` : `${failing.length} behind`, anchors.count === 0 ? 'a thief of the data folder could rewrite it' : 'copies out of its reach', anchors.count === 0 || failing.length > 0 ? 'warn' : '')}
</dl>`
}

function usedPart(rows: readonly Pick<MappingRow, 'standing' | 'lastUsedMs'>[], nowMs: number): Html {
  const steps = lastUsedSteps(rows, nowMs)
  if (steps.every(({ count }) => count === 0)) return empty('No mapping is in force.')
  return rowBars({
    caption: 'Mappings in force by their last use',
    columns: ['Last used', 'Mappings'],
    rows: steps.map(({ label, count, tone, lineBelow }) => ({
      label,
      value: count,
      tone,
      ...(lineBelow === null ? {} : { lineBelow }),
    })),
  })
}

async function logCharts({ usage, audit }: Parts, view: View): Promise<Html> {
  const mondays = mondaysUntil(view.nowMs, WEEKS)
  const period = { fromMs: Date.parse(mondays[0] ?? ''), toMs: view.nowMs }
  const [refusals, { events }] = await Promise.all([
    usage.refusals(period, 'week'),
    audit.page({ types: FEED, limit: 8 }),
  ])
  const weeks = refusalWeeks(refusals, { nowMs: view.nowMs, weeks: WEEKS })
  const chart =
    weeks.total === 0
      ? empty(`Nothing was refused in ${WEEKS} weeks.`)
      : html`${stackedBars({
          title: 'Refusals by reason',
          says: `${plural(weeks.total, 'refusal')} in the last ${WEEKS} weeks, by reason.`,
          unit: 'week from',
          ...weeks,
        })}${codesPart(weeks.series.map(({ name }) => name))}`
  return html`${section('Refusals by reason', chart, html`<a href="${view.site.to('/log', { kind: 'refused' })}">Log</a>`)}
${section(
  'Newest events',
  html`<ul class="feed">${events.map(({ event, seq }) => {
    const { tone, what, who } = eventLine(event)
    return html`<li>${badge(tone, what)} <span class="sub">${who === null ? NOTHING : html`${who}, `}<a href="${view.site.to(`/log/${seq}`)}">${when(Date.parse(event.at), view.nowMs)}</a></span></li>`
  })}</ul>`,
  html`<a href="${view.site.to('/log')}">Log</a>`,
)}`
}

/** What the codes of a chart mean, for whoever does not know them by heart. */
function codesPart(names: readonly string[]): Html {
  const known = names.flatMap((name) => errorCodes().find((code) => code === name) ?? [])
  return html`<dl class="codes">${known.map((code) => html`<div><dt><code>${code}</code></dt><dd>${errorRow(code).operatorText}</dd></div>`)}</dl>`
}
