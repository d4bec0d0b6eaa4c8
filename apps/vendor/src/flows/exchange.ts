import type { Decision, SubjectFacts } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { AssumeRequest, Grant } from '../domain/grant.ts'
import { decide, stopped } from '../domain/grant.ts'
import { STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import type { Locks } from '../domain/revocation.ts'
import { lockOn } from '../domain/revocation.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { Subject } from '../domain/subject.ts'
import { claimAt } from '../domain/subject.ts'
import type { SubjectBudgets } from '../domain/subject-budget.ts'
import type { MetLimit } from '../domain/use-limit.ts'
import type { ErrorCode } from '../errors.ts'
import { VendorError } from '../errors.ts'
import type { AssumptionId, RequestId } from '../ids.ts'
import { newId } from '../ids.ts'
import type {
  AuditLog,
  Clock,
  CredentialTarget,
  Mint,
  Minted,
  Random,
  Receipt,
  Refusals,
  ResourceStore,
  TokenVerifier,
  Verification,
} from '../ports.ts'
import type { Endings } from './ending.ts'
import type { RequestFacts } from './request-facts.ts'

export type ExchangeRequest = AssumeRequest &
  RequestFacts & {
    readonly token: string
    /** What the caller would like the session to be called: recorded as claimed, never used. */
    readonly claimedSessionName: string | null
  }

export type Exchanged =
  | {
      readonly ok: true
      readonly assumption: AssumptionId
      readonly roleArn: string
      readonly minted: Minted
      /** What the caller can hold against us: its record is in the tree. */
      readonly receipt: Receipt
    }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly request: RequestId
      /** When it is worth trying again, where that is known. */
      readonly retryAfterSeconds?: number
    }

export type ExchangeDeps = {
  readonly clock: Clock
  readonly random: Random
  readonly sha256: Sha256
  readonly verifier: TokenVerifier
  readonly configuration: () => Configuration
  readonly target: (name: string) => CredentialTarget | undefined
  readonly store: ResourceStore
  readonly audit: AuditLog
  readonly refusals: Refusals
  readonly budgets: SubjectBudgets
  readonly endings: Endings
  /** What is locked now. */
  readonly locks: () => Locks
}

/** What travels along the stops of one exchange. */
type Exchange = {
  readonly request: ExchangeRequest
  readonly assumption: AssumptionId
  readonly configuration: Configuration
  readonly subject: Subject
  readonly facts: SubjectFacts
}
type Intent = Exchange & {
  /** Where it stands in the log. */
  readonly seq: number
  readonly grant: Grant
  readonly target: CredentialTarget
  readonly storeTokenExpiresMs: number
  readonly latestExpiryMs: number
}

/**
 * One exchange, stops 2–7 of DESIGN §2; the door does 1 and 8. Nothing is answered before its record is durable:
 * a refusal after `assume.refused`, credentials after `assume.issued`. Throws only what the catalogue calls a failure
 * to serve (`audit_unavailable`, `config_unavailable`); a refusal is data.
 */
