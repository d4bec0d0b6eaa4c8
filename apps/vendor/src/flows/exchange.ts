import type { SubjectFacts } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { AssumeRequest, decide } from '../domain/grant.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { Subject } from '../domain/subject.ts'
import { claimAt } from '../domain/subject.ts'
import type { AssumptionId } from '../ids.ts'
import { newId } from '../ids.ts'
import type { Random, TokenVerifier, Verification } from '../ports.ts'
import { Secret } from '../secret.ts'
import type { Asking, Exchanged, Granted, IssueDeps, Known } from './issue.ts'
import { issue, lockOf, redeliver, refuseGranted, refuseSubject, requestOf } from './issue.ts'
import type { Replays } from './replay.ts'

export type ExchangeRequest = AssumeRequest & Asking & { readonly token: string }

export type ExchangeDeps = IssueDeps & {
  readonly random: Random
  readonly sha256: Sha256
  readonly verifier: Pick<TokenVerifier, 'verify'>
  /** The decision itself, handed in so that it can be timed like the ports. */
  readonly decide: typeof decide
  readonly configuration: () => Configuration
  readonly replays: Replays
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
  const caller = { token: new Secret(request.token), expiresMs: verified.subject.expiresAtSeconds * 1000 }
  const known: Known = { request, assumption, configuration, facts, caller }
  const outcome = deps.decide(
    configuration,
    { subject: verified.subject, request },
    { nowMs: deps.clock.nowMs(), sha256: deps.sha256 },
  )
  if (!outcome.granted) return refuseSubject(deps, known, outcome)
  const granted = { ...known, grant: outcome.grant, decision: outcome.decision }
  if (lockOf(deps, granted) !== null) return refuseGranted(deps, granted, 'locked')
  if (!deps.isProved(granted.grant.role)) return refuseGranted(deps, granted, 'probe_stale')
  return issueOrReplay(deps, granted)
}

/** A token that opens a mapping once opens it once: there is no second delivery to give. */
async function issueOrReplay(deps: ExchangeDeps, granted: Granted): Promise<Exchanged> {
  const { grant, decision, facts } = granted
  const { role, uses } = grant
  const mint = () => issue(deps, granted)
  if (role.replaySeconds === null || uses.some(({ of }) => of === 'token')) return mint()
  const { generation, sessionPolicySha256, lifetime } = decision
  const same = [facts.token.digest, role.name, generation, sessionPolicySha256, lifetime.askedSeconds]
  const of = { key: JSON.stringify(same), windowSeconds: role.replaySeconds }
  const { exchanged, again } = await deps.replays.once(of, mint)
  return again && exchanged.ok ? redeliver(deps, granted, exchanged) : exchanged
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
  // In the order of their names, because so they are written.
  return {
    aud: subject.audiences,
    azp,
    claims,
    issuer: { name: subject.issuer, url: subject.iss },
    jti,
    sub: subject.sub,
    token: { alg, digest, kid, thumbprint },
  }
}
