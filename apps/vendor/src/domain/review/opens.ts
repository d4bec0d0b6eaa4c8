import { matchesPattern } from '@stint/policy'
import { deedsOf } from '../action-deeds.ts'
import type { Role } from '../role.ts'
import type { Opens } from './snapshot.ts'

/** What the role opens; null where it does not stand. */
export function opensOf(role: Role | undefined, accept: readonly string[]): Opens | null {
  if (role === undefined) return null
  const allowed = role.reach.filter(({ effect }) => effect === 'Allow')
  return {
    role: role.name,
    roleVersion: role.version,
    target: role.target.name,
    policies: role.policies.map(({ use }) => use),
    buckets: [...new Set(allowed.flatMap(({ resources }) => resources.map(bucketOf)))].toSorted(),
    ...deedsOf(allowed.flatMap((one) => one.actions)),
    maxLifetimeSeconds: role.lifetime.maxSeconds,
    accept,
  }
}

/** `arn:aws:s3:::bucket/key` → `bucket`. */
function bucketOf(arn: string): string {
  return arn.replace(/^arn:[^:]*:s3:::/, '').split('/')[0] ?? arn
}

/** Whether it may write or delete there; a bucket whose name a claim decides may be any. */
export function touches({ writes, deletes, buckets }: Opens, critical: readonly string[]): boolean {
  if (!writes && !deletes) return false
  const patterns = buckets.map((bucket) => bucket.replace(/\{\{\w+\}\}/g, '*'))
  return critical.some((name) => patterns.some((pattern) => matchesPattern(pattern, name)))
}
