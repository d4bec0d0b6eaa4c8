import type { ConditionBody, Resource, ResourceOf, RoleBody } from './resource.ts'
import type { ClaimPath } from './subject.ts'

/**
 * The claims that were looked for in an issuer's tokens under a configuration: what its mappings that are not off and the
 * roles behind these name (DESIGN rule 10). One of them that was not recorded was not in the token. From the bodies
 * alone, so that it can be asked of any generation; the preset's claims are not among them, because a preset is code and
 * another version of it looked for others.
 */
export function recordedPaths(resources: readonly Resource[], issuer: string): readonly ClaimPath[] {
  const mappings = resources.filter(
    (one): one is ResourceOf<'mapping'> =>
      one.kind === 'mapping' &&
      one.state === 'enabled' &&
      one.body.mode !== 'off' &&
      one.body.issuer === issuer,
  )
  const behind = new Set(mappings.map(({ body }) => body.role))
  const roles = resources.filter(
    (one): one is ResourceOf<'role'> =>
      one.kind === 'role' && one.state === 'enabled' && behind.has(one.name),
  )
  const paths = [
    ...mappings.flatMap(({ body }) => claimsOf([...body.when, ...body.unless])),
    ...roles.flatMap(({ body }) => [...claimsOf(body.never), ...placeholderClaims(body)]),
  ]
  return [...new Map(paths.map((path) => [JSON.stringify(path), path] as const)).values()]
}

function claimsOf(conditions: readonly ConditionBody[]): ClaimPath[] {
  return conditions.map(({ claim }) => claim)
}

/** The claims that fill the holes of a role's policies. */
export function placeholderClaims({ policies }: RoleBody): readonly ClaimPath[] {
  return policies.flatMap((used) =>
    Object.values(used.with).flatMap((value) => ('claim' in value ? [value.claim] : [])),
  )
}
