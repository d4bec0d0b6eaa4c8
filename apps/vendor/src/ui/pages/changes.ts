import { VendorError } from '../../errors.ts'
import { isId } from '../../ids.ts'
import type { ChangeRequest, ChangeState } from '../../ports.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { select } from '../parts/form.ts'
import { badge, empty, type Tone, when } from '../parts/pieces.ts'
import { narrow, table } from '../parts/table.ts'
import type { UiPage } from '../route.ts'
import { own } from '../text.ts'
import type { View } from '../view.ts'

const ROWS = 50
const STATES: readonly ChangeState[] = ['pending', 'applied', 'rejected', 'withdrawn']

/** `/ui/changes`: what widens waits here for a second person. */
export function changesPage(data: Pick<UiData, 'changes' | 'configuration'>): UiPage {
  return {
    path: '/changes',
    operation: 'listChanges',
    async show(view) {
      const state = STATES.find((one) => one === view.query.get('state')) ?? null
      const before = view.query.get('before')
      if (before !== null && !isId('chg', before))
        throw new VendorError('parameter_invalid', { facts: { parameter: 'before' } })
      const listed = await data.changes.list({ state, before, limit: ROWS + 1 })
      const found = listed.slice(0, ROWS)
      const next = listed.length > found.length ? found.at(-1)?.id : undefined
      const standing = data.configuration().generation
      const options = [['', 'all'], ...STATES.map((one) => [one, stateWords(one)] as const)] as const
      const body = html`<h1>Changes</h1>
<p class="lead">A change that lets more happen than stands waits here for the yes of a second person.</p>
<form class="filters" method="get" action="${view.site.to('/changes')}" role="search">
${select({ name: 'state', label: 'State', chosen: state ?? '', options })}<button>Show</button></form>
${found.length === 0 ? empty(state === null ? 'Nobody asked for a change that widens yet.' : 'No change is in that state.') : changeTable(view, found, standing)}${next === undefined ? NOTHING : html`<p class="more"><a href="${view.site.to('/changes', { state: state ?? '', before: next })}">Older</a></p>`}`
      return { title: 'Changes', section: 'changes', body }
    },
  }
}

function changeTable(view: View, changes: readonly ChangeRequest[], standing: number): Html {
  return table({
    caption: 'Changes, newest first',
    columns: [
      { head: 'Change' },
      { head: 'State' },
      { head: 'Asked', kind: 'wide' },
      { head: 'By', kind: 'wide long' },
    ],
    rows: changes.map((change) => [
      html`<a class="name" href="${view.site.to(`/changes/${change.id}`)}">${titleOf(change)}</a>${narrow(html`${when(change.atMs, view.nowMs)} by ${own(change.author.person, 60)}`)}`,
      changeBadge(change, standing),
      when(change.atMs, view.nowMs),
      own(change.author.person, 60),
    ]),
  })
}

/** A change by what it widens: nobody knows one by its id. */
export function titleOf({ widens, moreWidens }: Pick<ChangeRequest, 'widens' | 'moreWidens'>): string {
  const [first] = widens
  if (first === undefined) return 'a change'
  const more = widens.length + moreWidens - 1
  return `${first.kind.replace('_', ' ')} ${first.name}${more === 0 ? '' : ` and ${more} more`}`
}

export function changeBadge({ state, generation }: ChangeRequest, standing: number): Html {
  if (state === 'pending' && generation !== standing) return badge('quiet', 'overtaken')
  return badge(TONE[state], stateWords(state))
}

const TONE: Readonly<Record<ChangeState, Tone>> = {
  pending: 'warn',
  applied: 'good',
  rejected: 'bad',
  withdrawn: 'quiet',
}

function stateWords(state: ChangeState): string {
  return state === 'pending' ? 'waits' : state
}
