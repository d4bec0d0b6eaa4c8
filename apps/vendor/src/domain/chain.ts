import { narrowByAsked } from './asked-policy.ts'
import type { Decision, RecordedEvent } from './audit-event.ts'
import type { Configuration } from './configuration.ts'
import type { AssumeRequest, Outcome } from './grant.ts'
import { refused, tightest } from './grant.ts'
import type { Issuer } from './issuer.ts'
import { giveLifetime } from './lifetime.ts'
import type { Mapping } from './mapping.ts'
import { nestedClaims } from './nested-claims.ts'
import type { Role } from './role.ts'
import type { Sha256 } from './session-name.ts'
import type { Claims } from './subject.ts'
import { textClaims } from './subject.ts'

export type RecordedIntent = Extract<RecordedEvent, { type: 'assume.intent' }>

/** A session of ours that asks for another: what the log has of it, and when it ends. */
export type ParentSession = {
  readonly intent: RecordedIntent
  readonly expiresMs: number
  /** Its session policy, where its caller narrowed it. */
  readonly policy: string | null
}

type Context = { readonly nowMs: number; readonly sha256: Sha256 }

/** AWS gives a chained session an hour at most. */
const MAX_CHAINED_SECONDS = 3_600
/** Each link is looked up when one before it is ended. */
const MAX_LINKS = 8

/**
 * Decides what a session may have from a session: its own role, with the very policy that it has, for an hour at most and
 * never past its own end. Everything that its decision rested on must stand as it stood then: what was narrowed since must
 * not live on in a chain. Pure; fails closed.
 */
export function decideChained(
  configuration: Configuration,
  input: { readonly parent: ParentSession; readonly request: AssumeRequest },
  context: Context,
): Outcome {
  const { parent, request } = input
  const was = parent.intent.decision
  const blank: Decision = {
    ...was,
    outcome: 'refused',
    code: null,
    generation: configuration.generation,
    roleAsked: request.roleAsked,
    shadow: [],
    sessionPolicySha256: null,
    lifetime: { askedSeconds: request.lifetimeSeconds, givenSeconds: null },
  }
  if (request.roleName === null || request.roleName !== was.role?.name)
    return refused('chain_other_role', blank)
  if ((parent.intent.chain?.length ?? 0) >= MAX_LINKS) return refused('chain_limited', blank)
  const standing = whatStands(configuration, parent.intent)
  if (standing === null) return refused('chain_changed', blank)
  if (standing.mappings.some(({ singleUse, maxUses }) => singleUse || maxUses !== null))
    return refused('chain_limited', blank)
  const claims = nestedClaims(parent.intent.subject.claims)
  const text = policyOf(standing.role, { parent, claims }, context.sha256)
  if (text === null) return refused('chain_changed', blank)
  const given = { configuration, role: standing.role, text, claims }
  const narrowed = request.policy === null ? null : narrowByAsked(given, request.policy, context.sha256)
  // What narrowed the first session narrows those that come from it.
  const known = { ...blank, narrowedBy: narrowed?.narrowedBy ?? was.narrowedBy }
  if (narrowed?.ok === false) return refused(narrowed.code, known)
  return grantChained({ ...input, standing, sessionPolicy: narrowed?.text ?? text }, known, context)
}

type Chained = {
  readonly parent: ParentSession
  readonly request: AssumeRequest
  readonly standing: Standing
  readonly sessionPolicy: string
}

function grantChained(chained: Chained, known: Decision, context: Context): Outcome {
  const { parent, request, standing, sessionPolicy } = chained
  const { role, issuer, mappings } = standing
  const lifetimeSeconds = giveLifetime({
    askedSeconds: request.lifetimeSeconds,
    role: chainedLifetime(role.lifetime),
    leastSeconds: role.leastSeconds,
    mappingMaxSeconds: tightest(mappings.map(({ maxLifetimeSeconds }) => maxLifetimeSeconds)),
    notAfterMs: Math.min(parent.expiresMs, ...mappings.map(({ expiresMs }) => expiresMs)),
    nowMs: context.nowMs,
  })
  if (lifetimeSeconds === null) return refused('lifetime_refused', known)
  const pins = [
    { kind: 'issuer', name: issuer.name, version: issuer.version },
    { kind: 'role', name: role.name, version: role.version },
    { kind: 'target', ...role.target },
    ...mappings.map(({ name, version }) => ({ kind: 'mapping', name, version }) as const),
  ] as const
  const decision: Decision = {
    ...known,
    outcome: 'granted',
    sessionPolicySha256: context.sha256(sessionPolicy),
    lifetime: { askedSeconds: request.lifetimeSeconds, givenSeconds: lifetimeSeconds },
  }
  const { sessionName } = parent.intent
  return {
    granted: true,
    grant: { role, sessionPolicy, lifetimeSeconds, sessionName, uses: [], pins },
    decision,
  }
}

type Standing = {
  readonly role: Role
  readonly issuer: Issuer & { readonly version: number }
  readonly mappings: readonly Mapping[]
}

/** Role, target and mappings of the decision, each at the version that it had; null where one of them is not. */
function whatStands(configuration: Configuration, { decision, subject }: RecordedIntent): Standing | null {
  const role = configuration.roles.get(decision.role?.name ?? '')
  const issuer = configuration.issuers.get(subject.issuer.url)
  if (role === undefined || issuer === undefined || role.version !== decision.role?.version) return null
  if (role.target.name !== decision.target?.name || role.target.version !== decision.target.version)
    return null
  const all = configuration.mappings.get(issuer.name)?.all ?? []
  const mappings = decision.mappings.flatMap((pin) => {
    const found = all.find(({ name }) => name === pin.name)
    return found?.version === pin.version && found.mode === 'enforce' ? [found] : []
  })
  const whole = mappings.length > 0 && mappings.length === decision.mappings.length
  return whole ? { role, issuer, mappings } : null
}

/** The policy of the session, kept or made again of the recorded claims; null where it is not byte for byte the same. */
function policyOf(
  role: Role,
  { parent, claims }: { readonly parent: ParentSession; readonly claims: Claims },
  sha256: Sha256,
): string | null {
  const text = parent.policy ?? renderedOf(role, claims)
  return text !== null && sha256(text) === parent.intent.decision.sessionPolicySha256 ? text : null
}

function renderedOf(role: Role, claims: Claims): string | null {
  const rendered = role.sessionPolicy.render(textClaims(claims, role.sessionPolicy.claims))
  return rendered.ok ? rendered.text : null
}

function chainedLifetime({ minSeconds, defaultSeconds, maxSeconds }: Role['lifetime']): Role['lifetime'] {
  return {
    minSeconds,
    defaultSeconds: Math.min(defaultSeconds, MAX_CHAINED_SECONDS),
    maxSeconds: Math.min(maxSeconds, MAX_CHAINED_SECONDS),
  }
}
