import type { Configuration } from './configuration.ts'
import type { Outcome } from './grant.ts'
import { decide } from './grant.ts'
import type { Issuer } from './issuer.ts'
import { wholeClaims } from './known-claims.ts'
import type { Nearness } from './nearness.ts'
import { rankMappings } from './nearness.ts'
import type { ConditionBody, Resource, ResourceOf } from './resource.ts'
import type { Sha256 } from './session-name.ts'
import type { Claims, ClaimValue, Subject } from './subject.ts'

/** What claims are decided by: a configuration, and the resources that it was made of. */
export type SimulatedBy = {
  readonly configuration: Configuration
  readonly resources: readonly Resource[]
  /** The 12 digits in role ARNs. */
  readonly account: string
  readonly sha256: Sha256
}

/** Claims as if the door had verified them. */
export type SimulationAsk = {
  readonly issuer: Issuer
  readonly claims: Claims
  /** By its name; null: none is asked for. */
  readonly role: string | null
  readonly lifetimeSeconds: number | null
  readonly nowMs: number
  /** So many of the nearest mappings are answered. */
  readonly most: number
}

export type Simulation = {
  readonly outcome: Outcome
  readonly ranked: readonly Nearness[]
  /** Mappings of the issuer, in every mode and state. */
  readonly inAll: number
}

/** A token's own life where the claims do not say it. */
const TOKEN_SECONDS = 300
/** How many mappings are held against claims; those for the role that is asked for come first. */
const MAX_JUDGED = 10_000

/**
 * Decides over claims as the doors do once a token is verified, and says which mappings come nearest. Nothing is given, used
 * up or recorded; locks, budgets and limits of use are of the moment and stay out of it.
 */
export function simulate(by: SimulatedBy, ask: SimulationAsk): Simulation {
  const { issuer, claims, role, nowMs, most } = ask
  const own = by.resources.filter(
    (one): one is ResourceOf<'mapping'> => one.kind === 'mapping' && one.body.issuer === issuer.name,
  )
  const first =
    role === null ? own : own.toSorted((a, b) => Number(b.body.role === role) - Number(a.body.role === role))
  const question = { roleAsked: role, nowMs, claims: wholeClaims(claims), never: neverBy(by.resources) }
  return {
    outcome: decideOver(by, ask),
    ranked: rankMappings(first.slice(0, MAX_JUDGED), question, most),
    inAll: own.length,
  }
}

function decideOver({ configuration, account, sha256 }: SimulatedBy, ask: SimulationAsk): Outcome {
  const { issuer, claims, role, lifetimeSeconds, nowMs } = ask
  const { sub, exp, jti, azp, aud } = claims
  const subject: Subject = {
    issuer: issuer.name,
    iss: issuer.url,
    sub: typeof sub === 'string' ? sub : '',
    audiences: typeof aud === 'string' ? [aud] : [],
    claims,
    expiresAtSeconds: typeof exp === 'number' ? exp : Math.floor(nowMs / 1000) + TOKEN_SECONDS,
    token: { alg: '', kid: null, thumbprint: '', jti: text(jti), azp: text(azp), digest: '' },
  }
  const roleAsked = role === null ? null : `arn:aws:iam::${account}:role/${role}`
  const request = { roleAsked, roleName: role, lifetimeSeconds, policy: null }
  return decide(configuration, { subject, request }, { nowMs, sha256 })
}

function text(value: ClaimValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function neverBy(resources: readonly Resource[]): (role: string) => readonly ConditionBody[] {
  const roles = resources.filter(
    (one): one is ResourceOf<'role'> => one.kind === 'role' && one.state === 'enabled',
  )
  const byName = new Map(roles.map(({ name, body }) => [name, body.never] as const))
  return (role) => byName.get(role) ?? []
}
