import { canonicalize } from '../canonical.ts'
import type { Configuration } from '../configuration.ts'
import type { AssumeRequest, Outcome } from '../grant.ts'
import { decide } from '../grant.ts'
import { groupMappings } from '../issuer-mappings.ts'
import { recordedClaims } from '../known-claims.ts'
import type { Mapping } from '../mapping.ts'
import { nestedClaims } from '../nested-claims.ts'
import { isCommitment } from '../personal/commitment.ts'
import type { Role } from '../role.ts'
import type { Sha256 } from '../session-name.ts'
import { finish } from '../steps.ts'
import type { ClaimPath, Subject } from '../subject.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import { isUnknown } from './unknown-claims.ts'

/** What a configuration makes of a recorded decision; or the claims without which nobody can tell. */
export type Again =
  | (Given & {
      readonly known: true
      /** null: granted. */
      readonly code: string | null
    })
  | { readonly known: false; readonly claims: readonly ClaimPath[] }

export type Decider = (decision: RecordedDecision) => Again

export type DeciderOptions = {
  /** The 12 digits in our role ARNs. */
  readonly account: string
  /** Everything is decided as if it were asked now. */
  readonly nowMs: number
  readonly sha256: Sha256
}

/** The token is taken to live long enough: when it ended was not recorded. */
const TOKEN_SECONDS = 86_400
const ROLE_ARN = /^arn:aws:iam::([0-9]{12}):role\/([a-z0-9-]{1,64})$/

/**
 * Decides recorded decisions by that configuration, with the decision itself (`decide`). Budgets, limits of use, locks and
 * probes are of the moment and stay out of it. Where a claim was not recorded, everything is decided without the mapping
 * conditions that name it and with them failing: what both make the same is known.
 */
export function createDecider(configuration: Configuration, options: DeciderOptions): Decider {
  const { account, nowMs, sha256 } = options
  const loosened = new Map<string, Configuration>()
  const named = new WeakMap<readonly Mapping[], readonly ClaimPath[]>()

  /** The paths that the mappings of a group name. */
  function pathsOf(group: readonly Mapping[]): readonly ClaimPath[] {
    const found = named.get(group)
    if (found !== undefined) return found
    const paths = new Map<string, ClaimPath>()
    for (const { mode, when, unless } of group) {
      if (mode !== 'enforce') continue
      for (const { path } of [...when, ...unless]) paths.set(JSON.stringify(path), path)
    }
    const all = [...paths.values()]
    named.set(group, all)
    return all
  }

  function looserFor(issuer: string, unknown: readonly ClaimPath[]): Configuration {
    const place = JSON.stringify([issuer, unknown])
    const found = loosened.get(place)
    if (found !== undefined) return found
    const made = withoutConditions(configuration, issuer, unknown)
    loosened.set(place, made)
    return made
  }

  return (decision) => {
    const { subject: facts, roleAsked } = decision
    const issuer = configuration.issuers.get(facts.issuer.url)
    if (issuer === undefined || !issuer.enabled) return refusedBefore('unknown_issuer')
    if (!facts.aud.some((one) => issuer.audiences.includes(one))) return refusedBefore('aud_mismatch')
    if (!issuer.algorithms.some((one) => one === facts.token.alg)) return refusedBefore('alg_refused')
    const asked = askedOf(roleAsked, account)
    const request: AssumeRequest = { ...asked, lifetimeSeconds: decision.askedSeconds, policy: null }
    const input = { subject: subjectOf(decision, issuer.name, nowMs), request }
    const context = { nowMs, sha256 }
    const strict = decide(configuration, input, context)
    const unknown = (paths: readonly ClaimPath[]) =>
      paths.filter((path) => isUnknown(facts, path, decision.looked))
    const mappings = configuration.mappings.get(issuer.name)
    const group = roleAsked === null ? mappings?.all : mappings?.byRole.get(asked.roleName ?? '')
    const open = unknown(pathsOf(group ?? []))
    const settledStrict = settle(configuration, strict, unknown)
    if (open.length === 0) return settledStrict
    const loose = decide(looserFor(issuer.name, open), input, context)
    if (loose.decision.mappings.length === strict.decision.mappings.length) return settledStrict
    const settledLoose = settle(configuration, loose, unknown)
    if (!settledLoose.known) return settledLoose
    return isSame(strict, loose) ? settledStrict : { known: false, claims: open }
  }
}

function refusedBefore(code: string): Again {
  return { known: true, code, role: null, sessionPolicy: null, lifetimeSeconds: null }
}

function askedOf(text: string | null, account: string): Pick<AssumeRequest, 'roleAsked' | 'roleName'> {
  const [, of = '', name = null] = ROLE_ARN.exec(text ?? '') ?? []
  return { roleAsked: text, roleName: of === account ? name : null }
}

