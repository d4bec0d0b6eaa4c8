import type { RevocationId } from '../ids.ts'
import type { Actor } from './audit-event.ts'

/** What is revoked: one session, or everything that a noun or a subject has, or may ever get. */
export type Revoked =
  | { readonly kind: 'assumption'; readonly id: string }
  | { readonly kind: 'mapping' | 'role' | 'target'; readonly name: string }
  /** By its `iss`: a name can be given to another issuer. */
  | { readonly kind: 'issuer'; readonly name: string; readonly url: string }
  | { readonly kind: 'subject'; readonly issuer: string; readonly url: string; readonly sub: string }

export type Revocation = {
  readonly id: RevocationId
  readonly of: Revoked
  readonly by: Actor
  readonly at: string
  readonly reason: string
  /** Whether it stops issue until somebody lifts it. */
  readonly locked: boolean
  readonly finished: boolean
}

/** Everything that is stopped, by what it is. */
export type Locks = ReadonlyMap<string, RevocationId>

/** The key of what is stopped; null for a single session, which stops nothing. */
export function lockKey(of: Revoked): string | null {
  switch (of.kind) {
    case 'assumption':
      return null
    case 'subject':
      return JSON.stringify(['subject', of.url, of.sub])
    case 'issuer':
      return JSON.stringify(['issuer', of.url])
    default:
      return JSON.stringify([of.kind, of.name])
  }
}

/** What a decision rests on, as far as it can be locked. */
export type Lockable = {
  readonly url: string
  readonly sub: string
  readonly role: string
  readonly target: string
  /** Every mapping that matched: a lock on one of them stops the request, whatever others say. */
  readonly mappings: readonly string[]
}

/** The lock that stops this, or null. With no locks at all it costs one comparison. */
export function lockOn(locks: Locks, of: Lockable): RevocationId | null {
  if (locks.size === 0) return null
  const { url, sub, role, target, mappings } = of
  const all: readonly Revoked[] = [
    { kind: 'subject', issuer: '', url, sub },
    { kind: 'issuer', name: '', url },
    { kind: 'role', name: role },
    { kind: 'target', name: target },
    ...mappings.map((name) => ({ kind: 'mapping', name }) as const),
  ]
  for (const one of all) {
    const lock = locks.get(lockKey(one) ?? '')
    if (lock !== undefined) return lock
  }
  return null
}
