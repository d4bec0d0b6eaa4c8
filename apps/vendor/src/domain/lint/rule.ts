import type { Preset } from '../presets/preset.ts'
import type { ConditionBody, IssuerBody, MappingBody, ResourceKind, RoleBody, Scalar } from '../resource.ts'

/** `warning`: it is dangerous, or does nothing. `notice`: somebody should know. Neither stops an apply. */
export type Severity = 'warning' | 'notice'

/** One thing to think about in a configuration: where, what, and how to mend it. */
export type Finding = {
  readonly rule: string
  readonly severity: Severity
  readonly kind: ResourceKind
  readonly name: string
  /** The steps to it inside the resource; empty: the whole. */
  readonly at: readonly (string | number)[]
  readonly message: string
  readonly fix: string
}

/** Where a rule found something, and in what words. */
export type Hit = { readonly at: readonly (string | number)[]; readonly says: string }

/** A rule over one resource of a kind. */
export type Rule<Input> = {
  readonly id: string
  readonly severity: Severity
  /** What it looks for, for the documents. */
  readonly about: string
  readonly fix: string
  readonly find: (input: Input) => readonly Hit[]
}

/** A mapping with what stands around it. */
export type MappingInput = {
  readonly name: string
  readonly body: MappingBody
  readonly issuer: IssuerBody
  readonly preset: Preset
  readonly role: RoleBody | null
  /** The role's policies allow to write or delete. */
  readonly writes: boolean
  readonly nowMs: number
}

export type Placed = {
  readonly condition: ConditionBody
  readonly at: readonly (string | number)[]
  readonly claim: string
}

/** The conditions of a mapping with their places; `claim` is the first step of the path. */
export function placed(body: MappingBody, member: 'when' | 'unless'): readonly Placed[] {
  return body[member].map((condition, index) => ({
    condition,
    at: [member, index],
    claim: condition.claim[0] ?? '',
  }))
}

/** All conditions of both members. */
export function everywhere(body: MappingBody): readonly Placed[] {
  return [...placed(body, 'when'), ...placed(body, 'unless')]
}

/** Whether `when` fixes this claim to one or a few values. */
export function pins(body: MappingBody, claim: string): boolean {
  return body.when.some((condition) => condition.claim[0] === claim && !('glob' in condition))
}

/** Whether `when` says anything of this claim. */
export function speaksOf(body: MappingBody, claim: string): boolean {
  return body.when.some((condition) => condition.claim[0] === claim)
}

/** The values that a condition compares with; a pattern is none. */
export function valuesOf(condition: ConditionBody): readonly Scalar[] {
  if ('equals' in condition) return [condition.equals]
  if ('anyOf' in condition) return condition.anyOf
  if ('contains' in condition) return [condition.contains]
  return 'containsAnyOf' in condition ? condition.containsAnyOf : []
}

/** Whether it looks into a list. */
export function looksIntoList(condition: ConditionBody): boolean {
  return 'contains' in condition || 'containsAnyOf' in condition
}
