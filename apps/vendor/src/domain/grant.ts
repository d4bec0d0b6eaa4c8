import type { ErrorCode } from '../errors.ts'
import type { AskedPolicy, Narrowed } from './asked-policy.ts'
import { narrowByAsked } from './asked-policy.ts'
import type { Decision, Pin } from './audit-event.ts'
import { noneHolds } from './condition.ts'
import type { Configuration } from './configuration.ts'
import { candidatesFor } from './issuer-mappings.ts'
import { giveLifetime } from './lifetime.ts'
import type { Mapping } from './mapping.ts'
import { mappingMatches } from './mapping.ts'
import type { Role } from './role.ts'
import type { Sha256 } from './session-name.ts'
import { sessionNameOf } from './session-name.ts'
import type { Claims, Subject } from './subject.ts'
import { textClaims } from './subject.ts'
import type { Use } from './use-limit.ts'
import { usesOf } from './use-limit.ts'

/** What a caller asks for, whichever door it came by. */
export type AssumeRequest = {
  /** The ARN as sent; null where none was. */
  readonly roleAsked: string | null
  /** The role's name where the ARN is one of ours, else null: an unknown role. */
  readonly roleName: string | null
  readonly lifetimeSeconds: number | null
  /** What it asks the session to be narrowed to; null: all that the role gives. */
  readonly policy: AskedPolicy | null
}

/** What was decided, before anything is minted. */
export type Grant = {
  readonly role: Role
  readonly sessionPolicy: string
  readonly lifetimeSeconds: number
  readonly sessionName: string
  /** What the intent uses up of the mappings' limits. */
  readonly uses: readonly Use[]
  /** Everything that must still stand in the tick of the answer. */
  readonly pins: readonly (Pin & { readonly kind: 'issuer' | 'mapping' | 'role' | 'target' })[]
}

export type Outcome =
  | { readonly granted: true; readonly grant: Grant; readonly decision: Decision }
  | { readonly granted: false; readonly code: ErrorCode; readonly decision: Decision }

type Context = { readonly nowMs: number; readonly sha256: Sha256 }

/** Decides: match, deny, render, narrow, clamp. Pure and synchronous; fails closed (DESIGN §2, "Deciding"). */
export function decide(
  configuration: Configuration,
  input: { readonly subject: Subject; readonly request: AssumeRequest },
  context: Context,
): Outcome {
  const { subject, request } = input
  const by: By = { configuration, subject, request, narrowed: new Map() }
  const candidates = candidatesFor(
    configuration.mappings.get(subject.issuer),
    { asked: request.roleAsked !== null, name: request.roleName },
    subject.claims,
  )
  const matches = candidates.enforced.filter((one) => mappingMatches(one, subject.claims, context.nowMs))
  const outcome = decideBy(by, matches, context)
  const shadow = shadows(candidates.shadow, subject.claims, context.nowMs).map(({ mapping, would }) => {
    const inForce = would === 'match' ? decideBy(by, [...matches, mapping], context) : outcome
    const refusedWith = would === 'match' && !inForce.granted ? { refused: inForce.code } : {}
    return { ...pinOf(mapping), would, ...refusedWith }
  })
  return shadow.length === 0 ? outcome : { ...outcome, decision: { ...outcome.decision, shadow } }
}

type By = {
  readonly configuration: Configuration
  readonly subject: Subject
  readonly request: AssumeRequest
  /** By role: a decision with a shadow mapping in force narrows the same policy again. */
  readonly narrowed: Map<string, Narrowed>
}

/** The decision that these matches make together. */
function decideBy(by: By, matches: readonly Mapping[], context: Context): Outcome {
  const { configuration, request } = by
  // In the order of their names, because so they are written.
  const blank: Decision = {
    code: null,
    generation: configuration.generation,
    lifetime: { askedSeconds: request.lifetimeSeconds, givenSeconds: null },
    mappings: matches.map(pinOf),
    narrowedBy: null,
    outcome: 'refused',
    policies: [],
    role: null,
    roleAsked: request.roleAsked,
    sessionPolicySha256: null,
    shadow: [],
    target: null,
  }
  const [first] = matches
  if (first === undefined) return refused('no_mapping', blank)
  if (matches.some(({ role }) => role !== first.role)) return refused('role_required', blank)
  const role = configuration.roles.get(first.role)
  if (role === undefined) return refused('no_mapping', blank)
  return grantRole({ ...by, role, matches }, blank, context)
}

