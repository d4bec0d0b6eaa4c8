import type { AuditEvent } from '../domain/audit-event.ts'
import type { Algorithm, Issuer } from '../domain/issuer.ts'
import type { Clock, Logger, Random } from '../ports.ts'
import type { JsonFetcher } from './fetch-json.ts'
import type { VerificationKey } from './jwk.ts'
import { type ReadKeySet, readKeySet } from './read-key-set.ts'

export type KeySetEvent = Extract<AuditEvent, { type: `jwks.${string}` }>

export type KeySetDeps = {
  readonly clock: Clock
  readonly random: Random
  readonly fetcher: JsonFetcher
  readonly onEvent: (event: KeySetEvent) => void
  readonly log: Logger
}

export type FoundKey =
  | { readonly ok: true; readonly key: VerificationKey }
  | { readonly ok: false; readonly code: 'unknown_kid' | 'key_refused' | 'jwks_unavailable' }

export type KeySet = {
  /** Answers at once where the set is at hand and fresh; joins the one fetch under way where it is not. */
  find(kid: string | null, alg: Algorithm): FoundKey | Promise<FoundKey>
  close(): Promise<void>
}

const COOLDOWN_MS = 30_000
const LOOKUP_WAIT_MS = 1_500
const LEAST_TTL_MS = 60_000
const MOST_TTL_MS = 3_600_000
const DEFAULT_TTL_MS = 600_000
const STALE_MS = 24 * 3_600_000
const EMPTY_CONFIRM_MS = 5_000
const BACKOFF_FIRST_MS = 1_000
const BACKOFF_MOST_MS = 30_000

type State = {
  set: ReadKeySet | null
  fetchedMs: number
  ttlMs: number
  /** From here on a hit starts one refresh in the background: 50–80 % of the life, by chance. */
  refreshMs: number
  /** Counted from any attempt, good or bad: what unknown kids cannot push. */
  attemptedMs: number
  retryMs: number
  failures: number
  emptySinceMs: number | null
  staleAnnounced: boolean
  flight: Promise<void> | null
}

/**
 * The keys of one issuer. Single flight; a cooldown from every attempt, so that invented kids cost no fetch; refreshed
 * in the background; served stale for at most 24 h while the issuer is down; a key that a good fetch no longer has is
 * refused from that moment; an empty set counts once a second fetch confirms it.
 */
export function createKeySet(issuer: Issuer, deps: KeySetDeps): KeySet {
  const state: State = {
    set: null,
    fetchedMs: 0,
    ttlMs: DEFAULT_TTL_MS,
    refreshMs: 0,
    attemptedMs: Number.NEGATIVE_INFINITY,
    retryMs: Number.NEGATIVE_INFINITY,
    failures: 0,
    emptySinceMs: null,
    staleAnnounced: false,
    flight: null,
  }

  function refresh(): Promise<void> {
    state.flight ??= load(issuer, deps, state).finally(() => {
      state.flight = null
    })
    return state.flight
  }

  function find(kid: string | null, alg: Algorithm): FoundKey | Promise<FoundKey> {
    const nowMs = deps.clock.monotonicMs()
    const { set } = state
    if (set === null) return nowMs < state.retryMs ? unavailable : wait(kid, alg)
    const ageMs = nowMs - state.fetchedMs
    if (ageMs > state.ttlMs) {
      if (nowMs >= state.retryMs) return wait(kid, alg)
      return staleAnswer(issuer, deps, state) ? pick(set, kid, alg) : unavailable
    }
    if (nowMs >= state.refreshMs && nowMs >= state.retryMs) void refresh()
    const found = pick(set, kid, alg)
    if (found.ok || found.code !== 'unknown_kid') return found
    return nowMs - state.attemptedMs < COOLDOWN_MS ? found : wait(kid, alg)
  }

  async function wait(kid: string | null, alg: Algorithm): Promise<FoundKey> {
    await within(refresh(), LOOKUP_WAIT_MS)
    const { set } = state
    if (set === null) return unavailable
    const fresh = deps.clock.monotonicMs() - state.fetchedMs <= state.ttlMs
    return fresh || staleAnswer(issuer, deps, state) ? pick(set, kid, alg) : unavailable
  }

  return { find, close: () => deps.fetcher.close() }
}

const unavailable = { ok: false, code: 'jwks_unavailable' } as const

/** A key by its kid; without one, only where a single key could have signed. */
function pick(set: ReadKeySet, kid: string | null, alg: Algorithm): FoundKey {
  if (kid === null) {
    const able = set.all.filter(({ algorithms }) => algorithms.includes(alg))
    const [only] = able
    return only !== undefined && able.length === 1
      ? { ok: true, key: only }
      : { ok: false, code: 'unknown_kid' }
  }
  const key = set.byKid.get(kid)
  if (key !== undefined) return { ok: true, key }
  return { ok: false, code: set.refusedKids.has(kid) ? 'key_refused' : 'unknown_kid' }
}

