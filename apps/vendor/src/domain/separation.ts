import { personKey } from './person.ts'
import type { AdminBindingBody, Problem, ResourceOf } from './resource.ts'

/** Who makes what an auditor is to judge. */
const MAKERS = ['author', 'approver'] as const
type Maker = (typeof MAKERS)[number]

type Bound = Pick<AdminBindingBody, 'issuer' | 'sub' | 'person' | 'roles'>
type Roles = ReadonlySet<string>

/**
 * The roles of everybody, by all of their bindings. Two bindings are of one person where they say the same person, however
 * it is spelt, or the same subject of an issuer.
 */
export function rolesOfPersons(bindings: readonly Bound[]): (binding: Bound) => Roles {
  const roles = new Map<string, Set<string>>()
  for (const binding of bindings) {
    const keys = keysOf(binding)
    const known = new Set(keys.flatMap((key) => roles.get(key) ?? []))
    const all = new Set([...binding.roles, ...[...known].flatMap((one) => [...one])])
    // Everybody who was known by one of these is the same person.
    if (known.size > 0) for (const [key, one] of roles) if (known.has(one)) roles.set(key, all)
    for (const key of keys) roles.set(key, all)
  }
  return (binding) => new Set(keysOf(binding).flatMap((key) => [...(roles.get(key) ?? [])]))
}

function keysOf({ issuer, sub, person }: Bound): readonly string[] {
  return [`person ${personKey(person)}`, `subject ${issuer} ${sub}`]
}

/** What somebody with these roles makes beside auditing it; empty: nothing is against them. */
export function madeByAuditor(roles: Roles): readonly Maker[] {
  return roles.has('auditor') ? MAKERS.filter((role) => roles.has(role)) : []
}

type Bindings = readonly ResourceOf<'admin_binding'>[]

/**
 * Bindings by which a change would make somebody auditor of their own work. Whoever was that before stays so until the
 * bindings are parted: a configuration that stands goes on, and takes every other change.
 */
export function newlyCombined(before: Bindings, after: Bindings): readonly Problem[] {
  const [had, has] = [before, after].map((all) => rolesOfPersons(all.map(({ body }) => body)))
  if (had === undefined || has === undefined) return []
  return after.flatMap(({ name, body }) => {
    const makes = madeByAuditor(has(body))
    const made = madeByAuditor(had(body))
    const adds = body.roles.some((role) => role === 'auditor' || makes.some((one) => one === role))
    if (!adds || makes.every((one) => made.includes(one))) return []
    const message = `\`${body.person}\` would be auditor and ${makes.join(' and ')}, by this binding or another of the same person: whoever audits makes nothing here. Give one of the roles to somebody else`
    return [{ severity: 'error', code: 'auditor_of_own_work', path: ['admins', name, 'roles'], message }]
  })
}
