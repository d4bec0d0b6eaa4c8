import { matchesPattern } from '@stint/policy'
import { canonicalize } from '../canonical.ts'
import { type Around, introductionOf, meaningOf } from '../change-words.ts'
import type { Configuration } from '../configuration.ts'
import type { Finding } from '../lint/rule.ts'
import type { Resource, StoredResource } from '../resource.ts'
import type { Role } from '../role.ts'
import type { Maker } from './duty.ts'
import type { ItemKind } from './item.ts'
import { ITEM_KINDS } from './item.ts'
import type { Population, ReviewPlan, ReviewScope } from './review.ts'
import { riskOf } from './risk.ts'
import type { ItemUsage, Opens, ReviewItem } from './snapshot.ts'

/** What stands when a review is prepared, and what is known of it. */
export type SnapshotInput = {
  readonly plan: ReviewPlan
  readonly resources: readonly StoredResource[]
  readonly configuration: Configuration
  readonly makers: (resource: Pick<Resource, 'kind' | 'name'>) => readonly Maker[]
  /** Since when the standing content stands, in ms. */
  readonly since: (resource: Pick<Resource, 'kind' | 'name'>) => number
  readonly findings: readonly Finding[]
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
export function exceptionName({ kind, name }: Pick<Resource, 'kind' | 'name'>, code: string): string {
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
  const { plan, resources, configuration, nowMs } = input
  const around: Around = {
    documents: new Map(
      resources.flatMap((one) => (one.kind === 'policy' ? [[one.name, one.body] as const] : [])),
    ),
    targets: new Map(
      resources.flatMap((one) => (one.kind === 'target' ? [[one.name, one.body] as const] : [])),
    ),
  }
  const roles = new Map(resources.flatMap((one) => (one.kind === 'role' ? [[one.name, one] as const] : [])))
  const roleWords = remembered((name: string) => {
    const role = roles.get(name)
    return role === undefined ? [] : meaningOf(role, around)
  })
  const opens = remembered((name: string) =>
    opensOf(configuration.roles.get(name), roles.get(name)?.body.accept ?? []),
  )
  const found = Map.groupBy(input.findings, ({ kind, name }) => `${kind}/${name}`)

  return ({ kind, name, resource }) => {
    const mapping = resource.kind === 'mapping' && kind === 'mapping' ? resource.body : null
    const opened = mapping === null ? null : opens(mapping.role)
    const usage = mapping === null || input.usage === null ? null : (input.usage.get(name) ?? NEVER_USED)
    const findings = (found.get(`${resource.kind}/${resource.name}`) ?? []).filter(
      (one) => kind !== 'exception' || one.message.includes(codeOf(name)),
    )
    const isCritical = opened !== null && touches(opened, plan.criticalBuckets)
    const risk = riskOf({
      kind,
      mode: mapping?.mode ?? null,
      opens: opened,
      usage,
      findings,
      critical: isCritical,
      sinceMs: input.since(resource),
      expiresMs: mapping === null ? null : Date.parse(mapping.expires),
      nowMs,
    })
    return {
      kind,
      name,
      resource: { kind: resource.kind, name: resource.name },
      version: resource.version,
      sha256: resource.sha256,
      body: resource.body,
      owner: mapping?.owner ?? (resource.kind === 'admin_binding' ? resource.body.person : null),
      purpose: mapping?.purpose ?? null,
      words: wordsOf({ kind, name, resource }, around, roleWords),
      makers: input.makers(resource),
      opens: opened,
      usage,
      keySince: kind === 'issuer' || kind === 'target' ? input.keySince(kind, name) : null,
      findings: findings
        .slice(0, MOST_FINDINGS)
        .map(({ rule, severity, message, fix }) => ({ rule, severity, message, fix })),
      moreFindings: Math.max(0, findings.length - MOST_FINDINGS),
      ...risk,
      required: plan.minReviewers === 2 || isCritical ? 2 : 1,
    }
  }
}

function wordsOf(
  { kind, name, resource }: Subject,
  around: Around,
  roleWords: (name: string) => readonly string[],
): readonly string[] {
  if (kind === 'exception') return [`${resource.kind} \`${resource.name}\` lives with \`${codeOf(name)}\``]
  if (resource.kind === 'mapping') return [...meaningOf(resource, around), ...roleWords(resource.body.role)]
  return introductionOf(resource)
}

/** The code at the end of the name of an exception. */
export function codeOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

const WRITES = /^s3:(?:\*|put|create|restore|replicate|abort)/i
const DELETES = /^s3:(?:\*|delete|bypass)/i

function opensOf(role: Role | undefined, accept: readonly string[]): Opens | null {
  if (role === undefined) return null
  const allowed = role.reach.filter(({ effect }) => effect === 'Allow')
  const actions = allowed.flatMap((one) => one.actions)
  return {
    role: role.name,
    roleVersion: role.version,
    target: role.target.name,
    policies: role.policies.map(({ use }) => use),
    buckets: [...new Set(allowed.flatMap(({ resources }) => resources.map(bucketOf)))].toSorted(),
    writes: actions.some((action) => action === '*' || WRITES.test(action)),
    deletes: actions.some((action) => action === '*' || DELETES.test(action)),
    maxLifetimeSeconds: role.lifetime.maxSeconds,
    accept,
  }
}

/** `arn:aws:s3:::bucket/key` → `bucket`. */
function bucketOf(arn: string): string {
  return arn.replace(/^arn:[^:]*:s3:::/, '').split('/')[0] ?? arn
}

/** Whether it may write or delete there; a bucket whose name a claim decides may be any. */
function touches({ writes, deletes, buckets }: Opens, critical: readonly string[]): boolean {
  if (!writes && !deletes) return false
  const patterns = buckets.map((bucket) => bucket.replace(/\{\{\w+\}\}/g, '*'))
  return critical.some((name) => patterns.some((pattern) => matchesPattern(pattern, name)))
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

/** One line of a snapshot, as it is hashed. */
export function snapshotLine(value: unknown): string {
  return `${canonicalize(value)}\n`
}
