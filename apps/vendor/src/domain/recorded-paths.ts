import { presetClaims } from './preset.ts'
import type { ConditionBody, Resource, ResourceOf, RoleBody } from './resource.ts'
import type { ClaimPath } from './subject.ts'

/**
 * The claims that are recorded of an issuer's tokens under a configuration: what its preset, its mappings that are not
 * off, and the roles behind these name (DESIGN rule 10). From the bodies alone, so that it can be asked of any generation.
 */
export function recordedPaths(resources: readonly Resource[], issuer: string): readonly ClaimPath[] {
  const found = resources.find(
    (one): one is ResourceOf<'issuer'> => one.kind === 'issuer' && one.name === issuer,
  )
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
    ...presetClaims(found?.body.preset ?? ''),
    ...mappings.flatMap(({ body }) => claimsOf([...body.when, ...body.unless])),
    ...roles.flatMap(({ body }) => [...claimsOf(body.never), ...placeholderClaims(body)]),
  ]
  return [...new Map(paths.map((path) => [JSON.stringify(path), path] as const)).values()]
}

function claimsOf(conditions: readonly ConditionBody[]): ClaimPath[] {
  return conditions.map(({ claim }) => claim)
}

function placeholderClaims({ policies }: RoleBody): ClaimPath[] {
  return policies.flatMap((used) =>
    Object.values(used.with).flatMap((value) => ('claim' in value ? [value.claim] : [])),
  )
}
