import { hasWildcard } from '../pattern.ts'
import { mayBeAlike, parseTemplate } from '../template.ts'

/**
 * Whether two places, bucket and segments of a key with their placeholders, are alike up to a segment in which the values
 * of two sessions can make them alike as well: then one session reaches what is the other's.
 */
export function segmentsCollide(one: readonly string[], other: readonly string[]): boolean {
  const first = one.findIndex((segment, at) => segment !== other[at])
  const [a, b] = [one[first], other[first]]
  if (first < 1 || a === undefined || b === undefined || hasWildcard(a) || hasWildcard(b)) return false
  const [left, right] = [parseTemplate(a), parseTemplate(b)]
  if (left.names.length + right.names.length === 0) return false
  // One name in both is another value in another session.
  return mayBeAlike(left, { ...right, names: right.names.map((name) => `${name} of another`) })
}
