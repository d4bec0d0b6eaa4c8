import type { VerificationKey } from './jwk.ts'
import { readJwk } from './jwk.ts'

/** A key set as far as it is for us: the usable keys, by kid, and what was refused and why. */
export type ReadKeySet = {
  readonly all: readonly VerificationKey[]
  readonly byKid: ReadonlyMap<string, VerificationKey>
  /** kid → reason; keys without a kid are counted under ''. */
  readonly refusedKids: ReadonlyMap<string, string>
}

const MAX_KEYS = 64

/** Reads a JWK Set (RFC 7517 §5), or null where it is none. A bad key is dropped, not the set; a kid twice drops both. */
export function readKeySet(value: unknown): ReadKeySet | null {
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : null
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return null
  const refusedKids = new Map<string, string>()
  const byKid = new Map<string, VerificationKey>()
  const nameless: VerificationKey[] = []
  const seen = new Set<string>()
  for (const input of keys) {
    const read = readJwk(input)
    const kid = kidOf(input)
    if (kid !== '' && seen.has(kid)) {
      byKid.delete(kid)
      refusedKids.set(kid, 'kid_twice')
      continue
    }
    seen.add(kid)
    if (!read.ok) refusedKids.set(kid, read.reason)
    else if (read.key.kid === null) nameless.push(read.key)
    else byKid.set(read.key.kid, read.key)
  }
  return { all: [...byKid.values(), ...nameless], byKid, refusedKids }
}

function kidOf(input: unknown): string {
  const kid: unknown = typeof input === 'object' && input !== null && 'kid' in input ? input.kid : ''
  return typeof kid === 'string' ? kid.slice(0, 128) : ''
}
