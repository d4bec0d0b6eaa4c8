import { type Html, html } from '../html.ts'

/** The domain's words have names in backticks: these are code. */
export function ticked(text: string): Html {
  return html`${text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`
}
