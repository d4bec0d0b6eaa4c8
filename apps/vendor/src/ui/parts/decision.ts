import { deferralRange, LEAST_RATIONALE } from '../../domain/review/decide.ts'
import { isUndecided } from '../../domain/review/item.ts'
import { isOpen, type Review } from '../../domain/review/review.ts'
import type { ErrorCode } from '../../errors.ts'
import type { ItemView } from '../../flows/reviews/read.ts'
import { type Html, html, NOTHING } from '../html.ts'
import type { View } from '../view.ts'
import { answeredWords, barredWords, VERDICT_WORDS } from '../views/review-words.ts'
import { reasonField, token } from './form.ts'

const DAY_MS = 86_400_000
/** Of a day, from its first: where what a day is written for ends. */
const LAST_SECOND_MS = DAY_MS - 1000

function fields(view: View, { standing }: ItemView): Html {
  return html`${token(view)}<input type="hidden" name="key" value="${view.newKey()}"><input type="hidden" name="revision" value="${standing.revision}">`
}

function rationale(words: string, of: string, rows?: number): Html {
  const label = `${words}, ${LEAST_RATIONALE} characters or more`
  const field = { name: 'rationale', label, of, least: LEAST_RATIONALE, most: 2048 } as const
  return reasonField(rows === undefined ? field : { ...field, rows })
}

/** An item, and why whoever looks could decide nothing of it; null: they could. */
export type DecidedItem = { readonly found: ItemView; readonly barred: ErrorCode | null }

/** The four verdicts with one rationale. What is decided is the version that was shown. */
export function decisionForm(view: View, review: Review, { found, barred }: DecidedItem): Html {
  const { item, standing, now } = found
  if (!isOpen(review)) return html`<p class="note">The review takes no answers now.</p>`
  if (!isUndecided(standing.state)) return html`<p>${answeredWords(standing.state)}</p>`
  if (!view.may('decideReviewItem')) return html`<p class="note">A reviewer answers; your roles do not.</p>`
  if (now === null) return html`<p class="note">It is not there any more.</p>`
  if (barred !== null) return html`<p class="notice">${barredWords(barred)}</p>`
  const { first, usual, last } = deferralDays(review.plan.dueAt, view.nowMs)
  const until = standing.deferral?.until.slice(0, 10) ?? usual
  return html`<form method="post" action="${view.site.to(`/reviews/${review.id}/items/${item.n}/decision`)}" class="decision">${fields(view, found)}
<input type="hidden" name="seenVersion" value="${now.version}">
<fieldset><legend class="hidden">Verdict</legend>${VERDICT_WORDS.map(
    ([verdict, key, words, means]) =>
      html`<label class="verdict ${verdict}"><input type="radio" name="verdict" value="${verdict}" data-key="${key}" required><span><strong>${words}</strong> <kbd aria-hidden="true">${key}</kbd><span class="sub">${means}</span></span></label>`,
  )}</fieldset>
<label class="field until"><span>Defer until</span><input type="date" name="until" value="${until}" min="${first}" max="${last}"></label>
${rationale('Rationale', 'decision', 3)}
<label class="field"><span>Where somebody can look: a ticket, a link</span><input name="evidence" maxlength="512" autocomplete="off"></label>
<button class="primary">Decide and go on</button></form>`
}

/** Days that a deferral may last to, each to its last second: the first, one in two weeks, the last. */
export function deferralDays(dueAt: string, nowMs: number) {
  const { afterMs, latestMs } = deferralRange(dueAt, nowMs)
  const dayOf = (ms: number) => Math.floor((ms - LAST_SECOND_MS) / DAY_MS)
  const [first, last] = [dayOf(afterMs) + 1, dayOf(latestMs)]
  const text = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10)
  return { first: text(first), usual: text(Math.min(first + 13, last)), last: text(last) }
}

/** What a person may do about an item that is suspended, or that failed. */
export function settleForms(view: View, review: Review, { found, barred }: DecidedItem): Html {
  const { item, standing } = found
  if (!isOpen(review) || !view.may('decideReviewItem')) return NOTHING
  const to = (verb: string) => view.site.to(`/reviews/${review.id}/items/${item.n}/${verb}`)
  if (standing.state === 'auto_suspended' && barred !== null)
    return html`<p class="notice">${barredWords(barred)}</p>`
  if (standing.state === 'auto_suspended')
    return html`<form method="post" action="${to('restore')}" class="answer">${fields(view, found)}${rationale('Why it is needed', 'restore', 3)}<button class="primary">Restore it</button></form>`
  if (standing.state === 'failed' || standing.state === 'revoke_requested' || standing.state === 'applied')
    return html`<form method="post" action="${to('apply')}" class="answer">${fields(view, found)}<button>Try again</button></form>`
  return NOTHING
}

export function handOnForm(view: View, review: Review, found: ItemView): Html {
  const { item, standing } = found
  if (!isOpen(review) || !isUndecided(standing.state) || !view.may('delegateReviewItem')) return NOTHING
  return html`<details><summary>Hand it on</summary><form method="post" action="${view.site.to(`/reviews/${review.id}/items/${item.n}/delegate`)}" class="answer">${fields(view, found)}
<label class="field"><span>To the person</span><input name="to" maxlength="128" required autocomplete="off"></label>
${rationale('Why', 'delegate')}<button>Hand on</button></form></details>`
}

/** The keys, for whoever asks with `?`. */
export function keysHelp(): Html {
  const keys = [
    ['j', 'the next item that waits'],
    ['k', 'the item before'],
    ...VERDICT_WORDS.map(([, key, words]) => [key, words.toLowerCase()] as const),
    ['Ctrl Enter', 'decide and go on'],
    ['?', 'these keys'],
  ] as const
  return html`<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2><dl class="facts">${keys.map(
    ([key, words]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${words}</dd></div>`,
  )}</dl><form method="dialog"><button>Close</button></form></dialog>
<p class="note keys-hint">Press <kbd>?</kbd> for the keys.</p>`
}
