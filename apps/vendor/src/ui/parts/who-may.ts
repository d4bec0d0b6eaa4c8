import type { MappingBody } from '../../domain/resource.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { conditionWords } from '../views/mapping-words.ts'
import { plural } from '../views/time-words.ts'
import { list } from './pieces.ts'

/** Whom a mapping admits, a condition a line. */
export function whoMay({ when, unless }: Pick<MappingBody, 'when' | 'unless'>): Html {
  return html`<p>All of</p>${rows(when)}
${unless.length === 0 ? NOTHING : html`<p>and none of</p>${rows(unless)}<p class="note">A claim that is missing counts as held here.</p>`}`
}

function rows(conditions: MappingBody['when']): Html {
  return list(
    conditions.map((one) => {
      const { claim, is, more } = conditionWords(one)
      const rest =
        more.length === 0
          ? NOTHING
          : html`<details><summary>or one of ${plural(more.length, 'more value')}</summary>${list(more)}</details>`
      return html`<code>${claim}</code> ${is}${rest}`
    }),
    'conditions',
  )
}
