import { WIDENINGS } from '../../domain/widening.ts'
import { VendorError } from '../../errors.ts'
import type { Decision } from '../../flows/change-request.ts'
import type { Plan } from '../../flows/configuration-draft.ts'
import { type ChangeId, isId } from '../../ids.ts'
import type { ChangeRequest } from '../../ports.ts'
import { parseDecisionBody } from '../../schema/admin.ts'
import type { UiData } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { reasonField, token } from '../parts/form.ts'
import { badge, facts, instant, list, section, when } from '../parts/pieces.ts'
import { ticked } from '../parts/ticked.ts'
import type { UiAction, UiPage } from '../route.ts'
import { datesIn, own } from '../text.ts'
import type { View } from '../view.ts'
import { plural } from '../views/time-words.ts'
import { changeBadge, titleOf } from './changes.ts'

type Parts = Pick<UiData, 'changes' | 'configuration'>

const MOST_CHANGES = 200

/** `/ui/changes/{id}`: what exactly would change, and the yes or no. */
export function changePage(data: Parts): UiPage {
  return {
    path: '/changes/:id',
    operation: 'getChange',
    async show(view) {
      const id = changeId(view)
      const [change, content] = await Promise.all([data.changes.get(id), data.changes.content(id)])
      if (change === null || content === null) throw new VendorError('not_found')
      // Our own JSON, held against the log before anybody's yes counts.
      const plan = JSON.parse(Buffer.from(content.plan).toString('utf8')) as Plan
      const standing = data.configuration().generation
      const body = html`<nav class="crumbs" aria-label="Breadcrumbs"><a href="${view.site.to('/changes')}">Changes</a></nav>
<h1>${titleOf(change)} ${changeBadge(change, standing)}</h1>
<p class="lead">Asked for by ${own(change.author.person, 80)}, ${when(change.atMs, view.nowMs)}.</p>
<div class="columns"><div>
${section('How it widens', widensPart(change))}
${section('What would change', planPart(plan))}
</div><aside>
${answerPart(view, change, standing)}
${section(
  'Facts',
  facts([
    ['Asked', instant(change.atMs)],
    [
      'On generation',
      change.generation === standing
        ? `${standing}, which stands still`
        : `${change.generation}; ${standing} stands now`,
    ],
    ['Hash', html`<code class="hash">${change.hashAfter}</code>`],
    ['Id', html`<code class="hash">${change.id}</code>`],
  ]),
)}
</aside></div>`
      return { title: 'Change', section: 'changes', body }
    },
  }
}

/** The yes, the no, and its author taking it back: the same flows as those of the admin API. */
export function changeActions(data: Parts): readonly UiAction[] {
  const back = (id: ChangeId) => `/changes/${id}`
  const end = (state: 'rejected' | 'withdrawn') => async (view: View, form: URLSearchParams) => {
    const id = changeId(view)
    await data.changes.end(id, { ...byOf(view), decision: decisionOf(form), state })
    return back(id)
  }
  return [
    {
      path: '/changes/:id/approve',
      operation: 'approveChange',
      async act(view, form) {
        const id = changeId(view)
        await data.changes.approve(id, decisionOf(form), byOf(view))
        return back(id)
      },
    },
    { path: '/changes/:id/reject', operation: 'rejectChange', act: end('rejected') },
    { path: '/changes/:id/withdraw', operation: 'withdrawChange', act: end('withdrawn') },
  ]
}

function widensPart({ widens, moreWidens }: ChangeRequest): Html {
  const lines = widens.map(
    ({ kind, name, code }) =>
      html`<strong>${kind.replace('_', ' ')} ${name}</strong>: ${WIDENINGS[code]} <code>${code}</code>`,
  )
  return html`${list(lines, 'diff')}${moreWidens === 0 ? NOTHING : html`<p>and ${plural(moreWidens, 'more way')}</p>`}`
}

