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

/** Whether a text has a wildcard; escapes are to be taken out before (`withoutEscapes`). */
export function hasWildcard(text: string): boolean {
  return text.includes('*') || text.includes('?')
}

/** Private characters that stand for `*` and `?` themselves; no text that passed the checks has them. */
const STAR_ITSELF = '\uE010'
const MARK_ITSELF = '\uE011'

/** How AWS writes the signs that mean more in a pattern as themselves (IAM User Guide, "Variables and tags"). */
export const ESCAPES: ReadonlyMap<string, string> = new Map(
  ['*', '?', '$'].map((sign) => [sign, `\${${sign}}`] as const),
)
const ESCAPED = /\$\{([*?$])\}/g

/** The pattern with its escapes as signs that match themselves alone. Compare it with `asSigns` of a text. */
export function withoutEscapes(pattern: string): string {
  return pattern.includes('$') ? pattern.replace(ESCAPED, (_, sign: string) => asSigns(sign)) : pattern
}

/** The pattern as it is written where there are escapes: what `withoutEscapes` takes apart. */
export function withEscapes(pattern: string): string {
  return pattern.replace(/[$\uE010\uE011]/g, (sign) => {
    const itself = sign === STAR_ITSELF ? '*' : sign === MARK_ITSELF ? '?' : sign
    return ESCAPES.get(itself) ?? sign
  })
}

/** A text of which no sign is a wildcard. */
export function asSigns(text: string): string {
  return text.replaceAll('*', STAR_ITSELF).replaceAll('?', MARK_ITSELF)
}

/** A placeholder is one sign: text that nobody knows, and the same wherever its name, or its mark, is. */
export const SIGNS = /\{\{[^{}]*\}\}|\uE000[^\uE001]*\uE001|[\s\S]/g

/**
 * Whether every text that `inner` matches `outer` matches too. Sound and not complete: a `*` of `inner` is taken to be
 * covered by a `*` of `outer` only, so that false means that it is not proved.
 */
export function patternCovers(outer: string, inner: string): boolean {
  // Nearly all pairs are told apart by how they begin.
  if (outer === inner) return true
  const first = beginningOf(outer)
  if (first.length === outer.length) return false
  const own = beginningOf(inner)
  if (!own.startsWith(first) && (own.length === inner.length || !first.startsWith(own))) return false
  return signsCover(outer.match(SIGNS) ?? [], inner.match(SIGNS) ?? [])
}

/** As `matchesPattern`, over signs: a `*` and an unknown text of the inner one are signs that a `*` alone takes. */
function signsCover(wanted: readonly string[], given: readonly string[]): boolean {
  let at = 0
  let in_ = 0
  let star = -1
  let resume = 0
  while (at < given.length) {
    const sign = wanted[in_]
    const own = given[at]
    if (sign === '*') {
      star = in_
      resume = at
      in_ += 1
    } else if (sign !== undefined && (sign === own || (sign === '?' && own !== '*' && own?.length === 1))) {
      in_ += 1
      at += 1
    } else if (star !== -1) {
      in_ = star + 1
      resume += 1
      at = resume
    } else return false
  }
  while (wanted[in_] === '*') in_ += 1
  return in_ === wanted.length
}

/** What a pattern begins with before anything that is not one certain sign. */
export function beginningOf(pattern: string): string {
  const end = pattern.search(/[*?{\uE000]/)
  return end === -1 ? pattern : pattern.slice(0, end)
}
