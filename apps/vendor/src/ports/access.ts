import type { Exercised } from '../domain/access/exercised.ts'

/**
 * What stores told of the use of sessions (`/v1/intake/<target>`): for people and detectors, never a record to decide by.
 * It is as whole as the store's own sending was. Reads throw `access_unavailable`.
 */
export type AccessReader = {
  /** What is granted against what was used in the last `days`; null: nothing was ever told of it, or it is not there. */
  exercised(of: ExercisedOf, days: number): Promise<Exercised | null>
  /** The same of every role that stands and whose store told of any session of it, by name. */
  exercisedRoles(days: number): Promise<ReadonlyMap<string, Exercised>>
  /** By mapping: how long after it was given a session was last used, of those that were used at all. */
  usedSeconds(days: number): Promise<ReadonlyMap<string, UsedSeconds>>
}

export type ExercisedOf = { readonly kind: 'role' | 'mapping'; readonly name: string }

export type UsedSeconds = { readonly sessions: number; readonly p50: number; readonly p95: number }
