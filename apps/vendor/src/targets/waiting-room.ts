import type { Timers } from '../ports.ts'

/** Lets so many in at once; a few wait, first come first served, and not for long. */
export type WaitingRoom = {
  /** Goes in where there is room and nobody waits. */
  tryEnter(): boolean
  /** Waits for room; false where too many wait already, or it took too long. */
  enter(): Promise<boolean>
  /** Whoever went in goes out once. */
  leave(): void
  inside(): number
  waiting(): number
}

/** As many again may wait twice over: beyond that a caller is better told to come again. */
const QUEUE_PER_LIMIT = 2
/** Whoever waited longer than a whole call may take has a caller that is gone. */
const WAIT_MS = 2_000

/** `limit` may move while calls are inside; it is looked at when one comes or goes. */
export function createWaitingRoom(options: {
  readonly limit: () => number
  readonly timers: Timers
}): WaitingRoom {
  const { limit, timers } = options
  const queue = new Set<() => void>()
  let inside = 0

  function letIn(): void {
    for (const open of queue) {
      if (inside >= limit()) return
      open()
    }
  }

  return {
    tryEnter() {
      if (inside >= limit() || queue.size > 0) return false
      inside += 1
      return true
    },
    enter() {
      if (queue.size >= limit() * QUEUE_PER_LIMIT) return Promise.resolve(false)
      return new Promise((resolve) => {
        const open = () => {
          queue.delete(open)
          cancel()
          inside += 1
          resolve(true)
        }
        const cancel = timers.after(WAIT_MS, () => {
          queue.delete(open)
          resolve(false)
        })
        queue.add(open)
      })
    },
    leave() {
      inside -= 1
      letIn()
    },
    inside: () => inside,
    waiting: () => queue.size,
  }
}
