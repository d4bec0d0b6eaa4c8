import { DIALECTS } from '@stint/policy'
import type { PolicyBody, ResourceOf } from '../domain/resource.ts'
import { roleInWords } from '../domain/role-covers.ts'
import { capabilityOf } from '../domain/target-kind.ts'
import type { ResourceStore } from '../ports.ts'

export type RoleMay = {
  /** What it allows, a line each, in the policy engine's words, as its target reads it. */
  readonly words: readonly string[]
  readonly role: ResourceOf<'role'>
}

/** What a role allows as it stands, or null where it never stood. */
export async function whatRoleMay(store: Pick<ResourceStore, 'get'>, name: string): Promise<RoleMay | null> {
  const role = await store.get('role', name)
  if (role?.kind !== 'role') return null
  const [target, ...used] = await Promise.all([
    store.get('target', role.body.target),
    ...role.body.policies.map(({ use }) => store.get('policy', use)),
  ])
  const documents = new Map<string, PolicyBody>(
    used.flatMap((one) => (one?.kind === 'policy' ? [[one.name, one.body] as const] : [])),
  )
  const dialect = target?.kind === 'target' ? DIALECTS[capabilityOf(target.body).dialect] : null
  return { words: roleInWords({ policies: role.body.policies, documents }, dialect), role }
}
