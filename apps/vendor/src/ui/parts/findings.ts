import type { ShownFinding } from '../data.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { datesIn, own, sentence } from '../text.ts'
import type { View } from '../view.ts'
import { resourcePath } from '../views/resource-path.ts'
import { badge } from './pieces.ts'
import { ticked } from './ticked.ts'

/** Findings with what mends them, the gravest first as they come. */
export function findingList(
  view: View,
  findings: readonly ShownFinding[],
  { isNamed }: { readonly isNamed: boolean },
): Html {
  return html`<ul class="findings">${findings.map(
    (one) => html`<li>
<p>${badge(one.severity === 'warning' ? 'bad' : 'info', one.severity)} ${isNamed ? nameOf(view, one) : NOTHING} ${placeOf(one)}${ticked(isNamed || one.at.length > 0 ? messageOf(one) : sentence(messageOf(one)))}</p>
<p class="sub">${ticked(sentence(own(one.fix)))}. <code>${one.detector == null ? '' : `${one.detector} `}${one.rule}</code></p></li>`,
  )}</ul>`
}

function nameOf(view: View, { kind, name }: ShownFinding): Html {
  if (kind === 'log') return html`<strong>the log itself</strong>:`
  const path = resourcePath(kind, name)
  return path === null ? html`<strong>${name}</strong>:` : html`<a href="${view.site.to(path)}">${name}</a>:`
}

function messageOf({ message }: ShownFinding): string {
  return datesIn(own(message))
}

/** Where in its resource: without that some words have no subject. */
function placeOf({ at }: ShownFinding): Html {
  const path = at.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  return path === '' ? NOTHING : html`<code>${own(path.replace(/^\./, ''), 120)}</code> `
}
