import type { Pin } from './audit-event.ts'
import type { CompiledTarget } from './compile-targets.ts'
import { compileTargets } from './compile-targets.ts'
import { sharedConditions } from './condition.ts'
import type { Issuer } from './issuer.ts'
import type { IssuerMappings } from './issuer-mappings.ts'
import { groupMappings } from './issuer-mappings.ts'
import type { Mapping } from './mapping.ts'
import { compileMapping } from './mapping.ts'
import { presetClaims } from './preset.ts'
import type { AdminBindingBody, PolicyBody, Problem, Resource, ResourceOf } from './resource.ts'
import type { Role } from './role.ts'
import { compileRole, problem } from './role.ts'
import type { Sha256 } from './session-name.ts'
import type { Steps } from './steps.ts'
import { finish, STEP_ITEMS } from './steps.ts'

/** All resources, compiled once a generation and never changed afterwards. */
export type Configuration = {
  readonly generation: number
  readonly hash: string
  /** By exact `iss`. Disabled ones stand too: the operator is told apart what the caller is not. */
  readonly issuers: ReadonlyMap<string, Issuer & Pin>
  readonly targets: ReadonlyMap<string, CompiledTarget>
  readonly roles: ReadonlyMap<string, Role>
  readonly mappings: ReadonlyMap<string, IssuerMappings>
  readonly adminBindings: readonly (Pin & { readonly body: AdminBindingBody })[]
  readonly standing: Standing
}

/**
 * What a configuration is made of, kept so that the next one compiles only what changed: every enabled mapping, whatever
 * its mode, by name, and all other resources as they are, for they are few.
 */
export type Standing = {
  readonly mappings: readonly Mapping[]
  readonly others: readonly OtherResource[]
}
type OtherResource = Exclude<Resource, { kind: 'mapping' }>

export type Compiled = {
  readonly configuration: Configuration | null
  readonly problems: readonly Problem[]
}

