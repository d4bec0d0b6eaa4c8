import type { AuditEvent } from '../domain/audit-event.ts'
import type { Algorithm, Issuer } from '../domain/issuer.ts'
import type { Clock, Logger, Random } from '../ports.ts'
import type { JsonFetcher } from './fetch-json.ts'
import { fetchKeySet } from './fetch-key-set.ts'
import type { VerificationKey } from './jwk.ts'
import { attempted, COLD, failed, fetched, mayAskForKid, STALE_MS, standing } from './key-set-state.ts'
import type { ReadKeySet } from './read-key-set.ts'

export type KeySetEvent = Extract<AuditEvent, { type: `jwks.${string}` }>

export type KeySetDeps = {
  readonly clock: Clock
  readonly random: Random
  readonly fetcher: JsonFetcher
  readonly onEvent: (event: KeySetEvent) => void
  /** Told of every attempt to fetch, good or bad. */
  readonly onFetch?: (issuer: string, good: boolean) => void
  readonly log: Logger
}

export type FoundKey =
  | { readonly ok: true; readonly key: VerificationKey }
  | { readonly ok: false; readonly code: 'unknown_kid' | 'key_refused' | 'jwks_unavailable' }

type Outage = { readonly sinceMs: number; failures: number; readonly reasons: Set<string> }

export type KeySet = {
  /** Answers at once where the set is at hand and fresh; joins the one fetch under way where it is not. */
  find(kid: string | null, alg: Algorithm): FoundKey | Promise<FoundKey>
  /** How it stands with the issuer's answers: `stale` and not `usable` only where it failed to give its keys. */
  standing(): {
    readonly stale: boolean
    readonly usable: boolean
    /** The kids that are refused in it; null: no set is at hand. */
    readonly refused: readonly (string | null)[] | null
  }
  close(): Promise<void>
}

const LOOKUP_WAIT_MS = 1_500
/** Who comes when so many wait for one fetch is answered at once: a hung issuer must not hold our memory. */
const MOST_WAITING = 1_024

const UNAVAILABLE = { ok: false, code: 'jwks_unavailable' } as const

/**
 * The keys of one issuer. Single flight; a cooldown from every attempt, so that invented kids cost no fetch; refreshed
 * in the background; served stale for at most 24 h while the issuer is down; a key that a good fetch no longer has is
 * refused from that moment; an empty set counts once a second fetch confirms it.
 */
