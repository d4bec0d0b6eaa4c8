import { decide } from '../../domain/grant.ts'
import { compileMapping } from '../../domain/mapping.ts'
import type { Resource, ResourceOf } from '../../domain/resource.ts'
import { codeOf, exceptionsOf } from '../../domain/review/build-snapshot.ts'
import type { Proof } from '../../domain/review/remediation.ts'
import type { ReviewItem } from '../../domain/review/snapshot.ts'
import { claimsFor } from '../../domain/review/synthetic.ts'
import type { Revoked } from '../../domain/revocation.ts'
import type { Subject } from '../../domain/subject.ts'
import { wideningOf } from '../../domain/widening.ts'
import type { ReviewDeps } from './deps.ts'

type Deps = Pick<ReviewDeps, 'configuration' | 'store' | 'audit' | 'clock' | 'breathe' | 'sha256'>

/**
 * Whether what an item is of is over. Of a mapping: a subject made of its own conditions is decided on by what stands, and
 * none of its sessions lives. `version` is the one that was decided on.
 */
export async function proveOver(deps: Deps, item: ReviewItem, version: number): Promise<Proof> {
  if (item.kind === 'mapping') return proveMapping(deps, item, version)
  const standing = await deps.store.get(item.resource.kind, item.resource.name)
  const of = revokedOf(item)
  const live = of === null ? 0 : await liveSessions(deps, of)
  return { ...absent(deps), holds: isAbsent(item, standing) && live === 0, live }
}

function absent(deps: Deps): Proof {
  return {
    by: 'absent',
    holds: true,
    generation: deps.configuration().generation,
    control: null,
    outcome: null,
    code: null,
    admittedBy: [],
    live: 0,
  }
}

/** Whether what stands has it no more. */
export function isAbsent(item: ReviewItem, standing: Resource | null): boolean {
  if (standing === null || standing.state === 'disabled') return true
  return item.kind === 'exception' && !exceptionsOf(standing).includes(codeOf(item.name))
}

async function proveMapping(deps: Deps, item: ReviewItem, version: number): Promise<Proof> {
  const live = await liveSessions(deps, { kind: 'mapping', name: item.name })
  const stood = await mappingAt(deps, item, version)
  const configuration = deps.configuration()
  const { generation } = configuration
  const claims = stood === null ? null : claimsFor(compileMapping(stood))
  const issuer = [...configuration.issuers.values()].find(({ name }) => name === stood?.body.issuer)
  if (stood === null || claims === null || issuer === undefined) {
    // Nobody can be made whom it admits: then that it is off is all that there is to see.
    const standing = await deps.store.get('mapping', item.name)
    const isOff = standing === null || standing.state === 'disabled' || issuer === undefined
    return { ...absent(deps), by: 'decided', control: false, holds: isOff && live === 0, live }
  }
  const nowMs = deps.clock.nowMs()
  const subject: Subject = {
    issuer: issuer.name,
    iss: issuer.url,
    sub: typeof claims['sub'] === 'string' ? claims['sub'] : 'stint-review',
    audiences: issuer.audiences,
    claims,
    expiresAtSeconds: Math.floor(nowMs / 1000) + 600,
    token: { alg: 'none', kid: null, thumbprint: '', jti: 'stint-review', azp: null, digest: '' },
  }
  const roleAsked = configuration.roles.get(stood.body.role)?.arn ?? null
  const request = { roleAsked, roleName: stood.body.role, lifetimeSeconds: null, policy: null }
  const decided = decide(configuration, { subject, request }, { nowMs, sha256: deps.sha256 })
  const { mappings, code } = decided.decision
  const names = mappings.map(({ name }) => name)
  return {
    by: 'decided',
    holds: !names.includes(item.name) && live === 0,
    generation,
    control: true,
    outcome: decided.granted ? 'granted' : 'refused',
    code,
    admittedBy: names.filter((name) => name !== item.name),
    live,
  }
}

/** The mapping as it stood when it was decided on. */
async function mappingAt(
  deps: Deps,
  item: ReviewItem,
  version: number,
): Promise<ResourceOf<'mapping'> | null> {
  const found = await deps.store.version('mapping', item.name, version)
  return found?.kind === 'mapping' ? { ...found, state: 'enabled' } : null
}

/** What is revoked with an item, where sessions come of it. */
export function revokedOf(item: ReviewItem): Revoked | null {
  const { name } = item
  if (item.kind === 'mapping' || item.kind === 'target') return { kind: item.kind, name }
  // The body of an issuer, as it stood.
  return item.kind === 'issuer' ? { kind: 'issuer', name, url: (item.body as { url: string }).url } : null
}

/** Sessions that were given and are not proved to be over, and have not ended by themselves. */
async function liveSessions(deps: Deps, of: Revoked): Promise<number> {
  let live = 0
  for (let before: number | null = null; ; ) {
    const page: Awaited<ReturnType<Deps['audit']['liveSessions']>> = await deps.audit.liveSessions({
      of,
      nowMs: deps.clock.nowMs(),
      before,
    })
    live += page.sessions.length
    if (page.next === null) return live
    before = page.next
    await deps.breathe()
  }
}

/**
 * Whether somebody made of the resource what a reviewer asked for: it lets less happen than the version that was decided
 * on, or nothing. Of a mapping its role counts, too. null: not yet.
 */
export async function narrowed(deps: Deps, item: ReviewItem, version: number): Promise<Proof | null> {
  const standing = await deps.store.get(item.resource.kind, item.resource.name)
  const by = { ...absent(deps), by: 'narrower' as const }
  if (isAbsent(item, standing) || standing === null) return { ...by, by: 'absent' }
  const before = await deps.store.version(item.resource.kind, item.resource.name, version)
  if (before === null) return null
  const own = isNarrower(before, standing)
  if (own === 'wider') return null
  const ofRole = item.opens === null ? 'same' : await roleNarrowed(deps, item.opens)
  if (ofRole === 'wider') return null
  return own === 'narrower' || ofRole === 'narrower' ? by : null
}

async function roleNarrowed(deps: Deps, { role, roleVersion }: NonNullable<ReviewItem['opens']>) {
  const [before, now] = await Promise.all([
    deps.store.version('role', role, roleVersion),
    deps.store.get('role', role),
  ])
  if (before === null || now === null) return 'same'
  if (now.state === 'disabled') return 'narrower'
  if (now.version === before.version) return 'same'
  const { resources } = await deps.store.current()
  const policies = resources.filter(({ kind }) => kind === 'policy')
  return isNarrower({ ...before, state: 'enabled' }, now, policies)
}

function isNarrower(
  before: Resource,
  now: Resource,
  around: readonly Resource[] = [],
): 'same' | 'narrower' | 'wider' {
  if (JSON.stringify(before.body) === JSON.stringify(now.body)) return 'same'
  const stood = { ...before, state: 'enabled' } as Resource // only its state is another
  return wideningOf([stood, ...around], [now, ...around]).length === 0 ? 'narrower' : 'wider'
}
