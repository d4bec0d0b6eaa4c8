import type { Near } from './explanation.ts'
import { roughDistance, textDistance } from './text-distance.ts'

const MOST = 3
/** So many are compared character by character: those that come nearest by their ends. */
const MAX_MEASURED = 200
/** Further away than this share of its length a name is another name. */
const MAX_SHARE = 0.5

/** The configured names or URLs that come nearest to what was sent, with what differs in words. */
export function nearNames(
  sent: string,
  known: readonly { readonly name: string; readonly value: string }[],
): readonly Near[] {
  const near =
    known.length <= MAX_MEASURED
      ? known
      : known
          .map((one) => ({ one, rough: roughDistance(sent, one.value) }))
          .toSorted((a, b) => a.rough - b.rough)
          .slice(0, MAX_MEASURED)
          .map(({ one }) => one)
  return near
    .map((one) => ({
      ...one,
      distance: textDistance(sent, one.value),
      difference: differenceOf(sent, one.value),
    }))
    .filter(({ distance, value }) => distance <= Math.max(sent.length, value.length) * MAX_SHARE)
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name, value, difference }) => ({ name, value, difference }))
}

function differenceOf(sent: string, value: string): string {
  if (sent === value) return 'the same'
  if (sent.replace(/\/+$/, '') === value.replace(/\/+$/, '')) return 'a slash at the end'
  if (sent.toLowerCase() === value.toLowerCase()) return 'upper and lower case'
  if (sent.replace(/^https?:/, '') === value.replace(/^https?:/, '')) return 'http against https'
  if (sent.startsWith(value)) return 'more behind it'
  if (value.startsWith(sent)) return 'less of it'
  return 'some characters'
}
