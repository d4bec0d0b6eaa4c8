import type { RecordedEvent } from './audit-event.ts'
import type { Configuration } from './configuration.ts'
import type { AssumeRequest, Outcome } from './grant.ts'
import { refused, tightest } from './grant.ts'
import type { Issuer } from './issuer.ts'
import { giveLifetime } from './lifetime.ts'
import type { Mapping } from './mapping.ts'
import type { Role } from './role.ts'
import type { Sha256 } from './session-name.ts'

export type RecordedIntent = Extract<RecordedEvent, { type: 'assume.intent' }>

/** A session of ours that asks for another: what the log has of it, and when it ends. */
export type ParentSession = { readonly intent: RecordedIntent; readonly expiresMs: number }

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
  context: { readonly nowMs: number; readonly sha256: Sha256 },
): Outcome {
  const { parent, request } = input
  const was = parent.intent.decision
  const blank = {
    ...was,
    outcome: 'refused',
    code: null,
    generation: configuration.generation,
    roleAsked: request.roleAsked,
    shadow: [],
    sessionPolicySha256: null,
    lifetime: { askedSeconds: request.lifetimeSeconds, givenSeconds: null },
  } as const
  if (request.roleName === null || request.roleName !== was.role?.name)
    return refused('chain_other_role', blank)
  if ((parent.intent.chain?.length ?? 0) >= MAX_LINKS) return refused('chain_limited', blank)
  const standing = whatStands(configuration, parent.intent)
  if (standing === null) return refused('chain_changed', blank)
  const { role, issuer, mappings } = standing
  if (mappings.some(({ singleUse, maxUses }) => singleUse || maxUses !== null))
    return refused('chain_limited', blank)
  const sessionPolicy = policyOf(role, parent.intent, context.sha256)
  if (sessionPolicy === null) return refused('chain_changed', blank)
  const lifetimeSeconds = giveLifetime({
    askedSeconds: request.lifetimeSeconds,
    role: chainedLifetime(role.lifetime),
    mappingMaxSeconds: tightest(mappings.map(({ maxLifetimeSeconds }) => maxLifetimeSeconds)),
    notAfterMs: Math.min(parent.expiresMs, ...mappings.map(({ expiresMs }) => expiresMs)),
    nowMs: context.nowMs,
  })
  if (lifetimeSeconds === null) return refused('lifetime_refused', blank)
  const pins = [
    { kind: 'issuer', name: issuer.name, version: issuer.version },
    { kind: 'role', name: role.name, version: role.version },
    { kind: 'target', ...role.target },
    ...was.mappings.map((pin) => ({ kind: 'mapping' as const, ...pin })),
  ] as const
  const lifetime = { askedSeconds: request.lifetimeSeconds, givenSeconds: lifetimeSeconds }
  return {
    granted: true,
    grant: { role, sessionPolicy, lifetimeSeconds, sessionName: parent.intent.sessionName, uses: [], pins },
    decision: { ...blank, outcome: 'granted', sessionPolicySha256: was.sessionPolicySha256, lifetime },
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

/** The policy of the session, made again of the claims that were recorded; null where it is not byte for byte the same. */
function policyOf(role: Role, { subject, decision }: RecordedIntent, sha256: Sha256): string | null {
  const recorded = new Map(subject.claims.map(({ path, value }) => [JSON.stringify(path), value] as const))
  const rendered = role.sessionPolicy.render(
    role.sessionPolicy.claims.map((path) => {
      const value = recorded.get(JSON.stringify(path))
      return typeof value === 'string' ? value : undefined
    }),
  )
  if (!rendered.ok || sha256(rendered.text) !== decision.sessionPolicySha256) return null
  return rendered.text
}

function chainedLifetime({ minSeconds, defaultSeconds, maxSeconds }: Role['lifetime']): Role['lifetime'] {
  return {
    minSeconds,
    defaultSeconds: Math.min(defaultSeconds, MAX_CHAINED_SECONDS),
    maxSeconds: Math.min(maxSeconds, MAX_CHAINED_SECONDS),
  }
}
