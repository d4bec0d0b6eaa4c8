import { MAX_KID } from './compact-jwt.ts'
import type { VerificationKey } from './jwk.ts'
import { readJwk } from './jwk.ts'
import { isPlainText } from './plain-text.ts'

/** A key set as far as it is for us: the usable keys, by kid, and what was refused and why. */
export type ReadKeySet = {
  readonly all: readonly VerificationKey[]
  readonly byKid: ReadonlyMap<string, VerificationKey>
  /** kid → reason. All keys without a kid that can be written down stand under null. */
  readonly refused: ReadonlyMap<string | null, string>
}

/** More keys than any issuer needs are a way to make us import them: then there is no set at all. */
const MAX_KEYS = 64

/** Reads a JWK Set (RFC 7517 §5), or null where it is none. A bad key is dropped, not the set; a kid twice drops both. */
export function readKeySet(value: unknown): ReadKeySet | null {
  const keys: unknown = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : null
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return null
  const refused = new Map<string | null, string>()
  const byKid = new Map<string, VerificationKey>()
  const nameless: VerificationKey[] = []
  const seen = new Set<string>()
  for (const input of keys) {
    const kid = kidOf(input)
    const read = readJwk(input)
    if (kid !== null && seen.has(kid)) {
      byKid.delete(kid)
      refused.set(kid, 'kid_twice')
      continue
    }
    if (kid !== null) seen.add(kid)
    if (!read.ok) refused.set(kid, read.reason)
    else if (read.key.kid === null) nameless.push(read.key)
    else byKid.set(read.key.kid, read.key)
  }
  return { all: [...byKid.values(), ...nameless], byKid, refused }
}

function kidOf(input: unknown): string | null {
  const kid: unknown = typeof input === 'object' && input !== null && 'kid' in input ? input.kid : null
  return isPlainText(kid, MAX_KID) ? kid : null
}
