import type { ProbeRecord, SheetTry, ShownSheet } from '../../domain/probe/sheet.ts'
import { isFresh } from '../../domain/probe/sheet.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { foreign } from '../text.ts'
import type { View } from '../view.ts'
import { badge, empty, type Tone, when } from './pieces.ts'

/** What is known of a target by its probes, in a badge. */
export function sheetWords(view: View, { newest, completed }: ProbeRecord): Html {
  if (completed === null)
    return newest === null ? badge('quiet', 'never') : badge('warn', `probe ${newest.outcome}`)
  if (completed.broken.length > 0) return badge('bad', `${completed.broken.length} broken`)
  return isFresh(completed, view.nowMs)
    ? html`${badge('good', 'holds')}<span class="sub">${when(Date.parse(completed.ended), view.nowMs)}</span>`
    : badge('warn', 'too old')
}

const VERDICT: Readonly<Record<SheetTry['verdict'], readonly [Tone, string]>> = {
  holds: ['good', 'holds'],
  fails: ['bad', 'fails'],
  not_tried: ['quiet', 'not tried'],
}

/** A sheet, a row a try: what was claimed of the store, and what it did. */
export function sheetPart(view: View, sheet: ShownSheet | null): Html {
  if (sheet === null)
    return empty(
      'Nobody probed this store yet.',
      html`<p><code>stint probe</code> tries what it is believed to do.</p>`,
    )
  const { holds, fails, notTried, immune, ended, identity, tries } = sheet
  return html`<p>${badge('good', `${holds} hold`)} ${fails === 0 ? NOTHING : badge('bad', `${fails} fail`)} ${notTried === 0 ? NOTHING : badge('quiet', `${notTried} not tried`)} ${immune ? badge('good', 'immune to forged conditions') : NOTHING}</p>
<p class="sub">Probed ${when(Date.parse(ended), view.nowMs)}; it says it is ${foreign(identity?.server ?? 'nothing')}.</p>
<ul class="tries">${tries.map((one) => tryRow(one))}</ul>`
}

function tryRow({ id, title, verdict, bears, reason }: SheetTry): Html {
  const isBroken = bears === 'guarantee' && verdict === 'fails'
  const [tone, words] = VERDICT[verdict]
  return html`<li>${badge(isBroken ? 'bad' : verdict === 'fails' ? 'info' : tone, words)} ${title}<span class="sub"><code>${id}</code>${reason === null ? NOTHING : html` ${foreign(reason)}`}</span></li>`
}
