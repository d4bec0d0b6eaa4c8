import type { Issuer } from './issuer.ts'
import type { Mapping } from './mapping.ts'
import type { MappingIndex } from './mapping-index.ts'
import { candidatesOf, indexSteps } from './mapping-index.ts'
import type { Problem } from './resource.ts'
import type { Role } from './role.ts'
import { problem } from './role.ts'
import type { Steps } from './steps.ts'
import { STEP_ITEMS } from './steps.ts'
import type { ClaimPath, Claims } from './subject.ts'

/** The mappings of one issuer, as the exchange looks them up: no database on the way, and no walk over the others. */
export type IssuerMappings = {
  /** All that are not off, by name. */
  readonly all: readonly Mapping[]
  readonly byRole: ReadonlyMap<string, readonly Mapping[]>
  readonly found: { readonly all: Group; readonly byRole: ReadonlyMap<string, Group> }
  /** What is recorded of a token: what the preset, a mapping, or the role behind it names (DESIGN rule 10). */
  readonly recordedClaims: readonly ClaimPath[]
}

/** Mappings that are looked at together: those of an issuer, or of an issuer and a role. */
type Group = {
  readonly list: readonly Mapping[]
  readonly enforced: MappingIndex
  readonly shadow: MappingIndex
}

/** What one request is held against. */
export type Candidates = {
  readonly enforced: readonly Mapping[]
  readonly shadow: readonly Mapping[]
}

const NONE: Candidates = { enforced: [], shadow: [] }

/**
 * Every shadow mapping of a group is named in the event, whether or not it would match, up to so many; of larger groups
 * those that can match.
 */
const MAX_SHADOWS_NAMED = 100

/** Those of the issuer, and of the role where one was asked, that may match these claims; by name. */
export function candidatesFor(
  mappings: IssuerMappings | undefined,
  role: { readonly asked: boolean; readonly name: string | null },
  claims: Claims,
): Candidates {
  const found = mappings?.found
  const group = role.asked ? found?.byRole.get(role.name ?? '') : found?.all
  if (group === undefined) return NONE
  const { enforced, shadow } = group
  const named = shadow.all.length <= MAX_SHADOWS_NAMED ? shadow.all : candidatesOf(shadow, claims)
  return { enforced: candidatesOf(enforced, claims), shadow: named }
}

type GroupInput = {
  readonly issuers: ReadonlyMap<string, Issuer>
  readonly roles: ReadonlyMap<string, Role>
  /** Enabled, whether or not they compile. */
  readonly declaredRoles: ReadonlySet<string>
  readonly problems: Problem[]
  /** By issuer: groups whose mappings are the same are taken over. */
  readonly previous: ReadonlyMap<string, IssuerMappings>
}

/** Holds every mapping against its issuer and role, and indexes those that are not off. */
export function* groupMappings(
  mappings: readonly Mapping[],
  input: GroupInput,
): Steps<ReadonlyMap<string, IssuerMappings>> {
  const issuers = new Map([...input.issuers.values()].map((issuer) => [issuer.name, issuer] as const))
  const byIssuer = new Map<string, Mapping[]>()
  for (const [position, mapping] of mappings.entries()) {
    if (position % STEP_ITEMS === 0) yield
    const wrong = judge(mapping, issuers.get(mapping.issuer), input)
    if (wrong === 'said') continue
    if (wrong !== null) input.problems.push(wrong)
    else if (mapping.mode !== 'off') listAt(byIssuer, mapping.issuer).push(mapping)
  }
  const grouped = new Map<string, IssuerMappings>()
  for (const [name, all] of byIssuer) {
    const preset = issuers.get(name)?.recordedClaims ?? []
    grouped.set(name, yield* groupOne(all, preset, { roles: input.roles, old: input.previous.get(name) }))
  }
  return grouped
}

/** `said`: a role that is declared and broken has its own problems; saying it twice helps nobody. */
function judge(mapping: Mapping, issuer: Issuer | undefined, input: GroupInput): Problem | 'said' | null {
  const at = ['mappings', mapping.name]
  const role = input.roles.get(mapping.role)
  if (issuer === undefined || !issuer.enabled)
    return problem('issuer_unknown', [...at, 'issuer'], `no enabled issuer \`${mapping.issuer}\``)
  if (role === undefined) {
    if (input.declaredRoles.has(mapping.role)) return 'said'
    return problem('role_unknown', [...at, 'role'], `no enabled role \`${mapping.role}\``)
  }
  if (issuer.for === role.for) return null
  const words = `issuer \`${issuer.name}\` is for ${issuer.for} subjects, role \`${role.name}\` for ${role.for} ones`
  return problem('kind_mismatch', at, words)
}

function* groupOne(
  all: readonly Mapping[],
  preset: readonly ClaimPath[],
  input: { readonly roles: ReadonlyMap<string, Role>; readonly old: IssuerMappings | undefined },
): Steps<IssuerMappings> {
  const byRole = new Map<string, Mapping[]>()
  for (const [position, mapping] of all.entries()) {
    if (position % STEP_ITEMS === 0) yield
    listAt(byRole, mapping.role).push(mapping)
  }
  const found = new Map<string, Group>()
  for (const [role, list] of byRole) {
    yield
    found.set(role, yield* indexGroup(list, input.old?.found.byRole.get(role)))
  }
  const recordedClaims = yield* pathsOf(all, preset, rolesOf(byRole.keys(), input.roles))
  const whole = yield* indexGroup(all, input.old?.found.all)
  return { all, byRole, found: { all: whole, byRole: found }, recordedClaims }
}

function* indexGroup(list: readonly Mapping[], old: Group | undefined): Steps<Group> {
  if (old?.list.length === list.length && list.every((mapping, at) => mapping === old.list[at])) return old
  const enforced = yield* indexSteps(list.filter(({ mode }) => mode === 'enforce'))
  const shadow = yield* indexSteps(list.filter(({ mode }) => mode === 'shadow'))
  return { list, enforced, shadow }
}

function* pathsOf(
  all: readonly Mapping[],
  preset: readonly ClaimPath[],
  roles: readonly Role[],
): Steps<readonly ClaimPath[]> {
  const paths = new Map<string, ClaimPath>()
  const seen = new Set<ClaimPath>()
  const add = (path: ClaimPath) => {
    if (seen.has(path)) return
    seen.add(path)
    paths.set(JSON.stringify(path), path)
  }
  for (const path of preset) add(path)
  for (const [position, { when, unless }] of all.entries()) {
    if (position % STEP_ITEMS === 0) yield
    for (const { path } of when) add(path)
    for (const { path } of unless) add(path)
  }
  for (const { never, sessionPolicy } of roles) {
    yield
    for (const { path } of never) add(path)
    for (const path of sessionPolicy.claims) add(path)
  }
  return [...paths.values()]
}

function rolesOf(names: Iterable<string>, roles: ReadonlyMap<string, Role>): readonly Role[] {
  return [...names].flatMap((name) => roles.get(name) ?? [])
}

function listAt(lists: Map<string, Mapping[]>, name: string): Mapping[] {
  const found = lists.get(name)
  if (found !== undefined) return found
  const list: Mapping[] = []
  lists.set(name, list)
  return list
}
