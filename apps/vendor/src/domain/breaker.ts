/**
 * A breaker: a store that fails is not asked for a while, so that those who wait for it do not wait for nothing. It
 * opens where at least half of 20 calls or more in 10 s failed; every 2 s one call goes through, and if that succeeds
 * all do again. Pure but for its own counters; `nowMs` is monotonic.
 */
export type Breaker = {
  /** Whether a call may go now. Every `pass` and `probe` must be given back by `leave`. */
  enter(nowMs: number): Entry
  /** What came of it; answers whether that opened or closed the breaker. `cancelled`: it never got as far as the store. */
  leave(
    entry: Exclude<Entry, 'refused'>,
    came: 'ok' | 'failed' | 'cancelled',
    nowMs: number,
  ): 'opened' | 'closed' | null
  state(): BreakerState
  /** Calls and failures that are counted now. */
  counted(nowMs: number): { readonly calls: number; readonly failures: number }
}
export type Entry = 'pass' | 'probe' | 'refused'
export type BreakerState = 'closed' | 'open' | 'half_open'

const WINDOW_SECONDS = 10
const LEAST_CALLS = 20
const FAILED_SHARE = 0.5
const PROBE_EVERY_MS = 2_000

/** Makes a closed breaker. */
export function createBreaker(): Breaker {
  const calls = new Int32Array(WINDOW_SECONDS)
  const failures = new Int32Array(WINDOW_SECONDS)
  let second = 0
  let state: BreakerState = 'closed'
  let triedMs = 0

  /** The slot of this second; those in between, in which nothing happened, are emptied. */
  function slotAt(nowMs: number): number {
    const now = Math.floor(nowMs / 1000)
    if (now !== second) {
      const empty = Math.min(now - second, WINDOW_SECONDS)
      for (let back = 0; back < empty; back += 1) {
        calls[(now - back) % WINDOW_SECONDS] = 0
        failures[(now - back) % WINDOW_SECONDS] = 0
      }
      second = now
    }
    return now % WINDOW_SECONDS
  }

  const sum = (slots: Int32Array) => slots.reduce((all, one) => all + one, 0)

  function countPass(failed: boolean, nowMs: number): 'opened' | null {
    const slot = slotAt(nowMs)
    calls[slot] = (calls[slot] ?? 0) + 1
    if (!failed) return null
    failures[slot] = (failures[slot] ?? 0) + 1
    const all = sum(calls)
    if (all < LEAST_CALLS || sum(failures) < all * FAILED_SHARE) return null
    state = 'open'
    triedMs = nowMs
    return 'opened'
  }

  return {
    enter(nowMs) {
      if (state === 'closed') return 'pass'
      if (state === 'half_open' || nowMs - triedMs < PROBE_EVERY_MS) return 'refused'
      state = 'half_open'
      triedMs = nowMs
      return 'probe'
    },
    leave(entry, came, nowMs) {
      if (entry === 'probe') {
        state = came === 'ok' ? 'closed' : 'open'
        if (came !== 'ok') return null
        calls.fill(0)
        failures.fill(0)
        return 'closed'
      }
      // Calls that were under way when it opened say nothing new.
      return state === 'closed' && came !== 'cancelled' ? countPass(came === 'failed', nowMs) : null
    },
    state: () => state,
    counted(nowMs) {
      slotAt(nowMs)
      return { calls: sum(calls), failures: sum(failures) }
    },
  }
}
