/**
 * An anchored pattern over one claim value. `*` stands for any run of characters that does not contain the delimiter,
 * so `refs/heads/*` with delimiter `/` admits `refs/heads/main` and never `refs/heads/a/b`. Nothing else is special:
 * there is no user regex, so there is no backtracking to attack and no anchor to forget.
 */
export type Glob = (value: string) => boolean

/** Compiles a pattern once. `delimiter` is one character; matching is linear in the value for each `*` free segment. */
export function compileGlob(pattern: string, delimiter: string): Glob {
  const segments = pattern.split(delimiter).map((segment) => segment.split('*'))
  return (value) => {
    const parts = value.split(delimiter)
    return (
      parts.length === segments.length &&
      segments.every((pieces, at) => matchSegment(pieces, parts[at] ?? ''))
    )
  }
}

/** `pieces` are the literals between the stars of one segment: first and last are anchored, the rest found leftmost. */
function matchSegment(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return text === first
  const last = pieces[pieces.length - 1] ?? ''
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false
  let from = first.length
  const end = text.length - last.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from)
    if (found === -1 || found + piece.length > end) return false
    from = found + piece.length
  }
  return true
}
