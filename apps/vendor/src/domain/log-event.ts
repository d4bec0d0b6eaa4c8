import type { RequestId } from '../ids.ts'
import type { Actor } from './audit-event.ts'

/** What the log says of itself: what was taken out of it, where it could not be sent, and how the clock went. */
export type LogKeepingEvent =
  | {
      /** The bodies of these events are about to be taken out; their leaves, and so the tree, stay. Written before. */
      readonly type: 'log.pruned'
      readonly policy: { readonly days: number }
      /** Events before this instant are too old. */
      readonly before: string
      /** How many, and which: runs of sequences, both ends included. */
      readonly count: number
      readonly runs: readonly Run[]
    }
  | {
      /** The first failure of a period to deliver to a sink. */
      readonly type: 'log.sink_failed'
      readonly sink: string
      readonly reason: string
      /** The newest event that it has. */
      readonly delivered: number
    }
  | {
      /** The first delivery after that. */
      readonly type: 'log.sink_recovered'
      readonly sink: string
      readonly delivered: number
      readonly failedSince: string
    }
  | {
      /** What was kept of a person in clear is gone from here on; the commitments in the events stay, as does the tree. */
      readonly type: 'log.erased'
      readonly of: ErasedPerson
      /** The commitments of the `sub`: never the `sub`. Of a day none. */
      readonly subs: readonly string[]
      /** How many commitments nobody can read any more. */
      readonly values: number
      readonly actor: Actor
      readonly request: RequestId
      readonly reason: string
    }
  | {
      /** The wall clock went otherwise than the monotonic one: from `expected` to `found` at once. */
      readonly type: 'clock.step'
      readonly expected: string
      readonly found: string
      /** `found` − `expected`. */
      readonly ms: number
    }

/** A subject of an issuer; or what was nobody's on a UTC day, such as the addresses of tokens that were not verified. */
export type ErasedPerson =
  | { readonly kind: 'subject'; readonly issuer: string; readonly url: string }
  | { readonly kind: 'day'; readonly day: string }

export type Run = { readonly from: number; readonly to: number }
