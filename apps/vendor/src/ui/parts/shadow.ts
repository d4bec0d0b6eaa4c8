import { SHADOW_EFFECTS, type ShadowEffect, type ShadowUse } from '../../domain/shadow.ts'
import { type Html, html } from '../html.ts'
import { grouped, plural } from '../views/time-words.ts'
import { empty } from './pieces.ts'
import { table } from './table.ts'

const WORDS: Readonly<Record<ShadowEffect, string>> = {
  would_admit: 'would newly be granted',
  would_refuse: 'would newly be refused',
  also_admitted: 'granted anyway, and it matches',
  still_refused: 'refused anyway, and it matches',
  not_matched_granted: 'granted, and it does not match',
  not_matched_refused: 'refused, and it does not match',
}

/** What a mapping in shadow would have made of the decisions that it saw, its newest version. */
export function shadowPart([newest]: readonly ShadowUse[]): Html {
  if (newest === undefined) return empty('No request came by since it is in shadow.')
  const { version, totals, subjects } = newest
  return html`<p>Version ${version} would newly have admitted ${subjects.more ? 'more than ' : ''}${plural(subjects.count, 'subject')}.</p>${table(
    {
      caption: 'What it would have done',
      columns: [{ head: 'Requests' }, { head: 'Count', kind: 'num' }],
      rows: SHADOW_EFFECTS.map((effect) => [WORDS[effect], grouped(totals[effect])]),
    },
  )}`
}