/** Whether the stale set may still be used; each period of stale use is one event. */
function staleAnswer(issuer: Issuer, deps: KeySetDeps, state: State): boolean {
  const staleForMs = deps.clock.monotonicMs() - state.fetchedMs
  if (staleForMs > STALE_MS) return false
  if (!state.staleAnnounced) {
    state.staleAnnounced = true
    const sinceMs = deps.clock.nowMs() - staleForMs
    const [since, until] = [sinceMs, sinceMs + STALE_MS].map((ms) => new Date(ms).toISOString())
    deps.onEvent({ type: 'jwks.stale_used', issuer: issuer.name, since: since ?? '', until: until ?? '' })
  }
  return true
}

async function load(issuer: Issuer, deps: KeySetDeps, state: State): Promise<void> {
  state.attemptedMs = deps.clock.monotonicMs()
  const fetched = await fetchKeySet(issuer, deps.fetcher)
  const nowMs = deps.clock.monotonicMs()
  if (!fetched.ok) {
    state.failures += 1
    const most = Math.min(BACKOFF_FIRST_MS * 2 ** (state.failures - 1), BACKOFF_MOST_MS)
    state.retryMs = nowMs + chance(deps.random) * most
    deps.log.warn('jwks.fetch_failed', { issuer: issuer.name, reason: fetched.reason })
    return
  }
  const { set } = fetched
  if (set.all.length === 0 && state.set !== null && state.set.all.length > 0) {
    // "All keys revoked" is believed from the second time on: a set that is empty by accident is a common accident.
    state.emptySinceMs ??= nowMs
    if (nowMs - state.emptySinceMs < EMPTY_CONFIRM_MS) {
      state.retryMs = nowMs + EMPTY_CONFIRM_MS
      state.refreshMs = state.retryMs
      return
    }
  }
  announce(issuer, deps, { before: state.set, after: set })
  const ttlMs = Math.min(Math.max(fetched.ttlMs ?? DEFAULT_TTL_MS, LEAST_TTL_MS), MOST_TTL_MS)
  Object.assign(state, {
    set,
    ttlMs,
    fetchedMs: nowMs,
    refreshMs: nowMs + ttlMs * (0.5 + 0.3 * chance(deps.random)),
    retryMs: Number.NEGATIVE_INFINITY,
    failures: 0,
    emptySinceMs: null,
    staleAnnounced: false,
  })
}

type FetchedKeySet =
  | { readonly ok: true; readonly set: ReadKeySet; readonly ttlMs: number | null }
  | { readonly ok: false; readonly reason: string }

/** By discovery (OpenID Connect Discovery 1.0 §4), whose `issuer` must be ours byte for byte, or at a set address. */
async function fetchKeySet(issuer: Issuer, fetcher: JsonFetcher): Promise<FetchedKeySet> {
  let address = issuer.jwksUri
  if (address === null) {
    const path = `${issuer.url.replace(/\/$/, '')}/.well-known/openid-configuration`
    const discovery = await fetcher.fetch(path)
    if (!discovery.ok) return { ok: false, reason: `discovery_${discovery.reason}` }
    const { issuer: named, jwks_uri: uri } = asObject(discovery.value)
    if (named !== issuer.url) return { ok: false, reason: 'discovery_names_another_issuer' }
    if (typeof uri !== 'string') return { ok: false, reason: 'discovery_without_jwks_uri' }
    address = uri
  }
  const fetched = await fetcher.fetch(address)
  if (!fetched.ok) return { ok: false, reason: `jwks_${fetched.reason}` }
  const set = readKeySet(fetched.value)
  if (set === null) return { ok: false, reason: 'jwks_not_a_key_set' }
  return { ok: true, set, ttlMs: fetched.maxAgeSeconds === null ? null : fetched.maxAgeSeconds * 1000 }
}

function announce(
  issuer: Issuer,
  deps: KeySetDeps,
  change: { before: ReadKeySet | null; after: ReadKeySet },
): void {
  const before = new Map((change.before?.all ?? []).map((key) => [key.thumbprint, key] as const))
  const after = new Map(change.after.all.map((key) => [key.thumbprint, key] as const))
  const tell = (type: 'jwks.key_added' | 'jwks.key_removed', { kid, thumbprint }: VerificationKey) =>
    deps.onEvent({ type, issuer: issuer.name, kid, thumbprint })
  for (const [thumbprint, key] of after) if (!before.has(thumbprint)) tell('jwks.key_added', key)
  for (const [thumbprint, key] of before) if (!after.has(thumbprint)) tell('jwks.key_removed', key)
  for (const [kid, reason] of change.after.refusedKids) {
    if (change.before?.refusedKids.get(kid) === reason) continue
    deps.onEvent({ type: 'jwks.key_refused', issuer: issuer.name, kid, reason })
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {} // an object by the test
}

/** A number in [0, 1) from the randomness handed in. */
function chance(random: Random): number {
  const [a = 0, b = 0] = random.bytes(2)
  return (a * 256 + b) / 65_536
}

/** Waits for work no longer than that; the work goes on for whoever comes next. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  const limit = AbortSignal.timeout(ms)
  await Promise.race([
    work,
    new Promise((resolve) => limit.addEventListener('abort', resolve, { once: true })),
  ])
}
