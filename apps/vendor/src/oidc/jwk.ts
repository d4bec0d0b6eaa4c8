import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { Algorithm } from '../domain/issuer.ts'
import { ALGORITHMS } from '../domain/issuer.ts'
import { MAX_KID } from './compact-jwt.ts'
import { isPlainText } from './plain-text.ts'

/** A key that may verify: imported once a generation of its set, never per request. */
export type VerificationKey = {
  readonly kid: string | null
  readonly key: KeyObject
  /** RFC 7638. */
  readonly thumbprint: string
  /** The algorithms that its type, its curve and its own `alg` leave. */
  readonly algorithms: readonly Algorithm[]
}

export type ReadJwk =
  | { readonly ok: true; readonly key: VerificationKey }
  | { readonly ok: false; readonly reason: string }

const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192
const MIN_EXPONENT = 65_537n
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const RSA: readonly Algorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const BY_CURVE: Readonly<Record<string, readonly Algorithm[]>> = {
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA'],
}
/**
 * The ROCA fingerprint (CVE-2017-15361): a modulus made by the broken library is a power of 65537 modulo each of the
 * small primes. A key that matches for all of them is factorable.
 */
const ROCA_PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157]

/**
 * Points of Ed25519 of small order, canonical and not, without their sign bit: of such a key, one signature holds for
 * very many messages (RFC 8032 §5.1.7 does not refuse them, and OpenSSL neither).
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Reads one member of a key set (RFC 7517 §4), or says why it is not for us. */
export function readJwk(input: unknown): ReadJwk {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return refused('not_an_object')
  const jwk = input as Record<string, unknown> // an object that is not an array, by the line above
  const { kty, use, key_ops: operations } = jwk
  const kid = jwk['kid'] ?? null
  const alg = jwk['alg'] ?? null
  if (kid !== null && !isPlainText(kid, MAX_KID)) return refused('kid')
  if (use !== undefined && use !== 'sig') return refused('use')
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return refused('key_ops')
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return refused('private')
  const possible = kty === 'RSA' ? RSA : algorithmsOfCurve(jwk)
  if (possible.length === 0) return refused('kty')
  if (alg !== null && !ALGORITHMS.some((known) => known === alg)) return refused('alg')
  const algorithms = alg === null ? possible : possible.filter((one) => one === alg)
  if (algorithms.length === 0) return refused('alg_of_other_type')
  const key = importKey(jwk)
  if (key === null) return refused('not_a_key')
  // What is judged and named is the key as it was imported: its text may have had padding, zeros or stray bits.
  const exported = key.export({ format: 'jwk' })
  const weak = kty === 'RSA' ? weakRsa(exported) : kty === 'OKP' ? weakEd25519(exported) : null
  if (weak !== null) return refused(weak)
  return { ok: true, key: { kid, key, thumbprint: thumbprint(exported), algorithms } }
}

function algorithmsOfCurve(jwk: Record<string, unknown>): readonly Algorithm[] {
  const { kty, crv } = jwk
  if (typeof crv !== 'string' || !Object.hasOwn(BY_CURVE, crv)) return []
  const isEd = crv === 'Ed25519'
  return (kty === 'OKP') === isEd && (kty === 'EC') === !isEd ? (BY_CURVE[crv] ?? []) : []
}

/** OpenSSL checks that a point lies on its curve. */
function importKey(jwk: Record<string, unknown>): KeyObject | null {
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }) // wrong members throw, and are no key
  } catch {
    return null
  }
}

function weakRsa({ n, e }: JsonWebKey): string | null {
  const modulus = bigint(n)
  const exponent = bigint(e)
  const bits = modulus.toString(2).length
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) return 'modulus_size'
  if (exponent < MIN_EXPONENT || exponent % 2n === 0n || exponent.toString(2).length > 64) return 'exponent'
  if (modulus % 2n === 0n) return 'modulus'
  return hasRocaFingerprint(modulus) ? 'roca' : null
}

function weakEd25519({ x = '' }: JsonWebKey): string | null {
  const point = Buffer.from(x, 'base64url')
  point[31] = (point[31] ?? 0) & 0x7f
  return SMALL_ORDER.has(point.toString('hex')) ? 'small_order' : null
}

function hasRocaFingerprint(modulus: bigint): boolean {
  return ROCA_PRIMES.every((prime) => powersOf65537(prime).has(Number(modulus % BigInt(prime))))
}

function powersOf65537(prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power)
  return powers
}

function bigint(base64url = ''): bigint {
  const bytes = Buffer.from(base64url, 'base64url')
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`)
}

/** RFC 7638 §3.2: SHA-256 over the required members in lexical order. */
function thumbprint({ kty, crv, x, y, e, n }: JsonWebKey): string {
  const required = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url')
}

function refused(reason: string): ReadJwk {
  return { ok: false, reason }
}
