import { decideChained, type RecordedIntent } from '../domain/chain.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { AssumeRequest } from '../domain/grant.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { ReceivedRequest } from '../domain/sigv4.ts'
import type { ErrorCode } from '../errors.ts'
import type { AssumptionId } from '../ids.ts'
import { newId } from '../ids.ts'
import type { Random } from '../ports.ts'
import { Secret } from '../secret.ts'
import type { Asking, Exchanged, IssueDeps, Known, Refused } from './issue.ts'
import { issue, lockOf, refuseGranted, refuseSubject, requestOf } from './issue.ts'
import type { SignedSessionDeps } from './signed-session.ts'
import { identify } from './signed-session.ts'

export type AssumeRoleRequest = AssumeRequest & Asking & { readonly received: ReceivedRequest }

export type AssumeRoleDeps = IssueDeps &
  SignedSessionDeps & {
    readonly random: Random
    readonly sha256: Sha256
    readonly configuration: () => Configuration
  }

/**
 * A session of ours assumes its own role anew: who it is says its signature, what it may have says the log. Recorded as
 * every exchange, as the subject's that the first session was given to. Throws as `exchange`.
 */
export async function assumeRole(deps: AssumeRoleDeps, request: AssumeRoleRequest): Promise<Exchanged> {
  const configuration = deps.configuration()
  const assumption = newId('asm', deps.clock.nowMs(), deps.random.bytes(10))
  const asked = { request, assumption }
  // A presigned request stands in logs: it may prove who somebody is, and get nobody anything.
  const identified = await identify(deps, request.received, ['header'])
  if (!identified.ok) return refuseStranger(deps, asked, identified.code)
  const { session } = identified
  const intent = await intentOf(deps, session.assumption)
  if (intent === null) return refuseStranger(deps, asked, 'session_unknown')

  // It shows no token: a store that wants the caller's own is refused below.
  const caller = { token: new Secret(''), expiresMs: session.expiresMs }
  const known: Known = { request, assumption, configuration, facts: intent.subject, caller }
  const parent = { intent, expiresMs: session.expiresMs, policy: session.policy }
  const context = { nowMs: deps.clock.nowMs(), sha256: deps.sha256 }
  const outcome = decideChained(configuration, { parent, request }, context)
  if (!outcome.granted) return refuseSubject(deps, known, outcome)
  const chain = {
    ancestors: [...(intent.chain ?? []), intent.assumption],
    notAfterMs: session.expiresMs,
    stands: () => deps.sessions.isKept(session.assumption),
  }
  const granted = { ...known, grant: outcome.grant, decision: outcome.decision, chain }
  if (lockOf(deps, granted) !== null) return refuseGranted(deps, granted, 'locked')
  const { role } = granted.grant
  if (!deps.isProved(role)) return refuseGranted(deps, granted, 'probe_stale')
  if (deps.target(role.target.name)?.showsCallerToken === true)
    return refuseGranted(deps, granted, 'chain_limited')
  return issue(deps, granted)
}

/** Of a request whose signature is not of a session of ours nothing is known that could be believed. */
async function refuseStranger(
  deps: AssumeRoleDeps,
  asked: { readonly request: AssumeRoleRequest; readonly assumption: AssumptionId },
  code: ErrorCode,
): Promise<Refused> {
  const request = await deps.refusals.refuse({
    type: 'assume.refused',
    ...requestOf(asked.request),
    assumption: asked.assumption,
    code,
    subject: null,
    claimed: null,
    decision: null,
    claimedSessionName: asked.request.claimedSessionName,
  })
  return { ok: false, code, request }
}

async function intentOf(deps: AssumeRoleDeps, assumption: AssumptionId): Promise<RecordedIntent | null> {
  const { events } = await deps.audit.page({ assumption, types: ['assume.intent'], limit: 1 })
  const event = events[0]?.event
  return event?.type === 'assume.intent' ? event : null
}
