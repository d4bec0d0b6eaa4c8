import type { Told } from '../domain/access/exercised.ts'
import type { GhostReason } from '../domain/access/ghost.ts'
import type { Deed } from '../domain/access/store-api.ts'
import type { RecordedEvent } from '../domain/audit-event.ts'
import type { ClaimPath, ClaimValue } from '../domain/subject.ts'
import type { AssumptionId } from '../ids.ts'
import { idTimeMs, isId } from '../ids.ts'
import type { AccessQuery, AccessStore, StoredAccess } from '../ports/access.ts'
import type { AuditLog } from '../ports.ts'

/** One access with whoever was behind it, as far as the log knows. */
export type NamedAccess = {
  readonly target: string
  readonly bucket: string
  readonly object: string
  /** False: it was of some object that begins so. */
  readonly exact: boolean
  readonly api: string
  readonly deed: Deed
  readonly allowed: number
  readonly refused: number
  readonly first: string
  readonly last: string
  /** Empty: of nobody, the store let everybody. */
  readonly accessKeyId: string
  readonly source: string
  /** Why it is none of ours, although it says so; null: nothing is known against it. */
  readonly ghost: GhostReason | null
  /** null: none of ours, or nobody can tell any more. */
  readonly by: AccessBy | null
  /** The assumption that it names, where what the log had of it was taken out by its age; else null. */
  readonly pruned: AssumptionId | null
}

export type AccessBy = {
  readonly assumption: string
  readonly request: string
  readonly at: string
  readonly issuer: string
  readonly sub: string
  readonly role: string | null
  readonly mappings: readonly string[]
  /** What its token said it was built of; null: it said nothing, or nothing of it was recorded. */
  readonly commit: string | null
  readonly claims: readonly { readonly path: ClaimPath; readonly value: ClaimValue }[]
}

export type Accesses = {
  readonly accesses: readonly NamedAccess[]
  readonly next: string | null
  /** From when to when each store of the question told anything: nothing is known beside it. */
  readonly told: readonly (Told & { readonly target: string })[]
}

/** The claims in which providers of CI name a commit. */
const COMMITS = ['sha', 'build_commit', 'commit']

/** Who was behind the accesses to an object, by the log. Throws `access_unavailable`, `audit_unavailable`. */
export async function accesses(
  deps: {
    readonly access: Pick<AccessStore, 'accesses' | 'told'>
    readonly audit: Pick<AuditLog, 'page'> & { readonly pruning: Pick<AuditLog['pruning'], 'horizonMs'> }
    readonly targets: () => readonly string[]
  },
  query: AccessQuery,
): Promise<Accesses> {
  const page = await deps.access.accesses(query)
  const known = new Map<string, AccessBy | null>()
  const prunedBeforeMs = await deps.audit.pruning.horizonMs()
  const named: NamedAccess[] = []
  for (const one of page.accesses) {
    const { sub } = one
    if (sub !== null && !known.has(sub)) known.set(sub, await behind(deps.audit, sub))
    // A ghost that names an assumption is not of it.
    const by = one.ghost === null && sub !== null ? (known.get(sub) ?? null) : null
    named.push(namedAccess(one, by, prunedBeforeMs))
  }
  const stores = query.target === null ? deps.targets() : [query.target]
  const told: Accesses['told'][number][] = []
  for (const target of stores) {
    const found = await deps.access.told(target)
    if (found !== null) told.push({ target, ...found })
  }
  return { accesses: named, next: page.next, told }
}

function namedAccess(one: StoredAccess, by: AccessBy | null, prunedBeforeMs: number | null): NamedAccess {
  const { firstMs, lastMs, sub, parent: _parent, ...rest } = one
  const isPruned = by === null && rest.ghost === null && isBefore(sub, prunedBeforeMs)
  const times = { first: new Date(firstMs).toISOString(), last: new Date(lastMs).toISOString() }
  return { ...rest, ...times, by, pruned: isPruned ? sub : null }
}

function isBefore(sub: string | null, ms: number | null): sub is AssumptionId {
  return sub !== null && isId('asm', sub) && ms !== null && idTimeMs(sub) < ms
}

async function behind(audit: Pick<AuditLog, 'page'>, sub: string): Promise<AccessBy | null> {
  if (!isId('asm', sub)) return null
  const { events } = await audit.page({ assumption: sub, limit: 100 })
  const intent = events.map(({ event }) => event).find((event) => event.type === 'assume.intent')
  return intent?.type === 'assume.intent' ? byIntent(intent) : null
}

function byIntent(intent: Extract<RecordedEvent, { type: 'assume.intent' }>): AccessBy {
  const { assumption, request, at, subject, decision } = intent
  const commit = COMMITS.map((name) =>
    subject.claims.find(({ path }) => path.length === 1 && path[0] === name),
  ).find((claim) => typeof claim?.value === 'string')
  return {
    ...{ assumption, request, at },
    issuer: subject.issuer.name,
    sub: subject.sub,
    role: decision.role?.name ?? null,
    mappings: decision.mappings.map(({ name }) => name),
    commit: commit === undefined ? null : String(commit.value),
    claims: subject.claims,
  }
}
