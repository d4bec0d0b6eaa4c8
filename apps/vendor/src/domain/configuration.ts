import type { Pin } from './audit-event.ts'
import type { Issuer } from './issuer.ts'
import type { Mapping } from './mapping.ts'
import { compileMapping } from './mapping.ts'
import { presetClaims } from './preset.ts'
import type { AdminBindingBody, PolicyBody, Problem, Resource, ResourceOf, TargetBody } from './resource.ts'
import type { Role } from './role.ts'
import { compileRole, problem } from './role.ts'
import type { Sha256 } from './session-name.ts'
import type { ClaimPath } from './subject.ts'

/** The mappings of one issuer, as the exchange looks them up: no database on the way. */
export type IssuerMappings = {
  readonly all: readonly Mapping[]
  readonly byRole: ReadonlyMap<string, readonly Mapping[]>
  /** What is recorded of a token: what the preset, a mapping, or the role behind it names (DESIGN rule 10). */
  readonly recordedClaims: readonly ClaimPath[]
}

/** All resources, compiled once a generation and never changed afterwards. */
export type Configuration = {
  readonly generation: number
  readonly hash: string
  /** By exact `iss`. Disabled ones stand too: the operator is told apart what the caller is not. */
  readonly issuers: ReadonlyMap<string, Issuer & Pin>
  readonly targets: ReadonlyMap<string, Pin & { readonly body: TargetBody }>
  readonly roles: ReadonlyMap<string, Role>
  readonly mappings: ReadonlyMap<string, IssuerMappings>
  readonly adminBindings: readonly (Pin & { readonly body: AdminBindingBody })[]
}

export type CompileContext = {
  readonly generation: number
  readonly hash: string
  /** The 12 digits in our role ARNs. */
  readonly account: string
  /** The audience of the admin door: no issuer may accept it for vending. */
  readonly adminAudience: string
  readonly sha256: Sha256
}

/** Compiles the current versions of all resources, or says everything that is wrong between them. Pure. */
export function compileConfiguration(
  resources: readonly Resource[],
  context: CompileContext,
): { readonly configuration: Configuration | null; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const issuers = compileIssuers(ofKind(resources, 'issuer'), context, problems)
  const targets = compileTargets(enabled(resources, 'target'), problems)
  const roles = compileRoles(resources, { targets, context, problems })
  const mappings = compileMappings(enabled(resources, 'mapping'), { issuers, roles, resources, problems })
  const adminBindings = compileBindings(enabled(resources, 'admin_binding'), issuers, problems)
  const broken = problems.some(({ severity }) => severity === 'error')
  const configuration = {
    generation: context.generation,
    hash: context.hash,
    issuers,
    targets,
    roles,
    mappings,
    adminBindings,
  }
  return { configuration: broken ? null : configuration, problems }
}

/** The compiled mapping of that name: undefined where there is none, or it is off. Names are unique over all issuers. */
export function mappingOf(configuration: Configuration, name: string): Mapping | undefined {
  for (const { all } of configuration.mappings.values()) {
    const found = all.find((mapping) => mapping.name === name)
    if (found !== undefined) return found
  }
  return undefined
}

function compileIssuers(
  found: readonly ResourceOf<'issuer'>[],
  context: CompileContext,
  problems: Problem[],
): Map<string, Issuer & Pin> {
  const byUrl = new Map<string, Issuer & Pin>()
  // Enabled ones first: a disabled one never shadows an enabled one of the same iss.
  for (const { name, version, state, body } of found.toSorted((a, b) => b.state.localeCompare(a.state))) {
    const at = ['issuers', name]
    const other = byUrl.get(body.url)
    if (other !== undefined) {
      const words = `issuer \`${other.name}\` has this url already`
      if (state === 'enabled') problems.push(problem('issuer_url_twice', [...at, 'url'], words))
      continue
    }
    if (state === 'enabled' && body.audiences.includes(context.adminAudience)) {
      problems.push(
        problem(
          'audience_is_admin',
          [...at, 'audiences'],
          'the admin audience opens no vend door; name another one',
        ),
      )
    }
    const { preset, ...rest } = body
    byUrl.set(body.url, {
      ...rest,
      name,
      version,
      preset,
      enabled: state === 'enabled',
      recordedClaims: presetClaims(preset),
    })
  }
  return byUrl
}

function compileTargets(
  found: readonly ResourceOf<'target'>[],
  problems: Problem[],
): Map<string, Pin & { body: TargetBody }> {
  const targets = new Map<string, Pin & { body: TargetBody }>()
  const endpoints = new Map<string, string>()
  for (const { name, version, body } of found) {
    const other = endpoints.get(body.endpoint)
    if (other !== undefined) {
      // Two targets are two providers at one store, and one key map of MinIO serves all providers.
      const words = `target \`${other}\` has this endpoint; a store trusts one Stint issuer and no other`
      problems.push(problem('target_endpoint_twice', ['targets', name, 'endpoint'], words))
    }
    endpoints.set(body.endpoint, name)
    targets.set(name, { name, version, body })
  }
  return targets
}

