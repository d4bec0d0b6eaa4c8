import type { ReadKeySet } from './read-key-set.ts'

/**
 * What is known of the keys of one issuer, and the rules by which that ages: values in, values out. Times are
 * monotonic milliseconds; `chance` is a random number in [0, 1).
 */
export type KeySetState = {
  readonly set: ReadKeySet | null
  readonly fetchedMs: number
  readonly ttlMs: number
  /** From here on a use starts one refresh in the background: 50–80 % of the life, by chance. */
  readonly refreshMs: number
  /** Counted from any attempt, good or bad: what invented kids cannot push. */
  readonly attemptedMs: number
  /** No attempt before this one: back-off after failures. */
  readonly retryMs: number
  readonly failures: number
  readonly emptySinceMs: number | null
}

/** Whether the set may be used now, and whether somebody should ask the issuer. */
export type Standing = {
  readonly usable: boolean
  /** Beyond its life, and used because the issuer cannot be read. */
  readonly stale: boolean
  /** `wait`: the answer must wait for a fetch, if only for a bounded time. */
  readonly fetch: 'no' | 'background' | 'wait'
}

const COOLDOWN_MS = 30_000
const LEAST_TTL_MS = 60_000
const MOST_TTL_MS = 3_600_000
const DEFAULT_TTL_MS = 600_000
/** How long keys outlive their last good fetch while the issuer is down. */
export const STALE_MS = 24 * 3_600_000
const EMPTY_CONFIRM_MS = 5_000
const BACKOFF_FIRST_MS = 1_000
const BACKOFF_MOST_MS = 30_000
/** An issuer that failed so recently is not waited for again while stale keys may be used. */
const KNOWN_DOWN_MS = 2 * BACKOFF_MOST_MS

/** An issuer that was never asked. */
export const COLD: KeySetState = {
  set: null,
  fetchedMs: 0,
  ttlMs: DEFAULT_TTL_MS,
  refreshMs: 0,
  attemptedMs: Number.NEGATIVE_INFINITY,
  retryMs: Number.NEGATIVE_INFINITY,
  failures: 0,
  emptySinceMs: null,
}

export function standing(state: KeySetState, nowMs: number): Standing {
  const mayFetch = nowMs >= state.retryMs
  const ageMs = nowMs - state.fetchedMs
  if (state.set === null || ageMs > STALE_MS)
    return { usable: false, stale: false, fetch: mayFetch ? 'wait' : 'no' }
  if (ageMs <= state.ttlMs) {
    return { usable: true, stale: false, fetch: mayFetch && nowMs >= state.refreshMs ? 'background' : 'no' }
  }
  // After an idle hour the first to come waits for fresh keys; in an outage nobody waits for each new failure.
  const knownDown = state.failures > 0 && nowMs - state.attemptedMs < KNOWN_DOWN_MS
  return { usable: true, stale: true, fetch: mayFetch ? (knownDown ? 'background' : 'wait') : 'no' }
}

/** Whether a kid that the set does not have may cost a fetch. */
export function mayAskForKid(state: KeySetState, nowMs: number): boolean {
  return nowMs - state.attemptedMs >= COOLDOWN_MS && nowMs >= state.retryMs
}

export function attempted(state: KeySetState, nowMs: number): KeySetState {
  return { ...state, attemptedMs: nowMs }
}

/** Exponential back-off with full jitter, so that many instances do not come back in step. */
export function failed(state: KeySetState, nowMs: number, chance: number): KeySetState {
  const most = Math.min(BACKOFF_FIRST_MS * 2 ** state.failures, BACKOFF_MOST_MS)
  return { ...state, failures: state.failures + 1, retryMs: nowMs + chance * most }
}

/** A good fetch. A key that it no longer has is gone from this moment. */
export function fetched(
  state: KeySetState,
  got: { readonly set: ReadKeySet; readonly ttlMs: number | null },
  { nowMs, chance }: { readonly nowMs: number; readonly chance: number },
): KeySetState {
  const hadKeys = state.set !== null && state.set.all.length > 0
  const emptySinceMs = state.emptySinceMs ?? nowMs
  if (got.set.all.length === 0 && hadKeys && nowMs - emptySinceMs < EMPTY_CONFIRM_MS) {
    // "All keys revoked" is believed from the second time on: a set that is empty by accident is a common accident.
    const retryMs = emptySinceMs + EMPTY_CONFIRM_MS
    return { ...state, emptySinceMs, retryMs, refreshMs: retryMs }
  }
  const ttlMs = Math.min(Math.max(got.ttlMs ?? DEFAULT_TTL_MS, LEAST_TTL_MS), MOST_TTL_MS)
  return {
    ...state,
    set: got.set,
    ttlMs,
    fetchedMs: nowMs,
    refreshMs: nowMs + ttlMs * (0.5 + 0.3 * chance),
    retryMs: Number.NEGATIVE_INFINITY,
    failures: 0,
    emptySinceMs: null,
  }
}
