import { type Around, introductionOf, meaningOf } from '../change-words.ts'
import type { Configuration } from '../configuration.ts'
import type { Finding } from '../lint/rule.ts'
import type { Resource, StoredResource } from '../resource.ts'
import type { Maker } from './duty.ts'
import type { ItemKind } from './item.ts'
import { ITEM_KINDS } from './item.ts'
import { opensOf, touches } from './opens.ts'
import type { Population, ReviewPlan, ReviewScope } from './review.ts'
import { riskOf } from './risk.ts'
import type { ItemFinding, ItemUsage, Opens, ReviewItem } from './snapshot.ts'

/** What stands when a review is prepared, and what is known of it. */
export type SnapshotInput = {
  readonly plan: ReviewPlan
  readonly resources: readonly StoredResource[]
  readonly configuration: Configuration
  readonly makers: (resource: Pick<Resource, 'kind' | 'name'>) => readonly Maker[]
  /** Since when the standing content stands, in ms. */
  readonly since: (resource: Pick<Resource, 'kind' | 'name'>) => number
  readonly findings: readonly (Finding & Pick<ItemFinding, 'detector'>)[]
  /** null: nobody counts it. A mapping that is not in it was never used. */
  readonly usage: ReadonlyMap<string, ItemUsage> | null
  readonly keySince: (kind: 'issuer' | 'target', name: string) => string | null
  readonly nowMs: number
}

/** One thing to review, before it has a number and anybody to review it. */
export type Drafted = Omit<ReviewItem, 'n' | 'reviewers'>

type Subject = {
  readonly kind: ItemKind
  readonly name: string
  readonly resource: StoredResource
}

const MOST_FINDINGS = 20
const NEVER_USED: ItemUsage = {
  first: null,
  last: null,
  issued: 0,
  refused: 0,
  subjects: 0,
  networks: 0,
  more: false,
  p95LifetimeSeconds: null,
}

/** Everything that is to be reviewed, and how many there are of each kind. By kind, in the order of their names. */
export function populationOf({ resources, plan }: Pick<SnapshotInput, 'resources' | 'plan'>): {
  readonly population: Population
  readonly subjects: readonly Subject[]
} {
  const roles = new Map(
    resources.flatMap((one) => (one.kind === 'role' ? [[one.name, one.body.target] as const] : [])),
  )
  const all = ITEM_KINDS.flatMap((kind) => resources.flatMap((one) => subjectsOf(kind, one)))
  const subjects = all.filter(
    ({ kind, name, resource }) =>
      resource.state === 'enabled' && isInScope({ kind, name, resource }, plan.scope, roles),
  )
  const count = (kind: ItemKind) => {
    const of = all.filter((one) => one.kind === kind)
    const enabled = of.filter(({ resource }) => resource.state === 'enabled').length
    const inScope = subjects.filter((one) => one.kind === kind).length
    return { enabled, disabled: of.length - enabled, inScope }
  }
  const population = {
    mapping: count('mapping'),
    issuer: count('issuer'),
    target: count('target'),
    admin_binding: count('admin_binding'),
    exception: count('exception'),
  }
  return { population, subjects }
}

function subjectsOf(kind: ItemKind, resource: StoredResource): readonly Subject[] {
  if (kind !== 'exception') return resource.kind === kind ? [{ kind, name: resource.name, resource }] : []
  return exceptionsOf(resource).map((code) => ({ kind, name: exceptionName(resource, code), resource }))
}

/** The `accept:` codes of a resource. */
export function exceptionsOf(resource: Resource): readonly string[] {
  if (resource.kind === 'role') return resource.body.accept
  return resource.kind === 'target' ? (resource.body.accept ?? []) : []
}

/** How an exception is known: `role/app-artifacts/condition_forgeable`. */
function exceptionName({ kind, name }: Pick<Resource, 'kind' | 'name'>, code: string): string {
  return `${kind}/${name}/${code}`
}