function planPart(plan: Plan): Html {
  const { changes } = plan
  const shown = changes.slice(0, MOST_CHANGES)
  const left = changes.length - shown.length
  return html`${shown.map(
    ({
      action,
      kind,
      name,
      version,
      lines,
    }) => html`<div class="near"><h3>${badge(action === 'disable' ? 'quiet' : 'info', action)} ${kind.replace('_', ' ')} ${name} <span class="sub">version ${version}</span></h3>
${
  lines.length === 0
    ? NOTHING
    : list(
        lines.map((line) => ticked(own(line, 2_000))),
        'diff',
      )
}</div>`,
  )}
${left === 0 ? NOTHING : html`<p>and ${plural(left, 'more resource')}; <code>stint change show</code> lists all</p>`}
${problemsPart(plan)}`
}

const MEMBERS: Readonly<Record<string, string>> = {
  issuer: 'issuers',
  target: 'targets',
  policy: 'policies',
  role: 'roles',
  mapping: 'mappings',
  admin_binding: 'admins',
}

/** What lint says of what changes; what it says of the rest stands folded away. */
function problemsPart({ changes, problems }: Plan): Html {
  const changed = new Set(changes.map(({ kind, name }) => `${MEMBERS[kind]}.${name}`))
  const isOfThese = ({ path }: Plan['problems'][number]) => changed.has(`${path[0]}.${path[1]}`)
  const [mine, others] = [problems.filter(isOfThese), problems.filter((one) => !isOfThese(one))]
  return html`${mine.length === 0 ? NOTHING : html`<h3>Findings of what changes</h3>${problemList(mine)}`}
${others.length === 0 ? NOTHING : html`<details><summary>${plural(others.length, 'finding')} of what stays as it is</summary>${problemList(others)}</details>`}`
}

function problemList(problems: Plan['problems']): Html {
  return list(
    problems.map(
      ({ message, code, path }) =>
        html`<code>${own(path.join('.'), 160)}</code> ${ticked(datesIn(own(message)))} <code>${code}</code>`,
    ),
  )
}

/** One form a verb; what is answered is exactly the hash that was read here. */
function answerPart(view: View, change: ChangeRequest, standing: number): Html {
  const { state, decided, generation, hashAfter, author, id } = change
  if (decided !== null)
    return section(
      'Answer',
      html`<p>${badge(state === 'applied' ? 'good' : 'quiet', state)} by ${own(decided.by.person, 80)}, ${when(decided.atMs, view.nowMs)}</p>${decided.reason === null ? NOTHING : html`<p>${own(decided.reason)}</p>`}`,
    )
  const isMine = author.person === view.actor.person
  const isStale = generation !== standing
  const verb = (
    path: string,
    words: string,
    of: 'primary' | 'danger' | '',
  ) => html`<form method="post" action="${view.site.to(`/changes/${id}/${path}`)}" class="answer">${token(view)}
<input type="hidden" name="generation" value="${generation}"><input type="hidden" name="hash" value="${hashAfter}">
${reasonField({ name: 'reason', label: 'Reason', of: path, most: 1024 })}<button class="${of}">${words}</button></form>`
  const mayDecide = view.may('approveChange')
  return section(
    'Your answer',
    html`${isStale ? html`<p class="notice">The configuration moved on since: it must be asked for again.</p>` : NOTHING}
${mayDecide && isMine ? html`<p class="notice">You asked for it, so somebody else says yes.</p>` : NOTHING}
${mayDecide && !isMine && !isStale ? verb('approve', 'Approve and apply', 'primary') : NOTHING}
${mayDecide && !isMine ? verb('reject', 'Reject', 'danger') : NOTHING}
${isMine && view.may('withdrawChange') ? verb('withdraw', 'Take it back', 'danger') : NOTHING}
${mayDecide || isMine ? NOTHING : html`<p>An approver answers; your roles do not.</p>`}`,
  )
}

function decisionOf(form: URLSearchParams): Decision {
  const reason = form.get('reason') ?? ''
  const body = {
    generation: Number(form.get('generation')),
    hash: form.get('hash'),
    reason: reason === '' ? null : reason,
  }
  return parseDecisionBody(Buffer.from(JSON.stringify(body)))
}

function changeId(view: View): ChangeId {
  const id = view.param('id')
  if (!isId('chg', id)) throw new VendorError('not_found')
  return id
}

function byOf({ actor, facts: { request } }: View) {
  return { actor, request }
}