export async function exchange(deps: ExchangeDeps, request: ExchangeRequest): Promise<Exchanged> {
  const configuration = deps.configuration()
  const assumption = newId('asm', deps.clock.nowMs(), deps.random.bytes(10))
  const pending = deps.verifier.verify(request.token)
  const verified = pending instanceof Promise ? await pending : pending
  if (!verified.ok) return refuseToken(deps, { request, assumption }, verified)

  const facts = subjectFacts(verified.subject, configuration)
  const known: Exchange = { request, assumption, configuration, subject: verified.subject, facts }
  const outcome = decide(
    configuration,
    { subject: verified.subject, request },
    { nowMs: deps.clock.nowMs(), sha256: deps.sha256 },
  )
  if (!outcome.granted) return refuseSubject(deps, known, outcome)
  const { grant, decision } = outcome
  if (lockOf(deps, known, grant) !== null) {
    return refuseSubject(deps, known, { code: 'locked', decision: stopped(decision, 'locked') })
  }
  const waitSeconds = takeFromBudget(deps, known, grant)
  if (waitSeconds > 0) {
    const code = 'subject_budget_spent'
    const refused = await refuseSubject(deps, known, { code, decision: stopped(decision, code) })
    return { ...refused, retryAfterSeconds: waitSeconds }
  }

  const intent = await appendIntent(deps, { ...known, grant }, decision)
  if (typeof intent === 'string') return { ok: false, code: intent, request: request.request }
  const mint = await intent.target.mint({
    assumption,
    sessionPolicy: intent.grant.sessionPolicy,
    lifetimeSeconds: intent.grant.lifetimeSeconds,
    storeTokenExpiresMs: intent.storeTokenExpiresMs,
  })
  if (!mint.ok) return recordFailure(deps, intent, mint)

  const wrongEnd = judgeEnd(deps, intent, mint.minted)
  if (wrongEnd !== null) return withhold(deps, intent, { minted: mint.minted, code: wrongEnd, changed: [] })
  const receipt = await recordIssued(deps, intent, mint.minted)
  const changed = await lookAgain(deps, intent)
  if (changed.length > 0) return withhold(deps, intent, { minted: mint.minted, code: 'withheld', changed })
  return { ok: true, assumption, roleArn: intent.grant.role.arn, minted: mint.minted, receipt }
}

async function refuseToken(
  deps: ExchangeDeps,
  input: { readonly request: ExchangeRequest; readonly assumption: AssumptionId },
  refusal: Extract<Verification, { ok: false }>,
): Promise<Exchanged> {
  const request = await deps.refusals.refuse({
    type: 'assume.refused',
    ...requestOf(input.request),
    assumption: input.assumption,
    code: refusal.code,
    subject: null,
    claimed: refusal.claimed,
    decision: null,
    claimedSessionName: input.request.claimedSessionName,
  })
  return { ok: false, code: refusal.code, request }
}

async function refuseSubject(
  deps: ExchangeDeps,
  known: Exchange,
  refusal: { readonly code: ErrorCode; readonly decision: Decision },
) {
  const request = await deps.refusals.refuse(subjectRefusal(known, refusal))
  return { ok: false, code: refusal.code, request } as const
}

function subjectRefusal(
  known: Exchange,
  { code, decision }: { readonly code: ErrorCode; readonly decision: Decision },
) {
  const { request, assumption, facts } = known
  const { claimedSessionName } = request
  const what = { assumption, code, subject: facts, claimed: null, decision, claimedSessionName }
  return { type: 'assume.refused', ...requestOf(request), ...what } as const
}

/** The lock that stops this, or null. */
function lockOf(deps: ExchangeDeps, { subject }: Exchange, grant: Grant): string | null {
  const { role, pins } = grant
  const mappings = pins.flatMap(({ kind, name }) => (kind === 'mapping' ? [name] : []))
  const { iss: url, sub } = subject
  return lockOn(deps.locks(), { url, sub, role: role.name, target: role.target.name, mappings })
}

/** Seconds until this subject may ask this store again; 0: now, and one session of its budget is taken. */
function takeFromBudget(deps: ExchangeDeps, { configuration, subject }: Exchange, grant: Grant): number {
  const target = grant.role.target.name
  const budget = configuration.targets.get(target)?.body.subjectBudget ?? null
  return budget === null ? 0 : deps.budgets.take({ subject, target, budget }, deps.clock.monotonicMs())
}