function isInScope(
  { kind, resource }: Subject,
  scope: ReviewScope,
  targetOf: ReadonlyMap<string, string>,
): boolean {
  const among = (list: readonly string[], value: string | null) =>
    list.length === 0 || (value !== null && list.includes(value))
  if (!among(scope.kinds, kind)) return false
  if (resource.kind === 'mapping') {
    const { issuer, role, owner } = resource.body
    return (
      among(scope.issuers, issuer) &&
      among(scope.roles, role) &&
      among(scope.targets, targetOf.get(role) ?? null) &&
      among(scope.owners, owner) &&
      among(scope.mappings, resource.name)
    )
  }
  // A scope that names mappings or owners is of mappings alone.
  if (scope.owners.length > 0 || scope.mappings.length > 0) return false
  switch (resource.kind) {
    case 'issuer':
      return among(scope.issuers, resource.name) && scope.roles.length === 0 && scope.targets.length === 0
    case 'target':
      return among(scope.targets, resource.name) && scope.issuers.length === 0 && scope.roles.length === 0
    case 'role':
      return (
        among(scope.roles, resource.name) &&
        among(scope.targets, resource.body.target) &&
        scope.issuers.length === 0
      )
    default:
      return scope.issuers.length === 0 && scope.roles.length === 0 && scope.targets.length === 0
  }
}

/** Makes one item after another from what stands; what many share is made once. */
export function itemMaker(input: SnapshotInput): (subject: Subject) => Drafted {
  const shared = sharedOf(input)
  const found = Map.groupBy(input.findings, ({ kind, name }) => `${kind}/${name}`)
  return (subject) => {
    const { kind, name, resource } = subject
    const mapping = resource.kind === 'mapping' ? resource.body : null
    const opens = mapping === null ? null : shared.opens(mapping.role)
    const usage = mapping === null || input.usage === null ? null : (input.usage.get(name) ?? NEVER_USED)
    const findings = (found.get(`${resource.kind}/${resource.name}`) ?? []).filter(
      (one) => kind !== 'exception' || one.message.includes(codeOf(name)),
    )
    const critical = opens !== null && touches(opens, input.plan.criticalBuckets)
    const expiresMs = mapping === null ? null : Date.parse(mapping.expires)
    const times = { sinceMs: input.since(resource), expiresMs, nowMs: input.nowMs }
    const isKeyed = kind === 'issuer' || kind === 'target'
    return {
      ...identityOf(subject),
      words: wordsOf(subject, shared),
      makers: input.makers(resource),
      opens,
      usage,
      keySince: isKeyed ? input.keySince(kind, name) : null,
      findings: findings
        .slice(0, MOST_FINDINGS)
        .map(({ detector, rule, severity, message, fix }) => ({ detector, rule, severity, message, fix })),
      moreFindings: Math.max(0, findings.length - MOST_FINDINGS),
      ...riskOf({ kind, mode: mapping?.mode ?? null, opens, usage, findings, critical, ...times }),
      required: input.plan.minReviewers === 2 || critical ? 2 : 1,
    }
  }
}

function identityOf({ kind, name, resource }: Subject) {
  const { version, sha256, body } = resource
  const of = { kind, name, resource: { kind: resource.kind, name: resource.name }, version, sha256, body }
  if (resource.kind === 'mapping')
    return { ...of, owner: resource.body.owner, purpose: resource.body.purpose }
  return { ...of, owner: resource.kind === 'admin_binding' ? resource.body.person : null, purpose: null }
}

type Shared = {
  readonly around: Around
  readonly roleWords: (role: string) => readonly string[]
  readonly opens: (role: string) => Opens | null
}

function sharedOf({ resources, configuration }: SnapshotInput): Shared {
  const around: Around = {
    documents: new Map(
      resources.flatMap((one) => (one.kind === 'policy' ? [[one.name, one.body] as const] : [])),
    ),
    targets: new Map(
      resources.flatMap((one) => (one.kind === 'target' ? [[one.name, one.body] as const] : [])),
    ),
  }
  const roles = new Map(resources.flatMap((one) => (one.kind === 'role' ? [[one.name, one] as const] : [])))
  return {
    around,
    roleWords: remembered((name) => {
      const role = roles.get(name)
      return role === undefined ? [] : meaningOf(role, around)
    }),
    opens: remembered((name) => opensOf(configuration.roles.get(name), roles.get(name)?.body.accept ?? [])),
  }
}

function wordsOf({ kind, name, resource }: Subject, { around, roleWords }: Shared): readonly string[] {
  if (kind === 'exception') return [`${resource.kind} \`${resource.name}\` lives with \`${codeOf(name)}\``]
  if (resource.kind === 'mapping') return [...meaningOf(resource, around), ...roleWords(resource.body.role)]
  return introductionOf(resource)
}

/** The code at the end of the name of an exception. */
export function codeOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function remembered<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>()
  return (key) => {
    const old = made.get(key)
    if (old !== undefined) return old
    const fresh = make(key)
    made.set(key, fresh)
    return fresh
  }
}
