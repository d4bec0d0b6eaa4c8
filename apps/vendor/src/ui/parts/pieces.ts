import { type Html, html, NOTHING } from '../html.ts'
import { agoWords, instantWords } from '../views/time-words.ts'

/** How a short word looks. A word is never told by its colour alone. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet'

export function badge(tone: Tone, words: string): Html {
  return html`<span class="badge ${tone}">${words}</span>`
}

/** An instant as people say it, with the exact one for whoever points at it. */
export function when(atMs: number, nowMs: number): Html {
  const iso = new Date(atMs).toISOString()
  return html`<time datetime="${iso}" title="${instantWords(atMs)} UTC">${agoWords(atMs, nowMs)}</time>`
}

/** The exact instant, to the minute, or to the second where somebody holds it against another log. */
export function instant(atMs: number, { seconds = false }: { readonly seconds?: boolean } = {}): Html {
  const iso = new Date(atMs).toISOString()
  return html`<time datetime="${iso}">${instantWords(atMs)}${seconds ? iso.slice(16, 19) : ''} UTC</time>`
}

/** Names and what they are. A fact that is null is left out. */
export function facts(rows: readonly (readonly [name: string, value: Html | string | null])[]): Html {
  return html`<dl class="facts">${rows.map(([name, value]) =>
    value === null ? NOTHING : html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`
}

/** A part of a page with its heading. */
export function section(title: string, body: Html, more: Html = NOTHING): Html {
  return html`<section class="card"><div class="head"><h2>${title}</h2>${more}</div>${body}</section>`
}

/** What stands where there is nothing to show: what it means, and what comes next. */
export function empty(words: string, more: Html = NOTHING): Html {
  return html`<div class="empty"><p>${words}</p>${more}</div>`
}

export function list(items: readonly (Html | string)[], className = 'plain'): Html {
  return html`<ul class="${className}">${items.map((one) => html`<li>${one}</li>`)}</ul>`
}
