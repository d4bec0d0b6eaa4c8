import { membersInWords } from './difference.ts'
import { durationWords } from './duration-words.ts'
import { claimInWords, comparisonInWords } from './nearness-words.ts'
import type { ConditionBody, MappingBody, PolicyBody, Resource } from './resource.ts'
import { roleInWords } from './role-covers.ts'

/**
 * What a resource that is new or changed means, in words, for whoever reads a plan: what a role allows and for how long,
 * whom a mapping admits to what. Others say nothing beside their members.
 */
export function meaningOf(resource: Resource, documents: ReadonlyMap<string, PolicyBody>): readonly string[] {
  if (resource.state === 'disabled') return []
  if (resource.kind === 'mapping') return mappingWords(resource.body)
  if (resource.kind !== 'role') return []
  const { lifetime, policies, target } = resource.body
  return [
    ...roleInWords({ policies, documents }).map((words) => `may ${words}`),
    `at \`${target}\`, for ${durationWords(lifetime.defaultSeconds)}, at most ${durationWords(lifetime.maxSeconds)}`,
  ]
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