type Matched = By & {
  readonly role: Role
  readonly matches: readonly Mapping[]
}

function grantRole(matched: Matched, blank: Decision, context: Context): Outcome {
  const { role, subject, request, matches } = matched
  const known: Decision = { ...blank, role: pinOf(role), target: role.target, policies: role.policies }
  const issuer = matched.configuration.issuers.get(subject.iss)
  if (issuer === undefined || issuer.for !== role.for) return refused('issuer_kind_refused', known)
  if (!noneHolds(role.never, subject.claims)) return refused('policy_denied', known)
  const rendered = role.sessionPolicy.render(textClaims(subject.claims, role.sessionPolicy.claims))
  if (!rendered.ok) return refused('claim_value_refused', known)
  const narrowed = narrowOnce(matched, rendered.text, context)
  const narrowedBy = narrowed?.narrowedBy ?? null
  if (narrowed?.ok === false) return refused(narrowed.code, { ...known, narrowedBy })
  const sessionPolicy = narrowed?.text ?? rendered.text
  const lifetimeSeconds = giveLifetime({
    askedSeconds: request.lifetimeSeconds,
    role: role.lifetime,
    leastSeconds: role.leastSeconds,
    mappingMaxSeconds: tightest(matches.map((mapping) => mapping.maxLifetimeSeconds)),
    notAfterMs: notAfter(matches, subject),
    nowMs: context.nowMs,
  })
  if (lifetimeSeconds === null) return refused('lifetime_refused', { ...known, narrowedBy })
  const uses = usesOf(matches, subject, issuer.leewaySeconds)
  if (uses === null) return refused('jti_missing', { ...known, narrowedBy })
  const grant: Grant = {
    role,
    sessionPolicy,
    lifetimeSeconds,
    sessionName: sessionNameOf(subject.issuer, subject.sub, context.sha256),
    uses,
    pins: [
      { kind: 'issuer', name: issuer.name, version: issuer.version },
      { kind: 'role', ...pinOf(role) },
      { kind: 'target', ...role.target },
      ...matches.map((mapping) => ({ kind: 'mapping' as const, ...pinOf(mapping) })),
    ],
  }
  const decision: Decision = {
    ...known,
    outcome: 'granted',
    narrowedBy,
    sessionPolicySha256: context.sha256(sessionPolicy),
    lifetime: { askedSeconds: request.lifetimeSeconds, givenSeconds: lifetimeSeconds },
  }
  return { granted: true, grant, decision }
}

/** What the caller asked for of what the role gives; null where it did not ask, and then nothing of it runs. */
function narrowOnce(matched: Matched, text: string, context: Context): Narrowed | null {
  const { configuration, role, subject, request, narrowed } = matched
  if (request.policy === null) return null
  const known = narrowed.get(role.name)
  if (known !== undefined) return known
  const given = { configuration, role, text, claims: subject.claims }
  const found = narrowByAsked(given, request.policy, context.sha256)
  narrowed.set(role.name, found)
  return found
}

/** A refusal with this code, of what is known until then. */
export function refused(code: ErrorCode, decision: Decision): Outcome {
  return { granted: false, code, decision: { ...decision, code } }
}

/** The decision of a grant that a limit stopped: what was not given is not said to be given. */
export function stopped(decision: Decision, code: ErrorCode): Decision {
  const lifetime = { ...decision.lifetime, givenSeconds: null }
  return { ...decision, outcome: 'refused', code, sessionPolicySha256: null, lifetime }
}

/** Of each limit the tightest counts; revoking any one of the matches ends the session. */
export function tightest(limits: readonly (number | null)[]): number | null {
  const set = limits.filter((limit) => limit !== null)
  return set.length === 0 ? null : Math.min(...set)
}

function notAfter(matches: readonly Mapping[], subject: Subject): number {
  const ends = matches.map((mapping) => mapping.expiresMs)
  if (matches.some(({ bindToToken }) => bindToToken)) ends.push(subject.expiresAtSeconds * 1000)
  return Math.min(...ends)
}

/** Shadow mappings neither grant nor deny: the event says what they would have done. */
function shadows(candidates: readonly Mapping[], claims: Claims, nowMs: number) {
  return candidates.map((mapping) => ({
    mapping,
    would: mappingMatches(mapping, claims, nowMs) ? ('match' as const) : ('not_match' as const),
  }))
}

function pinOf(pinned: Pin): Pin {
  return { name: pinned.name, version: pinned.version }
}