export function createKeySet(issuer: Issuer, deps: KeySetDeps): KeySet {
  const { clock, random, fetcher, onEvent, onFetch, log } = deps
  let state = COLD
  let flight: Promise<void> | null = null
  let waiting = 0
  let staleAnnounced = false
  let outage: Outage | null = null

  function find(kid: string | null, alg: Algorithm): FoundKey | Promise<FoundKey> {
    const nowMs = clock.monotonicMs()
    const { fetch, usable } = standing(state, nowMs)
    if (fetch === 'wait') return wait(kid, alg)
    if (fetch === 'background') void refresh()
    const found = answer(kid, alg)
    if (found.ok || found.code === 'key_refused') return found
    // What is not there may be in the set that is on its way; else an unknown kid asks, once a cooldown.
    return flight !== null || (usable && mayAskForKid(state, nowMs)) ? wait(kid, alg) : found
  }

  function answer(kid: string | null, alg: Algorithm): FoundKey {
    const { usable, stale } = standing(state, clock.monotonicMs())
    if (!usable || state.set === null) return UNAVAILABLE
    if (stale) announceStale()
    const found = pick(state.set, kid, alg)
    // Whether the issuer has that key is not known while it cannot be read: that is no reason to refuse for good.
    const unsure = flight !== null || state.failures > 0
    return !found.ok && found.code === 'unknown_kid' && unsure ? UNAVAILABLE : found
  }

  async function wait(kid: string | null, alg: Algorithm): Promise<FoundKey> {
    const work = refresh()
    if (waiting < MOST_WAITING) {
      waiting += 1
      await within(work, LOOKUP_WAIT_MS)
      waiting -= 1
    }
    return answer(kid, alg)
  }

  function refresh(): Promise<void> {
    flight ??= load().finally(() => {
      flight = null
    })
    return flight
  }

  async function load(): Promise<void> {
    state = attempted(state, clock.monotonicMs())
    try {
      const got = await fetchKeySet(issuer, fetcher)
      const at = { nowMs: clock.monotonicMs(), chance: chance(random) }
      if (!got.ok) return fail(got.reason)
      onFetch?.(issuer.name, true)
      take(fetched(state, got, at))
      endOutage()
    } catch {
      // A defect of ours must not reject a promise that nobody waits for: it counts as a failed fetch.
      fail('defect')
    }
  }

  /** Each reason of a period of failure is one event: an outage of a day is not thousands of them. */
  function fail(reason: string): void {
    state = failed(state, clock.monotonicMs(), chance(random))
    onFetch?.(issuer.name, false)
    log.warn('jwks.fetch_failed', { issuer: issuer.name, reason, failures: state.failures })
    outage ??= { sinceMs: clock.nowMs(), failures: 0, reasons: new Set() }
    outage.failures += 1
    if (outage.reasons.has(reason)) return
    outage.reasons.add(reason)
    onEvent({ type: 'jwks.fetch_failed', issuer: issuer.name, reason })
  }

  function endOutage(): void {
    if (outage === null) return
    const { sinceMs, failures } = outage
    outage = null
    const failedSince = new Date(sinceMs).toISOString()
    onEvent({ type: 'jwks.refreshed', issuer: issuer.name, failedSince, failures })
  }

  function take(next: typeof state): void {
    const before = state.set
    state = next
    if (next.set === before || next.set === null) return
    staleAnnounced = false
    for (const event of changes(issuer.name, before, next.set)) onEvent(event)
  }

  /** Each period of stale use is one event. */
  function announceStale(): void {
    if (staleAnnounced) return
    staleAnnounced = true
    const sinceMs = clock.nowMs() - (clock.monotonicMs() - state.fetchedMs)
    const [since = '', until = ''] = [sinceMs, sinceMs + STALE_MS].map((ms) => new Date(ms).toISOString())
    onEvent({ type: 'jwks.stale_used', issuer: issuer.name, since, until })
  }

  return {
    find,
    standing() {
      const { stale, usable } = standing(state, clock.monotonicMs())
      const failing = state.failures > 0
      const refused = state.set === null ? null : [...state.set.refused.keys()]
      return { stale: failing && stale, usable: usable || !failing, refused }
    },
    close: () => fetcher.close(),
  }
}

/** A key by its kid; without one, only where a single key could have signed. */
function pick(set: ReadKeySet, kid: string | null, alg: Algorithm): FoundKey {
  const able = kid === null ? set.all.filter(({ algorithms }) => algorithms.includes(alg)) : []
  const key = kid === null ? (able.length === 1 ? able[0] : undefined) : set.byKid.get(kid)
  if (key !== undefined) return { ok: true, key }
  return { ok: false, code: able.length === 0 && set.refused.has(kid) ? 'key_refused' : 'unknown_kid' }
}

/** What a set has that the one before had not, and the reverse: by thumbprint, because a kid can be given again. */
function changes(issuer: string, before: ReadKeySet | null, after: ReadKeySet): readonly KeySetEvent[] {
  const had = new Map((before?.all ?? []).map((key) => [key.thumbprint, key] as const))
  const has = new Map(after.all.map((key) => [key.thumbprint, key] as const))
  const tell = (type: 'jwks.key_added' | 'jwks.key_removed', { kid, thumbprint }: VerificationKey) =>
    ({ type, issuer, kid, thumbprint }) as const
  const refused = [...after.refused].filter(([kid, reason]) => before?.refused.get(kid) !== reason)
  return [
    ...[...has.values()].filter((key) => !had.has(key.thumbprint)).map((key) => tell('jwks.key_added', key)),
    ...[...had.values()]
      .filter((key) => !has.has(key.thumbprint))
      .map((key) => tell('jwks.key_removed', key)),
    ...refused.map(([kid, reason]) => ({ type: 'jwks.key_refused', issuer, kid, reason }) as const),
  ]
}

/** A number in [0, 1) from the randomness handed in. */
function chance(random: Random): number {
  const [a = 0, b = 0] = random.bytes(2)
  return (a * 256 + b) / 65_536
}

/** Waits for work no longer than that; the work goes on for whoever comes next. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  const { promise: limit, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, limit])
  clearTimeout(timer)
}
