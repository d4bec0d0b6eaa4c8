import { DIALECTS, type Dialect, sizeBounds } from '@stint/policy'
import { membersInWords } from './difference.ts'
import { durationWords } from './duration-words.ts'
import { claimInWords, comparisonInWords } from './nearness-words.ts'
import type { ConditionBody, MappingBody, PolicyBody, Resource, RoleBody, TargetBody } from './resource.ts'
import { sessionPolicyInput } from './role.ts'
import { roleInWords } from './role-covers.ts'
import { capabilityOf } from './target-kind.ts'

/**
 * What a resource that is new or changed means, in words, for whoever reads a plan: what a role allows and for how long,
 * whom a mapping admits to what. Others say nothing beside their members.
 */
export function meaningOf(resource: Resource, around: Around): readonly string[] {
  if (resource.state === 'disabled') return []
  if (resource.kind === 'mapping') return mappingWords(resource.body)
  if (resource.kind !== 'role') return []
  const { lifetime, policies, target } = resource.body
  const body = around.targets.get(target)
  const dialect = body === undefined ? null : DIALECTS[capabilityOf(body).dialect]
  return [
    ...roleInWords({ policies, documents: around.documents }, dialect).map((words) => `may ${words}`),
    `at \`${target}\`, for ${durationWords(lifetime.defaultSeconds)}, at most ${durationWords(lifetime.maxSeconds)}`,
    ...(dialect === null ? [] : sizeWords(resource.body, around.documents, dialect)),
  ]
}

/** What stands around a resource. */
export type Around = {
  readonly documents: ReadonlyMap<string, PolicyBody>
  readonly targets: ReadonlyMap<string, TargetBody>
}

/** How much of the target's budget its session policy takes, and what takes most of it. */
function sizeWords(
  body: RoleBody,
  documents: ReadonlyMap<string, PolicyBody>,
  dialect: Dialect,
): readonly string[] {
  const bounds = sizeBounds(sessionPolicyInput(body, documents, dialect))
  if (!bounds.ok) return []
  const { min, max, budget, placeholders } = bounds.value
  const [dearest] = placeholders
  const range = min === max ? `${max}` : `${min} to ${max}`
  const most = dearest === undefined ? '' : `, ${dearest.most} of them for ${dearest.names.join(' and ')}`
  const packed = budget.unseen === null ? '' : ` (${budget.unseen})`
  return [`session policy: ${range} of ${budget.max} ${budget.unit}${most}${packed}`]
}

/** Members that the words of the meaning say already. */
const SAID: Readonly<Partial<Record<Resource['kind'], readonly string[]>>> = {
  mapping: ['issuer', 'role', 'mode', 'when', 'unless'],
  role: ['target', 'lifetime', 'policies'],
}

/** What is new or comes back, member by member: nobody says yes to a name alone. */
export function introductionOf(resource: Resource): readonly string[] {
  const said = SAID[resource.kind] ?? []
  return membersInWords(
    Object.fromEntries(Object.entries(resource.body).filter(([name]) => !said.includes(name))),
  )
}

function mappingWords({ issuer, role, mode, when, unless }: MappingBody): readonly string[] {
  const all = (conditions: readonly ConditionBody[]) =>
    conditions
      .map((one) => `${claimInWords(one.claim)} ${comparisonInWords(one, Number.POSITIVE_INFINITY)}`)
      .join(' and ')
  const but = unless.length === 0 ? '' : `, unless ${unless.map((one) => all([one])).join(' or ')}`
  const verb = { enforce: 'admits', shadow: 'would admit', off: 'is off, else admits' }[mode]
  return [`${verb} subjects of \`${issuer}\` with ${all(when)}${but} to \`${role}\``]
}
