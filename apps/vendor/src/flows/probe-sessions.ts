import { STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import type { StepAnswer } from '../domain/probe/answer.ts'
import { MARK } from '../domain/probe/role-values.ts'
import type { ProbeSessions } from '../domain/probe/sheet.ts'
import type { Meaning } from '../domain/probe/try.ts'
import { VendorError } from '../errors.ts'
import type { AssumptionId, ProbeId } from '../ids.ts'
import type { AuditLog, Clock, CredentialTarget, Ending, Mint, Minted, OpenIntent } from '../ports.ts'
import type { Endings } from './ending.ts'

export type ProbeSessionsDeps = {
  readonly clock: Clock
  readonly audit: Pick<AuditLog, 'append'>
  readonly endings: Pick<Endings, 'begin'>
  readonly newAssumptionId: () => AssumptionId
}

export type ProbeMintAsk = {
  /** The try that it is for. */
  readonly try: string
  /** As text; null leaves the parameter out. */
  readonly policy: (sub: AssumptionId) => string | null
  readonly lifetimeSeconds: number
  /** Left out: a new one. */
  readonly sub?: AssumptionId
}

/** A session of the probe’s own, as long as its try lasts. */
export type ProbeSession = {
  readonly sub: AssumptionId
  readonly minted: Minted
  /** No later than this should it end, as far as was asked. */
  readonly latestMs: number
}

export type ProbeLedger = {
  /** Mints, between its intent and its outcome on disk. Throws `audit_unavailable`, and what was minted is ended. */
  mint(ask: ProbeMintAsk): Promise<{ readonly session: ProbeSession | null; readonly mint: Mint }>
  /** Ends all that is not ended yet, each proved by its own key id; what fails is tried until it is over. */
  endAll(): Promise<void>
  tally(): ProbeSessions
}

/** How much later than asked a store's Expiration may read, as in an exchange. */
const TOLERANCE_MS = 5_000
const RAW_TOKEN_SECONDS = 30

/** Keeps the sessions of one probe: none is minted without its intent on disk, and none is left behind. */
export function createProbeLedger(
  deps: ProbeSessionsDeps,
  at: { readonly probe: ProbeId; readonly target: CredentialTarget },
): ProbeLedger {
  const { probe, target } = at
  const live: { readonly open: OpenIntent; readonly mayExist: boolean }[] = []
  const unproved: ProbeSessions['unproved'][number][] = []
  let [minted, proved] = [0, 0]

  async function mint(ask: ProbeMintAsk) {
    const sub = ask.sub ?? deps.newAssumptionId()
    const nowMs = deps.clock.nowMs()
    const policy = ask.policy(sub)
    const raw = policy === null || policy === '' ? target.probe?.mintRaw : undefined
    const storeTokenExpiresMs = raw
      ? nowMs + RAW_TOKEN_SECONDS * 1000
      : target.storeTokenExpiresMs(nowMs, ask.lifetimeSeconds, nowMs)
    const tail = ask.lifetimeSeconds < STORE_FLOOR_SECONDS ? 0 : ask.lifetimeSeconds * 1000
    const open = {
      assumption: sub,
      target: target.name,
      storeTokenExpiresMs,
      latestExpiryMs: storeTokenExpiresMs + tail,
      accessKeyId: null,
      announced: false,
    }
    const storeTokenExpires = iso(storeTokenExpiresMs)
    const common = { probe, assumption: sub, target: target.name, storeTokenExpires }
    const latestExpiry = iso(open.latestExpiryMs)
    await deps.audit.append({ type: 'probe.intent', ...common, try: ask.try, latestExpiry })
    const answer = await askStore({ sub, policy, storeTokenExpiresMs, seconds: ask.lifetimeSeconds })
    const known: OpenIntent = answer.ok
      ? {
          ...open,
          accessKeyId: answer.minted.accessKeyId,
          latestExpiryMs: Math.max(open.latestExpiryMs, answer.minted.expiresMs),
        }
      : open
    if (answer.ok) minted += 1
    if (answer.ok || answer.mayExist) live.push({ open: known, mayExist: !answer.ok })
    await deps.audit.append({ type: 'probe.answered', ...common, ...answered(answer) })
    const latestMs = deps.clock.nowMs() + ask.lifetimeSeconds * 1000 + TOLERANCE_MS
    return { session: answer.ok ? { sub, minted: answer.minted, latestMs } : null, mint: answer }
  }

  function askStore(ask: {
    readonly sub: AssumptionId
    readonly policy: string | null
    readonly storeTokenExpiresMs: number
    readonly seconds: number
  }): Promise<Mint> {
    const { sub: assumption, policy, storeTokenExpiresMs, seconds } = ask
    if (policy !== null && policy !== '')
      return target.mint({
        assumption,
        sessionPolicy: policy,
        lifetimeSeconds: seconds,
        storeTokenExpiresMs,
        ...{ sessionName: MARK, tags: {}, callerToken: null },
      })
    const raw = target.probe?.mintRaw
    if (!raw) throw new VendorError('internal_error', { facts: { reason: 'no token of ours at this store' } })
    return raw({ assumption, policy, durationSeconds: seconds, storeTokenExpiresMs })
  }

  async function end({ open, mayExist }: (typeof live)[number]): Promise<void> {
    const ending = await endAtStore(target, open)
    const isProved = ending.proof === 'proved' && !mayExist
    if (isProved) proved += 1
    else {
      const latestExpiry = iso(open.latestExpiryMs)
      unproved.push({ assumption: open.assumption, detail: ending.detail, latestExpiry })
    }
    const recorded = deps.audit.append({
      type: 'assume.revoked',
      assumption: open.assumption,
      target: open.target,
      accessKeyId: open.accessKeyId,
      proof: ending.proof,
      detail: ending.detail,
      latestExpiry: iso(open.latestExpiryMs),
      storeTokenExpires: iso(open.storeTokenExpiresMs),
      final: isProved,
    })
    const isRecorded = await recorded.then(
      () => true,
      () => false,
    )
    // The queue tries again until the store answers, a lost request can mint no more, or the session is over.
    if (!isRecorded) void deps.endings.begin(open, 'outcome_not_written')
    else if (!isProved) void deps.endings.begin({ ...open, announced: true }, 'process_ended')
  }

  return {
    mint,
    async endAll() {
      for (let next = live.shift(); next !== undefined; next = live.shift()) await end(next)
    },
    tally: () => ({ minted, proved, unproved: [...unproved] }),
  }
}

function answered(answer: Mint) {
  if (answer.ok) {
    const { accessKeyId, expiresMs, latencyMs } = answer.minted
    const upstream = { status: 200, errorCode: null, latencyMs }
    return { accessKeyId, expires: iso(expiresMs), mayExist: true, upstream }
  }
  const { mayExist, status, errorCode, latencyMs } = answer
  return { accessKeyId: null, expires: null, mayExist, upstream: { status, errorCode, latencyMs } }
}

async function endAtStore(target: CredentialTarget, open: OpenIntent): Promise<Ending> {
  try {
    return await target.end(open.assumption, open.accessKeyId)
  } catch (thrown) {
    return { proof: 'failed', detail: thrown instanceof VendorError ? thrown.code : 'internal_error' }
  }
}

/** How stores say that they will not; anything else may be a token that they do not take. */
const STS_REFUSALS = new Set([
  'AccessDenied',
  'InvalidParameterValue',
  'MalformedPolicyDocument',
  'ValidationError',
])

/** What an answer of the STS means to whoever asked for a session. */
export function mintMeaning(mint: Mint): Omit<StepAnswer, 'ms'> {
  if (mint.ok) return { meaning: 'allowed', status: 200, code: null }
  const { status, errorCode: code } = mint
  return { meaning: refusalMeaning(status, code), status, code }
}

function refusalMeaning(status: number | null, code: string | null): Meaning {
  if (status === null) return 'unanswered'
  return status < 500 && code !== null && STS_REFUSALS.has(code) ? 'refused' : 'unclear'
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
