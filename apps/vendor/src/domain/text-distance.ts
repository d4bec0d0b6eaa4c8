const MAX_COMPARED = 128

/**
 * How many characters must change so that one text is the other (Levenshtein), of the first 128 of each; a difference
 * beyond them counts by length. Bounded: at most 16,384 steps.
 */
export function textDistance(a: string, b: string): number {
  if (a === b) return 0
  const [left, right] = [a.slice(0, MAX_COMPARED), b.slice(0, MAX_COMPARED)]
  const beyond = Math.abs(Math.max(0, a.length - MAX_COMPARED) - Math.max(0, b.length - MAX_COMPARED))
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
  // Texts that differ only beyond what was compared are not the same.
  return Math.max(1, (above[right.length] ?? 0) + beyond)
}
