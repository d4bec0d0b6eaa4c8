import { canonicalize } from './canonical.ts'
import { conditionCovers, refusalCovers } from './condition-covers.ts'
import type {
  AdminBindingBody,
  IssuerBody,
  MappingBody,
  PolicyBody,
  Resource,
  ResourceKind,
  ResourceOf,
  RoleBody,
  TargetBody,
} from './resource.ts'
import { rolePoliciesCover } from './role-covers.ts'

/** What a change of each kind can loosen, by code, in the words that the second person reads. */
export const WIDENINGS = {
  issuer_new: 'an issuer is trusted that was not',
  issuer_audience: 'tokens for another audience are taken',
  issuer_looser: 'tokens are taken that were not',
  issuer_elsewhere: 'another url, key set or kind speaks for this issuer',
  issuer_addresses: 'keys may be fetched from more private addresses',
  target_new: 'sessions are minted at a store where none were',
  target_elsewhere: 'the store, or the way to it, is another one',
  target_accept: 'a danger of the store is lived with that was not',
  target_watch: 'nobody is told any more what sessions do at the store',
  target_budget: 'a subject may ask this store for more sessions',
  role_enabled: 'a role can be assumed again',
  role_target: 'sessions of the role are for another store',
  role_policy: 'the role allows something that it is not proved to have allowed',
  role_lifetime: 'sessions may live longer',
  role_never: 'something that was refused always is refused no more',
  role_accept: 'a finding is lived with that was not',
  role_replay: 'a session is given again where each request got its own, or for longer',
  role_tags: 'sessions carry other tags, which a store may decide by',
  role_for: 'the role is for another kind of subject',
  mapping_enforced: 'a mapping admits that did not',
  mapping_role: 'a mapping opens another role',
  mapping_issuer: 'a mapping admits subjects of another issuer',
  mapping_when: 'a mapping admits subjects that it did not',
  mapping_unless: 'a mapping refuses no more what it refused',
  mapping_prolonged: 'a mapping admits for longer',
  mapping_lifetime: 'sessions of a mapping may live longer',
  mapping_uses: 'a mapping gives more sessions',
  mapping_limit: 'a limit that it set for sessions of other mappings, too, counts no more',
  admin_new: 'somebody administers who did not',
  admin_role: 'an administrator may do more',
  admin_identity: 'another identity or person administers',
} as const satisfies Record<string, string>
export type WideningCode = keyof typeof WIDENINGS

/** One way in which a change lets somebody do what nobody could before. */
export type Widening = { readonly kind: ResourceKind; readonly name: string; readonly code: WideningCode }

/**
 * Every way in which `after` lets more happen than `before` did; only enabled resources let anything happen. What is
 * not proved to be as tight as before counts as wider. Only resources that changed are looked at.
 */
export function wideningOf(before: readonly Resource[], after: readonly Resource[]): readonly Widening[] {
  const old = new Map(before.map((one) => [keyOf(one), one] as const))
  const documents = { before: documentsOf(before), after: documentsOf(after) }
  const isShared = sharing(after)
  return after.flatMap((now) => {
    const was = old.get(keyOf(now))
    if (was === now) return []
    const stood = was?.state === 'enabled' ? was : undefined
    const codes = now.state === 'disabled' ? [] : codesOf(stood, now, { documents, isNew: was === undefined })
    const all = [...codes, ...limitCodes(stood, now, isShared)]
    return all.map((code) => ({ kind: now.kind, name: now.name, code }))
  })
}

/**
 * Of several mappings that match the tightest limit counts, so one that ends lets those beside it give more: not to
 * anybody else, but for longer or more often.
 */
function limitCodes(
  was: Resource | undefined,
  now: Resource,
  isShared: (mapping: MappingBody, name: string) => boolean,
): readonly WideningCode[] {
  if (was?.kind !== 'mapping' || now.kind !== 'mapping' || was.body.mode !== 'enforce') return []
  const { body } = was
  const limits =
    body.bindToToken || body.singleUse || body.maxUses !== null || body.maxLifetimeSeconds !== null
  return limits && !stillLimits(body, now) && isShared(body, now.name) ? ['mapping_limit'] : []
}