function compileRoles(
  resources: readonly Resource[],
  input: { targets: ReadonlyMap<string, Pin>; context: CompileContext; problems: Problem[] },
): Map<string, Role> {
  const policies = new Map<string, PolicyBody>(
    enabled(resources, 'policy').map(({ name, body }) => [name, body] as const),
  )
  const roles = new Map<string, Role>()
  for (const resource of enabled(resources, 'role')) {
    const target = input.targets.get(resource.body.target)
    if (target === undefined) {
      const words = `no enabled target \`${resource.body.target}\``
      input.problems.push(problem('target_unknown', ['roles', resource.name, 'target'], words))
      continue
    }
    const arn = `arn:aws:iam::${input.context.account}:role/${resource.name}`
    const pin = { name: target.name, version: target.version }
    const compiled = compileRole(resource, { arn, target: pin, policies, sha256: input.context.sha256 })
    input.problems.push(...compiled.problems)
    if (compiled.role !== null) roles.set(resource.name, compiled.role)
  }
  return roles
}

function compileMappings(
  found: readonly ResourceOf<'mapping'>[],
  input: {
    issuers: ReadonlyMap<string, Issuer>
    roles: ReadonlyMap<string, Role>
    resources: readonly Resource[]
    problems: Problem[]
  },
): Map<string, IssuerMappings> {
  const issuersByName = new Map([...input.issuers.values()].map((issuer) => [issuer.name, issuer] as const))
  const declaredRoles = new Set(enabled(input.resources, 'role').map(({ name }) => name))
  const byIssuer = new Map<string, Mapping[]>()
  for (const resource of found) {
    const at = ['mappings', resource.name]
    const issuer = issuersByName.get(resource.body.issuer)
    const role = input.roles.get(resource.body.role)
    if (issuer === undefined || !issuer.enabled) {
      input.problems.push(
        problem('issuer_unknown', [...at, 'issuer'], `no enabled issuer \`${resource.body.issuer}\``),
      )
      continue
    }
    if (role === undefined) {
      // A role that is declared and broken has its own problems; saying it twice helps nobody.
      if (!declaredRoles.has(resource.body.role))
        input.problems.push(
          problem('role_unknown', [...at, 'role'], `no enabled role \`${resource.body.role}\``),
        )
      continue
    }
    if (issuer.for !== role.for) {
      const words = `issuer \`${issuer.name}\` is for ${issuer.for} subjects, role \`${role.name}\` for ${role.for} ones`
      input.problems.push(problem('kind_mismatch', at, words))
      continue
    }
    if (resource.body.mode === 'off') continue
    byIssuer.set(issuer.name, [...(byIssuer.get(issuer.name) ?? []), compileMapping(resource)])
  }
  const compiled = new Map<string, IssuerMappings>()
  for (const [name, all] of byIssuer) {
    const preset = issuersByName.get(name)?.recordedClaims ?? []
    compiled.set(name, indexMappings(all, preset, input.roles))
  }
  return compiled
}

function indexMappings(
  all: readonly Mapping[],
  preset: readonly ClaimPath[],
  roles: ReadonlyMap<string, Role>,
): IssuerMappings {
  const byRole = Map.groupBy(all, (mapping) => mapping.role)
  const named = all.flatMap((mapping) => [...mapping.when, ...mapping.unless].map(({ path }) => path))
  const behind = [...byRole.keys()].flatMap((name) => {
    const role = roles.get(name)
    return role === undefined ? [] : [...role.never.map(({ path }) => path), ...role.sessionPolicy.claims]
  })
  const paths = new Map([...preset, ...named, ...behind].map((path) => [JSON.stringify(path), path] as const))
  return { all, byRole, recordedClaims: [...paths.values()] }
}

function compileBindings(
  found: readonly ResourceOf<'admin_binding'>[],
  issuers: ReadonlyMap<string, Issuer>,
  problems: Problem[],
): (Pin & { body: AdminBindingBody })[] {
  const names = new Set([...issuers.values()].filter(({ enabled: on }) => on).map(({ name }) => name))
  return found.flatMap(({ name, version, body }) => {
    if (names.has(body.issuer)) return [{ name, version, body }]
    problems.push(
      problem('issuer_unknown', ['admins', name, 'issuer'], `no enabled issuer \`${body.issuer}\``),
    )
    return []
  })
}

function ofKind<K extends Resource['kind']>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return resources.filter((resource): resource is ResourceOf<K> => resource.kind === kind)
}

function enabled<K extends Resource['kind']>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return ofKind(resources, kind).filter(({ state }) => state === 'enabled')
}
