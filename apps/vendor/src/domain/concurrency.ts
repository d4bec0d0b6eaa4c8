/**
 * How many calls a store gets at once: fewer where it fails or takes long, slowly more again where it is busy and keeps
 * up (AIMD). Pure; `nowMs` is monotonic.
 */
export type ConcurrencyLimit = {
  limit(): number
  /** What one call told. `busy`: as many were under way as the limit allows. */
  observe(
    call: { readonly failed: boolean; readonly latencyMs: number; readonly busy: boolean },
    nowMs: number,
  ): void
}

export const MOST_AT_ONCE = 64
export const LEAST_AT_ONCE = 4
/** The first byte must come within 2.5 s: a store that takes a second is on its way there. */
const SLOW_MS = 1_000
const CUT = 0.75
/** One slow moment tells many calls at once, and is one reason to cut. */
const CUT_EVERY_MS = 500

/** Starts at the most: a store is fast until it shows otherwise. */
export function createConcurrencyLimit(): ConcurrencyLimit {
  let limit = MOST_AT_ONCE
  let cutMs = Number.NEGATIVE_INFINITY
  return {
    limit: () => Math.floor(limit),
    observe({ failed, latencyMs, busy }, nowMs) {
      if (failed || latencyMs > SLOW_MS) {
        if (nowMs - cutMs < CUT_EVERY_MS) return
        cutMs = nowMs
        limit = Math.max(LEAST_AT_ONCE, limit * CUT)
      } else if (busy) limit = Math.min(MOST_AT_ONCE, limit + 1 / limit)
    },
  }
}
