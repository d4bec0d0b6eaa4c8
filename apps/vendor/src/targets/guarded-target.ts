import type { Entry } from '../domain/breaker.ts'
import { createBreaker } from '../domain/breaker.ts'
import { createConcurrencyLimit } from '../domain/concurrency.ts'
import type { Clock, CredentialTarget, Mint, MintRequest, TargetStanding, Timers } from '../ports.ts'
import { createWaitingRoom } from './waiting-room.ts'

export type GuardOptions = {
  readonly clock: Clock
  readonly timers: Timers
  /** The breaker opened or closed. */
  readonly onBreaker: (change: BreakerChange) => void
}

export type BreakerChange =
  | { readonly to: 'open'; readonly calls: number; readonly failures: number }
  | { readonly to: 'closed'; readonly openMs: number }

export type GuardedTarget = CredentialTarget & {
  standing(): Pick<TargetStanding, 'breaker' | 'openMs' | 'inFlight' | 'waiting' | 'limit'>
}

/** At most one call in ten is a second attempt, whatever happens: a store in trouble is not asked twice as often. */
const RETRY_PER_CALL = 0.1
const MAX_RETRY_BUDGET = 10
const NOTHING_MINTED = { ok: false, mayExist: false, retry: false, status: null, errorCode: null } as const

/**
 * Keeps a store that is in trouble from being anybody else's trouble: a breaker, a bound on the calls at once with a
 * short queue before it, and a second attempt where the first made nothing. Only minting goes through it: what was given
 * is ended whatever the store looks like. One implementation for every kind.
 */
export function createGuardedTarget(inner: CredentialTarget, options: GuardOptions): GuardedTarget {
  const { clock } = options
  const breaker = createBreaker()
  const concurrency = createConcurrencyLimit()
  const room = createWaitingRoom({ limit: concurrency.limit, timers: options.timers })
  let retryBudget = MAX_RETRY_BUDGET
  let openedMs = 0

  async function attempt(request: MintRequest, entry: Exclude<Entry, 'refused'>): Promise<Mint> {
    const startedMs = clock.monotonicMs()
    const busy = room.inside() >= concurrency.limit()
    let failed = true
    try {
      const mint = await inner.mint(request)
      failed = isFailure(mint)
      return mint
    } finally {
      const nowMs = clock.monotonicMs()
      concurrency.observe({ failed, latencyMs: nowMs - startedMs, busy }, nowMs)
      settle(entry, failed ? 'failed' : 'ok', nowMs)
    }
  }

  function settle(entry: Exclude<Entry, 'refused'>, came: 'ok' | 'failed' | 'cancelled', nowMs: number) {
    const change = breaker.leave(entry, came, nowMs)
    if (change === null) return
    if (change === 'opened') openedMs = nowMs
    options.onBreaker(
      change === 'opened'
        ? { to: 'open', ...breaker.counted(nowMs) }
        : { to: 'closed', openMs: Math.round(nowMs - openedMs) },
    )
  }

  async function twice(request: MintRequest, entry: Exclude<Entry, 'refused'>): Promise<Mint> {
    const first = await attempt(request, entry)
    retryBudget = Math.min(MAX_RETRY_BUDGET, retryBudget + RETRY_PER_CALL)
    if (first.ok || !first.retry || retryBudget < 1) return first
    const again = breaker.enter(clock.monotonicMs())
    if (again === 'refused') return first
    retryBudget -= 1
    const second = await attempt(request, again)
    // What the first attempt may have left behind is there whatever the second one says.
    return second.ok ? second : { ...second, mayExist: first.mayExist || second.mayExist }
  }

  return {
    ...inner,
    async mint(request) {
      if (request.sessionPolicy === '') throw new RangeError('an empty session policy is no limit at all')
      const startedMs = clock.monotonicMs()
      const entry = breaker.enter(startedMs)
      if (entry === 'refused') return { ...NOTHING_MINTED, code: 'target_breaker_open', latencyMs: 0 }
      if (!room.tryEnter() && !(await room.enter())) {
        settle(entry, 'cancelled', clock.monotonicMs())
        return { ...NOTHING_MINTED, code: 'overloaded', latencyMs: elapsed(startedMs) }
      }
      try {
        const mint = await twice(request, entry)
        return mint.ok
          ? { ...mint, minted: { ...mint.minted, latencyMs: elapsed(startedMs) } }
          : { ...mint, latencyMs: elapsed(startedMs) }
      } finally {
        room.leave()
      }
    },
    standing: () => ({
      breaker: breaker.state(),
      openMs: breaker.state() === 'closed' ? null : elapsed(openedMs),
      inFlight: room.inside(),
      waiting: room.waiting(),
      limit: concurrency.limit(),
    }),
  }

  function elapsed(sinceMs: number): number {
    return Math.round(clock.monotonicMs() - sinceMs)
  }
}

/** A store that refuses us is well; one that does not answer, or answers nonsense, is not. */
function isFailure(mint: Mint): boolean {
  return !mint.ok && (mint.code === 'target_unavailable' || mint.code === 'target_answer_invalid')
}