/** The intent, durable; or the limit that it met, and then its refusal is durable in its place. */
async function appendIntent(
  deps: ExchangeDeps,
  granted: Exchange & { readonly grant: Grant },
  decision: Decision,
): Promise<Intent | MetLimit> {
  const { grant } = granted
  const target = deps.target(grant.role.target.name)
  if (target === undefined)
    throw new VendorError('target_unavailable', { facts: { target: grant.role.target.name } })
  const storeTokenExpiresMs = target.storeTokenExpiresMs(deps.clock.nowMs(), grant.lifetimeSeconds)
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
    storeTokenExpires: iso(storeTokenExpiresMs),
    latestExpiry: iso(latestExpiryMs),
  } as const
  const { seq, met } = await deps.audit.appendIntent(intent, (code) =>
    subjectRefusal(granted, { code, decision: stopped(decision, code) }),
  )
  return met ?? { ...granted, seq, target, storeTokenExpiresMs, latestExpiryMs }
}

/** The store did not give: recorded as the outcome; where a session may live all the same, it is ended. */
async function recordFailure(
  deps: ExchangeDeps,
  intent: Intent,
  mint: Extract<Mint, { ok: false }>,
): Promise<Exchanged> {
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
async function recordIssued(deps: ExchangeDeps, intent: Intent, minted: Minted): Promise<Receipt> {
  try {
    const issued = {
      type: 'assume.issued',
      assumption: intent.assumption,
      request: intent.request.request,
      target: intent.target.name,
      accessKeyId: minted.accessKeyId,
      expires: iso(minted.expiresMs),
      upstream: { requestId: minted.upstreamRequestId, latencyMs: minted.latencyMs },
    } as const
    return await deps.audit.appendIssued(issued, intent.seq)
  } catch (cause) {
    void deps.endings.begin(openIntent(intent, minted.accessKeyId), 'outcome_not_written')
    throw cause
  }
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
  deps: ExchangeDeps,
  intent: Intent,
  { expiresMs }: Minted,
): 'expiration_too_late' | 'target_answer_invalid' | null {
  const nowMs = deps.clock.nowMs()
  if (expiresMs > nowMs + intent.grant.lifetimeSeconds * 1000 + EXPIRATION_TOLERANCE_MS)
    return 'expiration_too_late'
  return expiresMs <= nowMs ? 'target_answer_invalid' : null
}

/** In the tick of the answer, through the store port: what of all that the decision rests on stands no more? */
async function lookAgain(deps: ExchangeDeps, intent: Intent): Promise<Changed> {
  const lock = lockOf(deps, intent, intent.grant)
  if (lock !== null) return [{ kind: 'lock', name: lock }]
  try {
    return await deps.store.changedSince(intent.configuration.generation, intent.grant.pins)
  } catch {
    // What cannot be looked at again is not known to stand.
    return [{ kind: 'configuration', name: 'unreadable' }]
  }
}

async function withhold(deps: ExchangeDeps, intent: Intent, withheld: Withheld): Promise<Exchanged> {
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
      expires: iso(minted.expiresMs),
      storeTokenExpires: iso(intent.storeTokenExpiresMs),
      changed,
    },
  )
  return { ok: false, code, request: intent.request.request }
}

function openIntent(intent: Intent, accessKeyId: string | null) {
  return {
    assumption: intent.assumption,
    target: intent.target.name,
    storeTokenExpiresMs: intent.storeTokenExpiresMs,
    latestExpiryMs: intent.latestExpiryMs,
    accessKeyId,
    announced: false,
  }
}

function requestOf(request: RequestFacts) {
  return { request: request.request, door: request.door, source: request.source }
}

/** What explain and replay need of a subject, and no more (DESIGN rule 10). */
function subjectFacts(subject: Subject, configuration: Configuration): SubjectFacts {
  const paths =
    configuration.mappings.get(subject.issuer)?.recordedClaims ??
    configuration.issuers.get(subject.iss)?.recordedClaims ??
    []
  const claims = paths.flatMap((path) => {
    const value = claimAt(subject.claims, path)
    return value === undefined ? [] : [{ path, value }]
  })
  const { digest, alg, kid, thumbprint, azp, jti } = subject.token
  return {
    issuer: { name: subject.issuer, url: subject.iss },
    sub: subject.sub,
    aud: subject.audiences,
    azp,
    jti,
    claims,
    token: { digest, alg, kid, thumbprint },
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
