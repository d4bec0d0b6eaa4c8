import { type Html, html, NOTHING } from '../html.ts'
import type { Standing } from '../views/mapping-list.ts'
import { badge, type Tone } from './pieces.ts'

const STANDING: Readonly<Record<Standing, readonly [tone: Tone, words: string]>> = {
  enforce: ['good', 'in force'],
  shadow: ['info', 'shadow'],
  off: ['quiet', 'off'],
  expired: ['warn', 'expired'],
  disabled: ['quiet', 'disabled'],
}

export function standingBadge(standing: Standing): Html {
  return badge(...STANDING[standing])
}

export function standingWords(standing: Standing): string {
  return STANDING[standing][1]
}

/** How many findings, warnings first; nothing where there are none. */
export function findingBadges({
  warnings,
  notices,
}: {
  readonly warnings: number
  readonly notices: number
}): Html {
  const some = (count: number, tone: Tone, one: string) =>
    count === 0 ? NOTHING : badge(tone, `${count} ${one}${count === 1 ? '' : 's'}`)
  return html`<span class="nowrap">${some(warnings, 'bad', 'warning')}</span> <span class="nowrap">${some(notices, 'info', 'notice')}</span>`
}
