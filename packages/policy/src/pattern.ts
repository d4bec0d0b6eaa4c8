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
