import type { ItemKind } from './item.ts'
import type { ItemFinding, ItemUsage, Opens } from './snapshot.ts'

/** What the service would do; whoever decides need not. */
export const RECOMMENDATIONS = ['keep', 'narrow', 'revoke'] as const
export type Recommendation = (typeof RECOMMENDATIONS)[number]

/** From here on an item is looked at by itself: never among many. */
export const HIGH_RISK = 60

export type RiskInput = {
  readonly kind: ItemKind
  readonly mode: 'off' | 'shadow' | 'enforce' | null
  readonly opens: Opens | null
  readonly usage: ItemUsage | null
  readonly findings: readonly Pick<ItemFinding, 'severity' | 'rule' | 'detector'>[]
  /** Writes or deletes in a bucket that the plan calls critical. */
  readonly critical: boolean
  /** Since when the version stands: what is new is not stale. */
  readonly sinceMs: number
  readonly expiresMs: number | null
  readonly nowMs: number
}

export type Risk = {
  readonly risk: number
  readonly recommendation: Recommendation
  readonly because: readonly string[]
}

const DAY_MS = 86_400_000
/** FedRAMP AC-2(3), Moderate: what nobody used for so long is disabled. */
const STALE_DAYS = 90
/** What never was used is given a month before it counts as stale. */
const NEW_DAYS = 35
const LONG_SECONDS = 4 * 3600

type Part = readonly [points: number, why: string]

/** How much somebody should look at an item, and what they would most likely say. The same input, the same answer. */
export function riskOf(input: RiskInput): Risk {
  const parts = [...reachParts(input), ...useParts(input), ...findingParts(input)]
  const isIdle = input.mode === 'off' || input.mode === 'shadow'
  const sum = (BASE[input.kind] + parts.reduce((total, [points]) => total + points, 0)) * (isIdle ? 0.4 : 1)
  const stale = staleness(input)
  const recommendation = stale !== null ? 'revoke' : isBroad(input) ? 'narrow' : 'keep'
  const because = [...(stale === null ? [] : [stale]), ...parts.map(([, why]) => why)]
  return { risk: Math.max(0, Math.min(100, Math.round(sum))), recommendation, because: [...new Set(because)] }
}

/** A store's key, an administrator and a danger that is lived with weigh more than one mapping. */
const BASE: Readonly<Record<ItemKind, number>> = {
  mapping: 10,
  issuer: 30,
  target: 30,
  admin_binding: 40,
  exception: 45,
}

function reachParts({ opens, critical }: RiskInput): readonly Part[] {
  if (opens === null) return []
  const isAnyBucket = opens.buckets.some((bucket) => /[*?]/.test(bucket))
  return [
    ...part(opens.writes, 15, 'it may write'),
    ...part(opens.deletes, 10, 'it may delete'),
    ...part(critical, 20, 'it may write or delete in a critical bucket'),
    ...part(isAnyBucket, 15, 'it reaches buckets by a wildcard'),
    ...part(opens.maxLifetimeSeconds > LONG_SECONDS, 5, 'its sessions may live for more than four hours'),
    ...part(opens.accept.length > 0, 10, `its role lives with ${opens.accept.join(', ')}`),
  ]
}

function useParts(input: RiskInput): readonly Part[] {
  const { usage, opens } = input
  if (usage === null) return []
  const given = usage.p95LifetimeSeconds
  const isLong = opens !== null && given !== null && given * 4 < opens.maxLifetimeSeconds
  return [
    ...part(staleness(input) !== null, 20, 'nobody would miss it'),
    ...part(
      usage.refused > usage.issued && usage.refused > 10,
      5,
      'it is refused more often than it is given',
    ),
    ...part(usage.more, 5, 'more subjects or networks use it than are told apart'),
    ...part(isLong, 5, 'its sessions are asked for a quarter of what it may give, or less'),
  ]
}

function findingParts({ findings }: RiskInput): readonly Part[] {
  const warnings = findings.filter(({ severity }) => severity !== 'notice')
  const notices = findings.length - warnings.length
  return [
    ...part(warnings.length > 0, Math.min(40, 12 * warnings.length), counted(warnings.length, 'warning')),
    ...part(notices > 0, Math.min(9, 3 * notices), counted(notices, 'notice')),
  ]
}

/** Why nobody would miss it; null: somebody might, or nobody can tell. */
function staleness({ kind, mode, usage, sinceMs, expiresMs, nowMs }: RiskInput): string | null {
  if (kind !== 'mapping') return null
  if (expiresMs !== null && expiresMs <= nowMs) return 'it has expired'
  const isNew = nowMs - sinceMs < NEW_DAYS * DAY_MS
  if (mode === 'off') return isNew ? null : 'it is off'
  if (usage === null || mode === 'shadow') return null
  if (usage.last === null) return isNew ? null : 'it was never used'
  const days = Math.floor((nowMs - Date.parse(usage.last)) / DAY_MS)
  return days >= STALE_DAYS ? `it was last used ${days} days ago` : null
}

/** Lint rules and detectors that say that the trust, or what it opens, is wider than it must be. */
const BROAD: ReadonlySet<string> = new Set([
  ...['any-event', 'audience-of-others', 'branch-unprotected', 'bucket-from-claim', 'claim-chosen'],
  ...[
    'default-service-account',
    'email-unverified',
    'fork-origin',
    'glob-all',
    'glob-crosses',
    'lifetime-long',
  ],
  ...[
    'mutable-name',
    'name-without-id',
    'no-environment',
    'open-owner',
    'people-at-machine-role',
    'pull-request',
  ],
  ...['roles-collide', 'ssh-rerun', 'sub-changes', 'tenant-open', 'whole-namespace', 'wide-any-of'],
  ...['S03', 'S04', 'S05', 'S06', 'S07', 'S08', 'S09'],
])

function isBroad({ findings }: RiskInput): boolean {
  return findings.some(({ rule, detector }) => BROAD.has(rule) || (detector !== null && BROAD.has(detector)))
}

function part(holds: boolean, points: number, why: string): readonly Part[] {
  return holds ? [[points, why]] : []
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
