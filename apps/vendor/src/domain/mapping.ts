import type { Pin } from './audit-event.ts'
import type { Condition } from './condition.ts'
import { allHold, compileCondition, noneHolds } from './condition.ts'
import type { ConditionBody, MappingMode, ResourceOf } from './resource.ts'
import type { Claims } from './subject.ts'

/** The trust, compiled: which subjects of an issuer may assume a role. */
export type Mapping = Pin & {
  readonly issuer: string
  readonly role: string
  readonly mode: MappingMode
  readonly when: readonly Condition[]
  readonly unless: readonly Condition[]
  /** It matches no more at or after this instant. */
  readonly expiresMs: number
  readonly bindToToken: boolean
  readonly maxLifetimeSeconds: number | null
  readonly singleUse: boolean
  readonly maxUses: number | null
}

/** Compiles a mapping whose body passed the schema; matching cannot fail on shape afterwards. */
export function compileMapping(
  resource: ResourceOf<'mapping'>,
  condition: (body: ConditionBody) => Condition = compileCondition,
): Mapping {
  const { body } = resource
  return {
    name: resource.name,
    version: resource.version,
    issuer: body.issuer,
    role: body.role,
    mode: body.mode,
    when: body.when.map(condition),
    unless: body.unless.map(condition),
    expiresMs: Date.parse(body.expires),
    bindToToken: body.bindToToken,
    maxLifetimeSeconds: body.maxLifetimeSeconds,
    singleUse: body.singleUse,
    maxUses: body.maxUses,
  }
}

/** Unexpired, all of `when`, none of `unless`. The mode is the caller's business. */
export function mappingMatches(mapping: Mapping, claims: Claims, nowMs: number): boolean {
  return nowMs < mapping.expiresMs && allHold(mapping.when, claims) && noneHolds(mapping.unless, claims)
}
