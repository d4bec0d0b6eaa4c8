import { beginningOf, patternCovers, SIGNS } from './pattern.ts'

/**
 * Whether some text could match both patterns. False is proved; a placeholder may be any text, so that true is only
 * not disproved there. Quadratic in the signs of both.
 */
export function patternsMeet(one: string, other: string): boolean {
  const [first, second] = [beginningOf(one), beginningOf(other)]
  if (!first.startsWith(second) && !second.startsWith(first)) return false
  // What both begin with for certain tells nothing more.
  const start = Math.min(first.length, second.length)
  const [a, b] = [signsOf(one.slice(start)), signsOf(other.slice(start))]
  // row[j]: whether the signs of `one` from here on meet those of `other` from j on.
  let row = Array.from({ length: b.length + 1 }, () => true)
  for (let at = b.length - 1; at >= 0; at--) row[at] = b[at] === '*' && row[at + 1] === true
  for (const sign of a.toReversed()) {
    const next = row.map(() => false)
    for (let at = b.length; at >= 0; at--) {
      const own = b[at]
      if (sign === '*') next[at] = row[at] === true || (own !== undefined && next[at + 1] === true)
      else if (own === undefined) next[at] = false
      else if (own === '*') next[at] = next[at + 1] === true || row[at] === true
      else next[at] = (sign === '?' || own === '?' || sign === own) && row[at + 1] === true
    }
    row = next
  }
  return row[0] === true
}

/** A placeholder is a run that nobody knows. */
function signsOf(pattern: string): readonly string[] {
  return (pattern.match(SIGNS) ?? []).map((sign) => (sign.length > 1 ? '*' : sign))
}

/** More ways than this for one pair make no policy that anybody reads. */
const MOST_RESIDUALS = 8

/**
 * Patterns that together match exactly what both match: none where nothing does, null where this cannot say it. It can
 * where one covers the other, and where one of them is a beginning and a `*`.
 */
export function intersectPatterns(one: string, other: string): readonly string[] | null {
  if (patternCovers(one, other)) return [other]
  if (patternCovers(other, one)) return [one]
  if (!patternsMeet(one, other)) return []
  for (const [open, pattern] of [
    [one, other],
    [other, one],
  ] as const) {
    const beginning = beginningOf(open)
    if (open !== `${beginning}*`) continue
    return residuals(pattern, beginning)?.map((rest) => beginning + rest) ?? null
  }
  return null
}

/** What is left of a pattern once it has matched a beginning, in every way in which it can; null: in too many. */
function residuals(pattern: string, beginning: string): readonly string[] | null {
  const reach = (places: Iterable<number>) => {
    const all = new Set<number>()
    for (let place of places) {
      all.add(place)
      while (pattern[place] === '*') all.add(++place)
    }
    return all
  }
  let places = reach([0])
  for (const sign of beginning) {
    const next: number[] = []
    for (const place of places) {
      const own = pattern[place]
      if (own === '*') next.push(place)
      else if (own === '?' || own === sign) next.push(place + 1)
    }
    places = reach(next)
  }
  // What comes after a star is what the star leaves where it stands for nothing.
  const left = [...places].filter((place) => !(pattern[place - 1] === '*' && places.has(place - 1)))
  return left.length > MOST_RESIDUALS ? null : widest(left.map((place) => pattern.slice(place)))
}

/** The patterns that no other one of them covers. */
export function widest(patterns: readonly string[]): readonly string[] {
  return patterns.filter(
    (one, at) =>
      !patterns.some(
        (other, place) =>
          place !== at && patternCovers(other, one) && (place < at || !patternCovers(one, other)),
      ),
  )
}
