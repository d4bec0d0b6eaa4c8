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

/** Said beside every field whose words go into the log: an erasure does not look into what people write. */
export function staysNote(id: string): Html {
  return html`<p class="note" id="${id}">It stays in the log, also where a person is erased later: a ticket says enough, leave names of people out.</p>`
}

/** Why somebody does something: one line, or some where `rows` says how many. `of` tells it apart from others of a page. */
export function reasonField(field: {
  readonly name: 'reason' | 'rationale'
  readonly label: string
  readonly of: string
  readonly least?: number
  readonly most: number
  readonly rows?: number
}): Html {
  const { name, label, of, least = 0, most, rows } = field
  const id = `stays-${of}`
  const bounds = html`${least > 0 ? html` minlength="${least}" required` : NOTHING} maxlength="${most}" aria-describedby="${id}"`
  const control =
    rows === undefined
      ? html`<input name="${name}"${bounds} autocomplete="off">`
      : html`<textarea name="${name}" rows="${rows}"${bounds}></textarea>`
  return html`<label class="field"><span>${label}</span>${control}</label>${staysNote(id)}`
}
