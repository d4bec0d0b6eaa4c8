import { policyChanges } from '../action-deeds.ts'
import { presetAt } from '../preset.ts'
import { GENERIC } from '../presets/generic.ts'
import type { Preset } from '../presets/preset.ts'
import type { IssuerBody, Resource, ResourceKind, ResourceOf, RoleBody } from '../resource.ts'
import type { Evidence, History, MappingUse } from './evidence.ts'
import { historyKey } from './evidence.ts'

/** The evidence, put together once for all detectors. */
export type Scene = {
  readonly evidence: Evidence
  /** Enabled ones of each kind. */
  readonly mappings: readonly SeenMapping[]
  readonly issuers: readonly ResourceOf<'issuer'>[]
  readonly targets: readonly ResourceOf<'target'>[]
  readonly roles: ReadonlyMap<string, ResourceOf<'role'>>
  readonly policies: ReadonlyMap<string, ResourceOf<'policy'>>
  /** Roles whose policies allow to write or delete. */
  readonly writing: ReadonlySet<string>
  /** People all of whose admin bindings were ended. */
  readonly left: ReadonlySet<string>
  /** By name. */
  mapping(name: string): SeenMapping | null
  history(kind: ResourceKind, name: string): History | null
}

/** An enabled mapping with what stands around it. */
export type SeenMapping = ResourceOf<'mapping'> & {
  readonly issuer: IssuerBody | null
  readonly preset: Preset
  readonly role: RoleBody | null
  readonly history: History | null
  readonly use: MappingUse | null
  /** In force, and not over. */
  readonly live: boolean
}

export function sceneOf(evidence: Evidence): Scene {
  const enabled = evidence.resources.filter(({ state }) => state === 'enabled')
  const roles = byName(ofKind(enabled, 'role'))
  const policies = byName(ofKind(enabled, 'policy'))
  const issuers = ofKind(enabled, 'issuer')
  const issuerBodies = new Map(issuers.map(({ name, body }) => [name, body] as const))
  const history = (kind: ResourceKind, name: string) => evidence.history.get(historyKey(kind, name)) ?? null
  const mappings = ofKind(enabled, 'mapping').map((mapping) => {
    const issuer = issuerBodies.get(mapping.body.issuer) ?? null
    return {
      ...mapping,
      issuer,
      preset: issuer === null ? GENERIC : presetAt(issuer),
      role: roles.get(mapping.body.role)?.body ?? null,
      history: history('mapping', mapping.name),
      use: evidence.use.mappings.get(mapping.name) ?? null,
      live: mapping.body.mode === 'enforce' && Date.parse(mapping.body.expires) > evidence.nowMs,
    }
  })
  const mappingsByName = byName(mappings)
  return {
    evidence,
    mappings,
    mapping: (name) => mappingsByName.get(name) ?? null,
    issuers,
    targets: ofKind(enabled, 'target'),
    roles,
    policies,
    writing: writingRoles(roles, policies),
    left: whoLeft(ofKind(evidence.resources, 'admin_binding')),
    history,
  }
}

function writingRoles(
  roles: ReadonlyMap<string, ResourceOf<'role'>>,
  policies: ReadonlyMap<string, ResourceOf<'policy'>>,
): ReadonlySet<string> {
  const writes = new Set([...policies.values()].flatMap((one) => (policyChanges(one.body) ? [one.name] : [])))
  return new Set(
    [...roles.values()].flatMap(({ name, body }) =>
      body.policies.some(({ use }) => writes.has(use)) ? [name] : [],
    ),
  )
}

function whoLeft(bindings: readonly ResourceOf<'admin_binding'>[]): ReadonlySet<string> {
  const here = new Set(
    bindings.flatMap(({ state, body }) => (state === 'enabled' ? [nameKey(body.person)] : [])),
  )
  return new Set(bindings.map(({ body }) => nameKey(body.person)).filter((person) => !here.has(person)))
}

/** People are written in many ways; case and spaces around say nothing. */
export function nameKey(person: string): string {
  return person.trim().toLowerCase()
}

function byName<R extends Resource>(resources: readonly R[]): ReadonlyMap<string, R> {
  return new Map(resources.map((one) => [one.name, one] as const))
}

function ofKind<K extends ResourceKind>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return resources.filter((one): one is ResourceOf<K> => one.kind === kind)
}