/** What stands before anything is read: nobody may anything. */
export const EMPTY_CONFIGURATION: Configuration = {
  generation: 0,
  hash: '',
  issuers: new Map(),
  targets: new Map(),
  roles: new Map(),
  mappings: new Map(),
  adminBindings: [],
  standing: { mappings: [], others: [] },
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

/**
 * Compiles the current versions of all resources, or says everything that is wrong between them. Pure. Mappings keep
 * their order, which is that of their names where they come from the store.
 */
export function compileConfiguration(resources: readonly Resource[], context: CompileContext): Compiled {
  const condition = sharedConditions()
  const mappings = enabled(resources, 'mapping').map((resource) => compileMapping(resource, condition))
  return finish(assemble({ mappings, others: resources.filter(isOther) }, context, null))
}

/** What changed of a configuration, compiled as far as one resource can be alone. */
export type Amendment = {
  readonly mappings: ReadonlyMap<string, Mapping | null>
  readonly others: readonly OtherResource[]
}

/** Collects changed resources as they come; their bodies need not be kept. */
export function collectAmendment(): {
  add(changed: readonly Resource[]): void
  whole(): Amendment
} {
  const condition = sharedConditions()
  const mappings = new Map<string, Mapping | null>()
  const others: OtherResource[] = []
  return {
    add(changed) {
      for (const one of changed) {
        if (one.kind !== 'mapping') others.push(one)
        else mappings.set(one.name, one.state === 'enabled' ? compileMapping(one, condition) : null)
      }
    },
    whole: () => ({ mappings, others }),
  }
}

/**
 * Compiles what `previous` becomes by an amendment: what did not change is taken over as it is, so the work is that of
 * the change and one walk over the mappings. Cut into steps, for it runs beside exchanges. Of roles that are taken over
 * no findings are said again.
 */
export function* amendConfiguration(
  previous: Configuration,
  amendment: Amendment,
  context: CompileContext,
): Steps<Compiled> {
  const { mappings, others } = previous.standing
  const changed = new Map(amendment.others.map((one) => [keyOf(one), one] as const))
  const kept = others.filter((one) => !changed.has(keyOf(one)))
  const standing = {
    mappings: yield* amendMappings(mappings, amendment.mappings),
    others: [...kept, ...changed.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
  }
  return yield* assemble(standing, context, previous)
}

/** Two lists by name become one: a changed mapping stands for the old one, a disabled one for nothing. */
function* amendMappings(
  old: readonly Mapping[],
  changed: ReadonlyMap<string, Mapping | null>,
): Steps<readonly Mapping[]> {
  if (changed.size === 0) return old
  const after: Mapping[] = []
  const names = sorted([...changed.keys()])
  yield
  let at = 0
  for (const [nth, name] of names.entries()) {
    if (nth % STEP_ITEMS === 0) yield
    for (let next = old[at]; next !== undefined && next.name < name; next = old[++at]) after.push(next)
    if (old[at]?.name === name) at += 1
    const mapping = changed.get(name)
    if (mapping) after.push(mapping)
  }
  return [...after, ...old.slice(at)]
}

/** They come sorted from the store's own order; sorting 100,000 again would be one long step. */
function sorted(names: readonly string[]): readonly string[] {
  return names.every((name, at) => at === 0 || (names[at - 1] ?? '') < name) ? names : names.toSorted()
}

function* assemble(
  standing: Standing,
  context: CompileContext,
  previous: Configuration | null,
): Steps<Compiled> {
  const problems: Problem[] = []
  const { mappings: compiled, others } = standing
  const issuers = compileIssuers(ofKind(others, 'issuer'), context, problems)
  const targets = compileTargets(enabled(others, 'target'), problems)
  const roles = yield* compileRoles(others, { targets, context, problems, previous })
  const declaredRoles = new Set(enabled(others, 'role').map(({ name }) => name))
  const input = { issuers, roles, declaredRoles, problems, previous: previous?.mappings ?? new Map() }
  const mappings = yield* groupMappings(compiled, input)
  const adminBindings = compileBindings(enabled(others, 'admin_binding'), issuers, problems)
  const broken = problems.some(({ severity }) => severity === 'error')
  const { generation, hash } = context
  const configuration = { generation, hash, issuers, targets, roles, mappings, adminBindings, standing }
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

function* compileRoles(
  resources: readonly Resource[],
  input: {
    targets: ReadonlyMap<string, CompiledTarget>
    context: CompileContext
    problems: Problem[]
    previous: Configuration | null
  },
): Steps<Map<string, Role>> {
  const policies = policiesOf(resources)
  const before = policiesOf(input.previous?.standing.others ?? [])
  const roles = new Map<string, Role>()
  for (const resource of enabled(resources, 'role')) {
    yield
    const target = input.targets.get(resource.body.target)
    if (target === undefined) {
      const words = `no enabled target \`${resource.body.target}\``
      input.problems.push(problem('target_unknown', ['roles', resource.name, 'target'], words))
      continue
    }
    const old = input.previous?.roles.get(resource.name)
    const stands =
      old?.version === resource.version &&
      old.target.name === target.name &&
      old.target.version === target.version &&
      old.policies.every(({ use }) => policies.get(use) === before.get(use))
    if (stands) {
      roles.set(resource.name, old)
      continue
    }
    const arn = `arn:aws:iam::${input.context.account}:role/${resource.name}`
    const compiled = compileRole(resource, {
      arn,
      target,
      policies,
      sha256: input.context.sha256,
    })
    input.problems.push(...compiled.problems)
    if (compiled.role !== null) roles.set(resource.name, compiled.role)
  }
  return roles
}

/** By name; the same object as long as the policy stands. */
function policiesOf(resources: readonly Resource[]): ReadonlyMap<string, PolicyBody> {
  return new Map(enabled(resources, 'policy').map(({ name, body }) => [name, body] as const))
}

function compileBindings(
  found: readonly ResourceOf<'admin_binding'>[],
  issuers: ReadonlyMap<string, Issuer>,
  problems: Problem[],
): (Pin & { body: AdminBindingBody })[] {
  const names = new Set([...issuers.values()].filter(({ enabled: on }) => on).map(({ name }) => name))
  const persons = new Map<string, { readonly person: string; readonly binding: string }>()
  return found.flatMap(({ name, version, body }) => {
    const at = ['admins', name]
    if (!names.has(body.issuer)) {
      problems.push(problem('issuer_unknown', [...at, 'issuer'], `no enabled issuer \`${body.issuer}\``))
      return []
    }
    // Two persons of one identity would let it say yes to itself.
    const identity = JSON.stringify([body.issuer, body.sub])
    const other = persons.get(identity)
    if (other !== undefined && other.person !== body.person) {
      const words = `\`${other.binding}\` says that this subject is another person`
      problems.push(problem('person_differs', [...at, 'person'], words))
    }
    persons.set(identity, other ?? { person: body.person, binding: name })
    return [{ name, version, body }]
  })
}

function ofKind<K extends Resource['kind']>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return resources.filter((resource): resource is ResourceOf<K> => resource.kind === kind)
}

function enabled<K extends Resource['kind']>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return ofKind(resources, kind).filter(({ state }) => state === 'enabled')
}

function isOther(resource: Resource): resource is OtherResource {
  return resource.kind !== 'mapping'
}

function keyOf({ kind, name }: Resource): string {
  return `${kind}/${name}`
}