/** Whether everybody whom it limited it still does: it may match more, and never less. Its own limits are told elsewhere. */
function stillLimits(was: MappingBody, { state, body: now }: ResourceOf<'mapping'>): boolean {
  return (
    state === 'enabled' &&
    now.mode === 'enforce' &&
    now.role === was.role &&
    now.issuer === was.issuer &&
    Date.parse(now.expires) >= Date.parse(was.expires) &&
    now.when.every((one) => was.when.some((old) => conditionCovers(one, old))) &&
    now.unless.every((one) => was.unless.some((old) => refusalCovers(old, one)))
  )
}

/** Whether another mapping of the same issuer opens the same role, looked up once somebody asks. */
function sharing(after: readonly Resource[]): (mapping: MappingBody, name: string) => boolean {
  let names: Map<string, Set<string>> | null = null
  const keyOfMapping = ({ issuer, role }: MappingBody) => `${issuer} ${role}`
  return (mapping, name) => {
    if (names === null) {
      names = new Map()
      for (const one of after) {
        if (one.kind !== 'mapping' || one.state === 'disabled' || one.body.mode !== 'enforce') continue
        const key = keyOfMapping(one.body)
        names.set(key, (names.get(key) ?? new Set()).add(one.name))
      }
    }
    const found = names.get(keyOfMapping(mapping))
    return found !== undefined && found.size > (found.has(name) ? 1 : 0)
  }
}

type Context = {
  readonly documents: Readonly<Record<'before' | 'after', ReadonlyMap<string, PolicyBody>>>
  readonly isNew: boolean
}

/** A policy allows nothing by itself: the role that begins to pin it does. A role that nobody could assume neither. */
function codesOf(was: Resource | undefined, now: Resource, context: Context): readonly WideningCode[] {
  switch (now.kind) {
    case 'issuer':
      return was === undefined ? ['issuer_new'] : issuerCodes(bodyOf(was, 'issuer'), now.body)
    case 'target':
      return was === undefined ? ['target_new'] : targetCodes(bodyOf(was, 'target'), now.body)
    case 'policy':
      return []
    case 'role':
      if (was === undefined) return context.isNew ? [] : ['role_enabled']
      return roleCodes(bodyOf(was, 'role'), now.body, context.documents)
    case 'mapping':
      return mappingCodes(was === undefined ? null : bodyOf(was, 'mapping'), now.body)
    case 'admin_binding':
      return was === undefined ? ['admin_new'] : adminCodes(bodyOf(was, 'admin_binding'), now.body)
  }
}

function issuerCodes(was: IssuerBody, now: IssuerBody): readonly WideningCode[] {
  const looser =
    !subset(now.algorithms, was.algorithms) ||
    !subset(now.typ, was.typ) ||
    now.leewaySeconds > was.leewaySeconds ||
    now.maxLifetimeSeconds > was.maxLifetimeSeconds ||
    longer(now.maxAgeSeconds, was.maxAgeSeconds)
  return chosen({
    issuer_audience: !subset(now.audiences, was.audiences),
    issuer_looser: looser,
    issuer_elsewhere:
      now.url !== was.url || now.jwksUri !== was.jwksUri || now.for !== was.for || now.preset !== was.preset,
    issuer_addresses: !subset(now.allowPrivateAddresses, was.allowPrivateAddresses),
  })
}

