import type { Told } from '../domain/access/exercised.ts'
import { type PolicyOfUse, policiesOfUse } from '../domain/access/policy-of-use.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { Resource, ResourceOf } from '../domain/resource.ts'
import { VendorError } from '../errors.ts'
import type { ResourceState } from '../ports.ts'
import type { Watching } from './watching.ts'

/** The policies of a mapping's role with nothing in them but what its sessions used, as far as its store told. */
export type GeneratedPolicies = {
  readonly mapping: string
  readonly role: string
  readonly told: Told
  /** Since when uses were looked at, ISO 8601: what is needed once a quarter is missing where that is a week. */
  readonly since: string
  readonly sessions: number
  readonly calls: number
  readonly policies: readonly (PolicyOfUse & { readonly use: string })[]
}

export type GenerateDeps = {
  readonly used: Watching['used']
  readonly recent: () => Promise<ResourceState>
  readonly configuration: () => Configuration
}

/** Changes nothing: an author reads it, saves it under another version, and tries it in shadow. Throws `not_found`, `access_untold`. */
export async function generatePolicies(
  deps: GenerateDeps,
  { mapping, days }: { readonly mapping: string; readonly days: number },
): Promise<GeneratedPolicies> {
  const {
    role: name,
    told,
    sinceMs,
    sessions,
    uses,
  } = await deps.used({ kind: 'mapping', name: mapping }, days)
  const { resources } = await deps.recent()
  const role = enabled(resources, 'role').find((one) => one.name === name)
  const compiled = deps.configuration().roles.get(name)
  if (role === undefined || compiled === undefined) throw new VendorError('not_found')
  const bodies = new Map(enabled(resources, 'policy').map((one) => [one.name, one.body] as const))
  const policies = policiesOfUse({ compiled, body: role.body }, bodies, uses)
  const calls = uses.reduce((sum, { allowed }) => sum + allowed, 0)
  const since = new Date(Math.max(told.sinceMs, sinceMs)).toISOString()
  return { mapping, role: name, told, since, sessions, calls, policies }
}

function enabled<K extends Resource['kind']>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return resources.filter((one): one is ResourceOf<K> => one.kind === kind && one.state === 'enabled')
}
