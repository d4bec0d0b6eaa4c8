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
      /** The wall clock went otherwise than the monotonic one: from `expected` to `found` at once. */
      readonly type: 'clock.step'
      readonly expected: string
      readonly found: string
      /** `found` − `expected`. */
      readonly ms: number
    }

export type Run = { readonly from: number; readonly to: number }