function targetCodes(was: TargetBody, now: TargetBody): readonly WideningCode[] {
  // Where the probe looks, and how often, lets nobody do anything.
  const { subjectBudget: oldBudget, allowPrivateAddresses: oldAddresses, accept: accepted, ...oldMore } = was
  const { subjectBudget, allowPrivateAddresses, accept, ...more } = now
  const { probe: _was, intake: oldIntake, reconcile: oldReconcile, ...oldRest } = oldMore
  const { probe: _now, intake, reconcile, ...rest } = more
  const rate = (budget: TargetBody['subjectBudget']) =>
    budget === null ? Number.POSITIVE_INFINITY : budget.sessions / budget.perSeconds
  const burst = (budget: TargetBody['subjectBudget']) => budget?.sessions ?? Number.POSITIVE_INFINITY
  return chosen({
    target_elsewhere:
      canonicalize(rest) !== canonicalize(oldRest) || !subset(allowPrivateAddresses, oldAddresses),
    target_accept: !subset(accept ?? [], accepted ?? []),
    target_watch:
      (oldIntake !== undefined && intake === undefined) ||
      (oldReconcile !== undefined && reconcile === undefined),
    target_budget: rate(subjectBudget) > rate(oldBudget) || burst(subjectBudget) > burst(oldBudget),
  })
}

function roleCodes(was: RoleBody, now: RoleBody, documents: Context['documents']): readonly WideningCode[] {
  return chosen({
    role_target: now.target !== was.target,
    role_policy: !rolePoliciesCover(
      { policies: was.policies, documents: documents.before },
      { policies: now.policies, documents: documents.after },
    ),
    role_lifetime:
      now.lifetime.maxSeconds > was.lifetime.maxSeconds ||
      now.lifetime.defaultSeconds > was.lifetime.defaultSeconds,
    role_never: !was.never.every((old) => now.never.some((one) => refusalCovers(one, old))),
    role_accept: !subset(now.accept, was.accept),
    role_replay: (now.replay?.windowSeconds ?? 0) > (was.replay?.windowSeconds ?? 0),
    role_tags: canonicalize(now.tags) !== canonicalize(was.tags),
    role_for: now.for !== was.for,
  })
}

function mappingCodes(was: MappingBody | null, now: MappingBody): readonly WideningCode[] {
  // Off and shadow admit nobody, whatever else they say.
  if (now.mode !== 'enforce') return []
  if (was === null || was.mode !== 'enforce') return ['mapping_enforced']
  return chosen({
    mapping_role: now.role !== was.role,
    mapping_issuer: now.issuer !== was.issuer,
    mapping_when: !was.when.every((old) => now.when.some((one) => conditionCovers(old, one))),
    mapping_unless: !was.unless.every((old) => now.unless.some((one) => refusalCovers(one, old))),
    mapping_prolonged: !(Date.parse(now.expires) <= Date.parse(was.expires)),
    mapping_lifetime:
      (was.bindToToken && !now.bindToToken) || longer(now.maxLifetimeSeconds, was.maxLifetimeSeconds),
    mapping_uses: (was.singleUse && !now.singleUse) || longer(now.maxUses, was.maxUses),
  })
}

function adminCodes(was: AdminBindingBody, now: AdminBindingBody): readonly WideningCode[] {
  return chosen({
    admin_role: !subset(now.roles, was.roles),
    admin_identity: now.issuer !== was.issuer || now.sub !== was.sub || now.person !== was.person,
  })
}

function chosen(found: Readonly<Partial<Record<WideningCode, boolean>>>): readonly WideningCode[] {
  return Object.entries(found).flatMap(([code, holds]) => (holds ? [code as WideningCode] : [])) // own keys, so typed
}

/** null is no limit. */
function longer(now: number | null, was: number | null): boolean {
  return was !== null && (now === null || now > was)
}

function subset<T>(inner: readonly T[], outer: readonly T[]): boolean {
  return inner.every((one) => outer.includes(one))
}

function documentsOf(resources: readonly Resource[]): ReadonlyMap<string, PolicyBody> {
  return new Map(resources.flatMap((one) => (one.kind === 'policy' ? [[one.name, one.body] as const] : [])))
}

/** Resources are looked up by kind and name, so both are of one kind. */
function bodyOf<K extends ResourceKind>(resource: Resource, _kind: K): ResourceOf<K>['body'] {
  return resource.body as ResourceOf<K>['body']
}

function keyOf({ kind, name }: Resource): string {
  return `${kind}/${name}`
}
