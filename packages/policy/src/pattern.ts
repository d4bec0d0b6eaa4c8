/**
 * Whether a text matches an IAM pattern: `*` any run of characters, `?` exactly one, nothing else special. Linear in
 * the text for each `*`: on a mismatch only the last star takes one character more.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0
  let in_ = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    const wanted = pattern[in_]
    if (wanted === '*') {
      star = in_
      resume = at
      in_ += 1
    } else if (wanted === '?' || (wanted !== undefined && wanted === text[at])) {
      in_ += 1
      at += 1
    } else if (star !== -1) {
      in_ = star + 1
      resume += 1
      at = resume
    } else return false
  }
  while (pattern[in_] === '*') in_ += 1
  return in_ === pattern.length
}

/** A placeholder is one sign: text that nobody knows, and the same wherever its name is. */
const SIGNS = /\{\{[^{}]*\}\}|[\s\S]/g

/**
 * Whether every text that `inner` matches `outer` matches too. Sound and not complete: a `*` of `inner` is taken to be
 * covered by a `*` of `outer` only, so that false means that it is not proved. Quadratic in the signs of both.
 */
export function patternCovers(outer: string, inner: string): boolean {
  const wanted = outer.match(SIGNS) ?? []
  const given = inner.match(SIGNS) ?? []
  // row[j]: whether the signs of `outer` from here on cover those of `inner` from j on.
  let row = given.map(() => false)
  row.push(true)
  for (const sign of wanted.toReversed()) {
    const next: boolean[] = Array.from(row, () => false)
    for (let at = given.length; at >= 0; at--) {
      const own = given[at]
      const rest = row[at + 1] === true
      if (sign === '*') next[at] = row[at] === true || (own !== undefined && next[at + 1] === true)
      else if (sign === '?') next[at] = own !== undefined && own !== '*' && !own.startsWith('{{') && rest
      else next[at] = own === sign && rest
    }
    row = next
  }
  return row[0] === true
}
