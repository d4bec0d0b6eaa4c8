import type { Decision, SubjectFacts } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { Grant } from '../domain/grant.ts'
import { stopped } from '../domain/grant.ts'
import { STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import type { Locks } from '../domain/revocation.ts'
import { lockOn } from '../domain/revocation.ts'
import type { Role } from '../domain/role.ts'
import type { SubjectBudgets } from '../domain/subject-budget.ts'
import type { MetLimit } from '../domain/use-limit.ts'
import type { ErrorCode } from '../errors.ts'
import { asVendorError, VendorError } from '../errors.ts'
import type { AssumptionId, RequestId } from '../ids.ts'
import { isoTime } from '../iso-time.ts'
import type {
  AuditLog,
  Clock,
  CredentialTarget,
  KeptSessions,
  Mint,
  Minted,
  Receipt,
  Refusals,
  ResourceStore,
} from '../ports.ts'
import type { Secret } from '../secret.ts'
import type { Endings } from './ending.ts'
import type { RequestFacts } from './request-facts.ts'

/** What a request brings along to its record. */
export type Asking = RequestFacts & {
  /** What the caller would like the session to be called: recorded as claimed, never used. */
  readonly claimedSessionName: string | null
}

/** A session that was given: what the doors print of it. */
export type Session = {
  readonly assumption: AssumptionId
  readonly roleName: string
  readonly roleArn: string
  /** Ours, derived from the subject. */
  readonly sessionName: string
  readonly subject: SubjectFacts
  /** Characters of the session policy that the store got. */
  readonly policyLength: number
  readonly minted: Minted
  /** What the caller can hold against us: its record is in the tree. */
  readonly receipt: Receipt
}

export type Refused = {
  readonly ok: false
  readonly code: ErrorCode
  readonly request: RequestId
  /** When it is worth trying again, where that is known. */
  readonly retryAfterSeconds?: number
}

export type Exchanged = ({ readonly ok: true } & Session) | Refused

export type IssueDeps = {
  readonly clock: Clock
  readonly target: (name: string) => CredentialTarget | undefined
  readonly store: ResourceStore
  readonly audit: AuditLog
  readonly refusals: Refusals
  readonly budgets: SubjectBudgets
  readonly endings: Endings
  readonly sessions: KeptSessions
  /** What is locked now. */
  readonly locks: () => Locks
  /** Whether a fresh probe shows what the role rests on (DESIGN rule 7). */
  readonly isProved: (role: Role) => boolean
}

/** Whose assumption it is, of which configuration. */
export type Known = {
  readonly request: Asking
  readonly assumption: AssumptionId
  readonly configuration: Configuration
  readonly facts: SubjectFacts
  /** The token that was shown, for a store that trusts its issuer itself. */
  readonly caller: { readonly token: Secret<string>; readonly expiresMs: number }
}
/** What was decided, and nothing is minted yet. */
export type Granted = Known & {
  readonly grant: Grant
  readonly decision: Decision
  /** Where it is assumed from a session of ours. */
  readonly chain?: {
    /** That session last, and before it those that it came from. */
    readonly ancestors: readonly AssumptionId[]
    /** The end of that session. */
    readonly notAfterMs: number
    /** Whether that session was not ended since. */
    readonly stands: () => boolean
  }
}

type Intent = Granted & {
  /** Where it stands in the log. */
  readonly seq: number
  readonly target: CredentialTarget
  readonly storeTokenExpiresMs: number
  readonly latestExpiryMs: number
}

/**
 * Stops 5–7 of DESIGN §2 for what was decided: the budget, the intent, the store, the outcome, and the look whether it
 * still stands. Nothing is answered before its record is durable. Throws only what the catalogue calls a failure to serve.
 */
export async function issue(deps: IssueDeps, granted: Granted): Promise<Exchanged> {
  const waitSeconds = takeFromBudget(deps, granted)
  if (waitSeconds > 0) {
    const refused = await refuseGranted(deps, granted, 'subject_budget_spent')
    return { ...refused, retryAfterSeconds: waitSeconds }
  }
  const intent = await appendIntent(deps, granted)
  if (typeof intent === 'string') return { ok: false, code: intent, request: granted.request.request }
  const mint = await intent.target.mint({
    assumption: intent.assumption,
    sessionPolicy: intent.grant.sessionPolicy,
    lifetimeSeconds: intent.grant.lifetimeSeconds,
    storeTokenExpiresMs: intent.storeTokenExpiresMs,
    sessionName: intent.grant.sessionName,
    tags: intent.grant.role.tags,
    callerToken: intent.target.showsCallerToken ? intent.caller.token : null,
  })
  if (!mint.ok) return recordFailure(deps, intent, mint)

  const wrongEnd = judgeEnd(deps, intent, mint.minted)
  if (wrongEnd !== null) return withhold(deps, intent, { minted: mint.minted, code: wrongEnd, changed: [] })
  const receipt = await recordIssued(deps, intent, mint.minted)
  const changed = await whatChanged(deps, intent)
  if (changed.length > 0) return withhold(deps, intent, { minted: mint.minted, code: 'withheld', changed })
  return { ok: true, ...sessionOf(intent, mint.minted), receipt }
}

/** Gives a session again that an identical request was given: recorded, looked at again, and no budget is taken. */
export async function redeliver(deps: IssueDeps, granted: Granted, session: Session): Promise<Exchanged> {
  const { minted } = session
  await deps.audit.append({
    type: 'assume.redelivered',
    ...requestOf(granted.request),
    assumption: session.assumption,
    subject: granted.facts,
    decision: granted.decision,
    target: granted.grant.role.target.name,
    accessKeyId: minted.accessKeyId,
    expires: isoTime(minted.expiresMs),
    claimedSessionName: granted.request.claimedSessionName,
  })
  const changed = await whatChanged(deps, granted)
  return changed.length > 0 ? refuseGranted(deps, granted, 'withheld') : { ok: true, ...session }
}

function sessionOf({ assumption, grant, facts }: Granted, minted: Minted): Omit<Session, 'receipt'> {
  return {
    assumption,
    roleName: grant.role.name,
    roleArn: grant.role.arn,
    sessionName: grant.sessionName,
    subject: facts,
    policyLength: grant.sessionPolicy.length,
    minted,
  }
}

/** Refuses a verified subject, durably. */
export async function refuseSubject(
  deps: Pick<IssueDeps, 'refusals'>,
  known: Known,
  refusal: { readonly code: ErrorCode; readonly decision: Decision | null },
): Promise<Refused> {
  const request = await deps.refusals.refuse(subjectRefusal(known, refusal))
  return { ok: false, code: refusal.code, request }
}

/** Refuses what the mappings granted, because something else stops it. */
export function refuseGranted(
  deps: Pick<IssueDeps, 'refusals'>,
  granted: Granted,
  code: ErrorCode,
): Promise<Refused> {
  return refuseSubject(deps, granted, { code, decision: stopped(granted.decision, code) })
}

function subjectRefusal(
  known: Known,
  { code, decision }: { readonly code: ErrorCode; readonly decision: Decision | null },
) {
  const { request, assumption, facts } = known
  const { claimedSessionName } = request
  const what = { assumption, code, subject: facts, claimed: null, decision, claimedSessionName }
  return { type: 'assume.refused', ...requestOf(request), ...what } as const
}

/** The lock that stops this, or null. */
export function lockOf(deps: Pick<IssueDeps, 'locks'>, { facts, grant }: Granted): string | null {
  const { role, pins } = grant
  const mappings = pins.flatMap(({ kind, name }) => (kind === 'mapping' ? [name] : []))
  const { sub, issuer } = facts
  return lockOn(deps.locks(), { url: issuer.url, sub, role: role.name, target: role.target.name, mappings })
}

/** Seconds until this subject may ask this store again; 0: now, and one session of its budget is taken. */
function takeFromBudget(deps: IssueDeps, { configuration, facts, grant }: Granted): number {
  const target = grant.role.target.name
  const budget = configuration.targets.get(target)?.body.subjectBudget ?? null
  if (budget === null) return 0
  const subject = { iss: facts.issuer.url, sub: facts.sub }
  return deps.budgets.take({ subject, target, budget }, deps.clock.monotonicMs())
}

/** The intent, durable; or the limit that it met, and then its refusal is durable in its place. */
async function appendIntent(deps: IssueDeps, granted: Granted): Promise<Intent | MetLimit> {
  const { grant, decision } = granted
  const target = deps.target(grant.role.target.name)
  if (target === undefined)
    throw new VendorError('target_unavailable', { facts: { target: grant.role.target.name } })
  const storeTokenExpiresMs = target.storeTokenExpiresMs(
    deps.clock.nowMs(),
    grant.lifetimeSeconds,
    granted.caller.expiresMs,
  )
  const tail = grant.lifetimeSeconds < STORE_FLOOR_SECONDS ? 0 : grant.lifetimeSeconds * 1000
  const latestExpiryMs = storeTokenExpiresMs + tail
  const intent = {
    type: 'assume.intent',
    ...requestOf(granted.request),
    assumption: granted.assumption,
    subject: granted.facts,
    decision,
    uses: grant.uses,
    sessionName: grant.sessionName,
    claimedSessionName: granted.request.claimedSessionName,
    ...(granted.chain === undefined ? {} : { chain: granted.chain.ancestors }),
    storeTokenExpires: isoTime(storeTokenExpiresMs),
    latestExpiry: isoTime(latestExpiryMs),
  } as const
  const known = { ...granted, target, storeTokenExpiresMs, latestExpiryMs }
  const instead = (code: MetLimit) => subjectRefusal(granted, { code, decision: stopped(decision, code) })
  try {
    const { seq, met } = await deps.audit.appendIntent(intent, instead)
    return met ?? { ...known, seq }
  } catch (thrown) {
    if (asVendorError(thrown).facts['reason'] === 'timed_out')
      void deps.endings.begin(openIntent(known, null), 'outcome_not_written')
    throw thrown
  }
}

/** The store did not give: recorded as the outcome; where a session may live all the same, it is ended. */
async function recordFailure(
  deps: IssueDeps,
  intent: Intent,
  mint: Extract<Mint, { ok: false }>,
): Promise<Refused> {
  const { assumption, target, request } = intent
  const event = {
    type: 'assume.upstream_failed' as const,
    assumption,
    request: request.request,
    target: target.name,
    code: mint.code,
    mayExist: mint.mayExist,
    upstream: { status: mint.status, errorCode: mint.errorCode, latencyMs: mint.latencyMs },
  }
  try {
    await deps.audit.append(event)
  } finally {
    if (mint.mayExist) void deps.endings.begin(openIntent(intent, null), 'upstream_failed')
  }
  return { ok: false, code: mint.code, request: request.request }
}

/** Durable before delivered: where the outcome cannot be written no credential leaves, and the session is ended. */
async function recordIssued(deps: IssueDeps, intent: Intent, minted: Minted): Promise<Receipt> {
  try {
    const issued = {
      type: 'assume.issued',
      assumption: intent.assumption,
      request: intent.request.request,
      target: intent.target.name,
      accessKeyId: minted.accessKeyId,
      expires: isoTime(minted.expiresMs),
      upstream: {
        requestId: minted.upstreamRequestId,
        latencyMs: minted.latencyMs,
        ...(minted.packedPolicySize === undefined ? {} : { packedPolicySize: minted.packedPolicySize }),
      },
    } as const
    return await deps.audit.appendIssued(issued, intent.seq, keptOf(deps, intent, minted))
  } catch (cause) {
    void deps.endings.begin(openIntent(intent, minted.accessKeyId), 'outcome_not_written')
    throw cause
  }
}

/** What lets the session say who it is; nothing where its door keeps nothing. */
function keptOf(
  deps: IssueDeps,
  { request, assumption, grant, decision, configuration }: Intent,
  minted: Minted,
) {
  const { role, sessionName, sessionPolicy } = grant
  const target = configuration.targets.get(role.target.name)?.body
  return deps.sessions.seal({
    door: request.door,
    assumption,
    roleName: role.name,
    sessionName,
    policy: decision.narrowedBy === null ? null : sessionPolicy,
    region: target?.region ?? '',
    minted,
  })
}

type Changed = readonly { readonly kind: string; readonly name: string }[]
type Withheld = {
  readonly minted: Minted
  readonly code: 'withheld' | 'expiration_too_late' | 'target_answer_invalid'
  readonly changed: Changed
}

/** How much later than granted a store's Expiration may read: its clock and ours are two. */
const EXPIRATION_TOLERANCE_MS = 5_000

/** A session that outlives what was granted, or is over before it is answered, is nobody's to use. */
function judgeEnd(
  deps: IssueDeps,
  intent: Intent,
  { expiresMs }: Minted,
): 'expiration_too_late' | 'target_answer_invalid' | null {
  const nowMs = deps.clock.nowMs()
  if (expiresMs > nowMs + intent.grant.lifetimeSeconds * 1000 + EXPIRATION_TOLERANCE_MS)
    return 'expiration_too_late'
  if (expiresMs > (intent.chain?.notAfterMs ?? Number.POSITIVE_INFINITY)) return 'expiration_too_late'
  return expiresMs <= nowMs ? 'target_answer_invalid' : null
}

/** In the tick of the answer, through the store port: what of all that the decision rests on stands no more? */
async function whatChanged(
  deps: Pick<IssueDeps, 'locks' | 'store' | 'isProved'>,
  granted: Granted,
): Promise<Changed> {
  const lock = lockOf(deps, granted)
  if (lock !== null) return [{ kind: 'lock', name: lock }]
  if (!deps.isProved(granted.grant.role)) return [{ kind: 'probe', name: granted.grant.role.target.name }]
  try {
    const { chain } = granted
    if (chain?.stands() === false) return [{ kind: 'assumption', name: chain.ancestors.at(-1) ?? '' }]
    return await deps.store.changedSince(granted.configuration.generation, granted.grant.pins)
  } catch {
    // What cannot be looked at again is not known to stand.
    return [{ kind: 'configuration', name: 'unreadable' }]
  }
}

async function withhold(deps: IssueDeps, intent: Intent, withheld: Withheld): Promise<Refused> {
  const { minted, code, changed } = withheld
  const open = openIntent(intent, minted.accessKeyId)
  // It may live longer than anybody decided.
  const latestExpiryMs = Math.max(open.latestExpiryMs, minted.expiresMs)
  await deps.endings.begin(
    { ...open, latestExpiryMs },
    {
      type: 'assume.withheld',
      assumption: intent.assumption,
      request: intent.request.request,
      target: intent.target.name,
      code,
      accessKeyId: minted.accessKeyId,
      expires: isoTime(minted.expiresMs),
      storeTokenExpires: isoTime(intent.storeTokenExpiresMs),
      changed,
    },
  )
  return { ok: false, code, request: intent.request.request }
}

function openIntent(intent: Omit<Intent, 'seq'>, accessKeyId: string | null) {
  return {
    assumption: intent.assumption,
    target: intent.target.name,
    storeTokenExpiresMs: intent.storeTokenExpiresMs,
    latestExpiryMs: intent.latestExpiryMs,
    accessKeyId,
    announced: false,
  }
}

/** The members of a request that its events have. */
export function requestOf(request: RequestFacts): RequestFacts {
  return { request: request.request, door: request.door, source: request.source }
}
