const MAX_COMPARED = 128

/**
 * How many characters must change so that one text is the other (Levenshtein), where what both begin and end with is
 * taken off first and 128 characters of the rest are compared; a difference beyond them counts by length. Bounded: linear
 * in the texts, and at most 16,384 steps more.
 */
export function textDistance(a: string, b: string): number {
  if (a === b) return 0
  const { start, end } = sharedEnds(a, b)
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  const beyond = Math.abs(Math.max(0, left.length - MAX_COMPARED) - Math.max(0, right.length - MAX_COMPARED))
  // Texts that differ only beyond what was compared are not the same.
  return Math.max(1, levenshtein(left.slice(0, MAX_COMPARED), right.slice(0, MAX_COMPARED)) + beyond)
}

/**
 * How far a text is from another, 0 (the same) to 1 (nothing shared), by what both begin and end with alone: never less
 * than the share that `textDistance` finds, and linear, so that it can be asked of thousands.
 */
export function roughDistance(a: string, b: string): number {
  if (a === b) return 0
  const { start, end } = sharedEnds(a, b)
  return 1 - (start + end) / Math.max(a.length, b.length)
}

function sharedEnds(a: string, b: string): { readonly start: number; readonly end: number } {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start += 1
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  return { start, end }
}

function levenshtein(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (let row = 1; row <= left.length; row++) {
    const line = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1] ? 0 : 1
      line.push(
        Math.min((above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, (above[column - 1] ?? 0) + same),
      )
    }
    above = line
  }
  return above[right.length] ?? 0
}