/** What is known of every token stands among the claims, as it stood in the token. */
function subjectOf({ subject: facts }: RecordedDecision, issuer: string, nowMs: number): Subject {
  const always = recordedClaims(facts, [])
  // What is erased was there, and nobody can tell what it was: as what was never recorded.
  const recorded = nestedClaims(facts.claims.filter(({ value }) => !isCommitment(value)))
  const known = ['sub', 'iss', 'jti', 'azp'].flatMap((name) => {
    const value = always.look([name])
    return value === undefined || typeof value === 'symbol' ? [] : [[name, value] as const]
  })
  const { alg, kid, thumbprint, digest } = facts.token
  return {
    issuer,
    iss: facts.issuer.url,
    sub: facts.sub,
    audiences: facts.aud,
    claims: { ...Object.fromEntries(known), ...recorded },
    expiresAtSeconds: Math.floor(nowMs / 1000) + TOKEN_SECONDS,
    token: { alg, kid, thumbprint, jti: facts.jti, azp: facts.azp, digest },
  }
}

/** A role denies and fills its policy by claims as well: one of these that was not recorded leaves open what it does. */
function settle(
  configuration: Configuration,
  outcome: Outcome,
  unknown: (paths: readonly ClaimPath[]) => readonly ClaimPath[],
): Again {
  if (outcome.granted) {
    const { role, sessionPolicy, lifetimeSeconds } = outcome.grant
    return { known: true, code: null, role, sessionPolicy, lifetimeSeconds }
  }
  const { code, decision } = outcome
  const role = configuration.roles.get(decision.role?.name ?? '') ?? null
  const open = role === null ? [] : unknown(asksFor(role, code))
  if (open.length > 0) return { known: false, claims: open }
  return { known: true, code, role, sessionPolicy: null, lifetimeSeconds: null }
}

/** The claims that such a refusal of a role rests on: what is missing denies, and fills no hole. */
function asksFor({ never, sessionPolicy }: Role, code: string): readonly ClaimPath[] {
  if (code === 'policy_denied') return never.map(({ path }) => path)
  return code === 'claim_value_refused' ? sessionPolicy.claims : []
}

/** Refusals that are the role's, whichever of its mappings match. */
const OF_THE_ROLE = new Set(['issuer_kind_refused', 'policy_denied', 'claim_value_refused'])

/**
 * Whether every choice among the mappings that may match ends as both ends of the range do. More matches only tighten:
 * of one that is refused with those that surely match nothing is granted, and what is granted with all of them is with any.
 */
function isSame(strict: Outcome, loose: Outcome): boolean {
  // A limit that both ends have is that of everything between them.
  if (strict.granted && loose.granted) return isSameGiven(strict.grant, loose.grant)
  // With one in question there is nothing between the ends.
  const inQuestion = loose.decision.mappings.length - strict.decision.mappings.length
  if (inQuestion === 1) return strict.granted === loose.granted
  if (strict.granted) return false
  if (strict.decision.mappings.length > 0) return true
  return !loose.granted && OF_THE_ROLE.has(loose.code)
}

/** What credentials are made of, as far as a configuration settles it. */
export type Given = {
  readonly role: Role | null
  readonly sessionPolicy: string | null
  readonly lifetimeSeconds: number | null
}

/** Whether both give the same credentials: as long, as wide, at the same store, under the same role and tags. */
export function isSameGiven(a: Given, b: Given): boolean {
  return (
    a.lifetimeSeconds === b.lifetimeSeconds &&
    a.sessionPolicy === b.sessionPolicy &&
    (a.role === b.role ||
      (a.role?.name === b.role?.name &&
        a.role?.target.name === b.role?.target.name &&
        canonicalize(a.role?.tags ?? {}) === canonicalize(b.role?.tags ?? {})))
  )
}

/** The configuration with mappings of that issuer that do not ask for those claims. */
function withoutConditions(
  configuration: Configuration,
  issuer: string,
  unknown: readonly ClaimPath[],
): Configuration {
  const paths = new Set(unknown.map((path) => JSON.stringify(path)))
  const isKnown = ({ path }: { readonly path: ClaimPath }) => !paths.has(JSON.stringify(path))
  const all = configuration.mappings.get(issuer)?.all ?? []
  const loose = all.map((mapping) => ({
    ...mapping,
    when: mapping.when.filter(isKnown),
    unless: mapping.unless.filter(isKnown),
  }))
  const grouped = finish(
    groupMappings(loose, {
      issuers: configuration.issuers,
      roles: configuration.roles,
      declaredRoles: new Set(configuration.roles.keys()),
      problems: [],
      previous: new Map(),
    }),
  )
  return { ...configuration, mappings: new Map([...configuration.mappings, ...grouped]) }
}
