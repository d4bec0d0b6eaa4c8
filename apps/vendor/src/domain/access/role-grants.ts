import type { Granted } from '@stint/policy'
import { DIALECTS, grantsOf } from '@stint/policy'
import type { Role } from '../role.ts'

/** What a role grants at most. A Deny with a condition takes nothing for certain. */
export function grantedBy({ reach, sessionPolicy }: Role): readonly Granted[] {
  const statements = reach
    .filter(({ effect, conditional }) => effect === 'Allow' || !conditional)
    .map(({ effect, actions, resources }) => ({ Effect: effect, Action: actions, Resource: resources }))
  return grantsOf(statements, DIALECTS[sessionPolicy.dialect])
}

/** The resources that a role's policies allow anything on, as the role writes them. */
export function placesOf(role: Role | undefined): readonly string[] {
  const allowed = (role?.reach ?? []).filter(({ effect }) => effect === 'Allow')
  return [...new Set(allowed.flatMap(({ resources }) => resources))]
}
