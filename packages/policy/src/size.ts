import type { Budget, Dialect } from './dialects/dialect.ts'
import type { Placeholder } from './placeholder.ts'

/** How large a session policy can get, in the unit of its target's budget. */
export type SizeBounds = {
  /** With the shortest values that its placeholders let in. */
  readonly min: number
  /** With the longest. */
  readonly max: number
  readonly budget: Budget
  /** What each placeholder that a claim fills costs, the dearest first. */
  readonly placeholders: readonly PlaceholderCost[]
}

export type PlaceholderCost = {
  /** As `policy.name`; more than one where several take the same claim in the same way. */
  readonly names: readonly string[]
  readonly claim: readonly string[]
  readonly maxBytes: number
  /** How often it stands in the document. */
  readonly uses: number
  /** What it takes of `max`: `uses` times `maxBytes`. */
  readonly most: number
}

/** A hole of a session policy that a claim fills. */
export type Slot = {
  readonly placeholder: Placeholder
  readonly claim: readonly string[]
  readonly names: readonly string[]
}

/** No bucket has a shorter name. */
const LEAST_BUCKET = 3

/** The bounds of a printed document: its pieces, and the slots that stand between them. */
export function boundsOf(dialect: Dialect, pieces: readonly string[], holes: readonly Slot[]): SizeBounds {
  const fixed = pieces.reduce((sum, piece) => sum + dialect.measure(piece), 0)
  const uses = Map.groupBy(holes, (slot) => slot)
  const placeholders = [...uses].map(([{ names, claim, placeholder }, all]) => ({
    names,
    claim,
    maxBytes: placeholder.maxBytes,
    uses: all.length,
    most: all.length * placeholder.maxBytes,
  }))
  const least = holes.reduce(
    (sum, { placeholder }) => sum + (placeholder.type === 'bucket' ? LEAST_BUCKET : 1),
    0,
  )
  return {
    min: fixed + least,
    max: fixed + placeholders.reduce((sum, { most }) => sum + most, 0),
    budget: dialect.budget,
    placeholders: placeholders.toSorted((a, b) => b.most - a.most),
  }
}
