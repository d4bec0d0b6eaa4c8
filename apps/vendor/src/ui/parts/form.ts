import { type Html, html, NOTHING } from '../html.ts'
import type { View } from '../view.ts'

export type Option = readonly [value: string, words: string]

/** A choice out of a few. */
export function select(of: {
  readonly name: string
  readonly label: string
  readonly options: readonly Option[]
  readonly chosen: string
}): Html {
  const options = of.options.map(
    ([value, words]) =>
      html`<option value="${value}"${value === of.chosen ? html` selected` : NOTHING}>${words}</option>`,
  )
  return html`<label class="field"><span>${of.label}</span><select name="${of.name}">${options}</select></label>`
}

export function input(of: {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly type?: 'search' | 'date' | 'text'
  readonly placeholder?: string
  readonly most?: number
}): Html {
  const { name, label, value, type = 'text', placeholder = '', most = 256 } = of
  return html`<label class="field"><span>${label}</span><input type="${type}" name="${name}" value="${value}" placeholder="${placeholder}" maxlength="${most}" autocomplete="off" spellcheck="false"></label>`
}

/** The fields that every change has. */
export function token({ session }: Pick<View, 'session'>): Html {
  return html`<input type="hidden" name="csrf" value="${session.csrf}">`
}
