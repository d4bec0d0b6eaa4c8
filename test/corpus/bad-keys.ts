import { createHash, generateKeyPairSync, type JsonWebKey } from 'node:crypto'

/** Group F of the attack catalogue: members of a key set that are no keys for us, and the reason that each is dropped for. */

type Jwk = Readonly<Record<string, unknown>>
export type BadKey = { readonly name: string; readonly jwk: unknown; readonly reason: string }
export type OddKey = { readonly name: string; readonly jwk: Jwk }

const publicJwk = (pair: { publicKey: { export(options: { format: 'jwk' }): JsonWebKey } }): Jwk => ({
  ...pair.publicKey.export({ format: 'jwk' }),
})
const rsa = publicJwk(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const ec = publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
const ec384 = publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }))
const ed = publicJwk(generateKeyPairSync('ed25519'))

const bytesOf = (value: bigint): Buffer => {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}
const base64url = (value: bigint) => bytesOf(value).toString('base64url')

/** A number of exactly so many bits, odd, from a text: a modulus is imported whether or not anybody knows its factors. */
function odd(bits: number, text: string): bigint {
  const blocks = Array.from({ length: Math.ceil(bits / 256) }, (_, at) =>
    createHash('sha256').update(`${text} ${at}`).digest('hex'),
  )
  return BigInt.asUintN(bits, BigInt(`0x${blocks.join('')}`)) | (1n << BigInt(bits - 1)) | 1n
}
const modulus = (bits: number): Jwk => ({ ...rsa, n: base64url(odd(bits, 'modulus')) })

/** What the broken library of CVE-2017-15361 makes: a power of 65537 modulo the product of the small primes. */
function rocaModulus(): Jwk {
  const primes = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89]
  const more = [97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167]
  const product = [...primes, ...more].reduce((all, prime) => all * BigInt(prime), 1n)
  const power = Array.from({ length: 77 }).reduce<bigint>((all) => (all * 65_537n) % product, 1n)
  const large = (odd(2048, 'roca') / product) * product + power
  return { ...rsa, n: base64url(large % 2n === 0n ? large + product : large) }
}

/** The same point with one bit of y turned lies on no curve. */
function offCurve(jwk: Jwk): Jwk {
  const y = Buffer.from(String(jwk['y']), 'base64url')
  y[5] = (y[5] ?? 0) ^ 1
  return { ...jwk, y: y.toString('base64url') }
}
const without = (jwk: Jwk, name: string): Jwk =>
  Object.fromEntries(Object.entries(jwk).filter(([key]) => key !== name))
const smallOrder = (hex: string): Jwk => ({ ...ed, x: Buffer.from(hex, 'hex').toString('base64url') })
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

export const BAD_KEYS: readonly BadKey[] = [
  ...[512, 1024, 2040, 2047].map((bits) => ({
    name: `RSA of ${bits} bits`,
    jwk: modulus(bits),
    reason: 'modulus_size',
  })),
  ...[8193, 16_384].map((bits) => ({
    name: `RSA of ${bits} bits`,
    jwk: modulus(bits),
    reason: 'modulus_size',
  })),
  ...[1n, 2n, 3n, 17n, 257n, 65_535n, 65_536n, 65_538n, (1n << 64n) + 1n].map((e) => ({
    name: `RSA with an exponent of ${e}`,
    jwk: { ...rsa, e: base64url(e) },
    reason: 'exponent',
  })),
  { name: 'RSA with a fingerprint of ROCA', jwk: rocaModulus(), reason: 'roca' },
  {
    name: 'RSA with an even modulus',
    jwk: { ...rsa, n: base64url(odd(2048, 'even') - 1n) },
    reason: 'modulus',
  },
  { name: 'RSA without n', jwk: without(rsa, 'n'), reason: 'not_a_key' },
  { name: 'RSA without e', jwk: without(rsa, 'e'), reason: 'not_a_key' },
  { name: 'RSA whose n is a number', jwk: { ...rsa, n: 65_537 }, reason: 'not_a_key' },
  { name: 'RSA whose e is a number', jwk: { ...rsa, e: 65_537 }, reason: 'not_a_key' },
  { name: 'RSA whose n is a list', jwk: { ...rsa, n: [rsa['n']] }, reason: 'not_a_key' },
  { name: 'RSA whose n is short', jwk: { ...rsa, n: 'AQAB' }, reason: 'modulus_size' },
  { name: 'RSA for ES256', jwk: { ...rsa, alg: 'ES256' }, reason: 'alg_of_other_type' },
  { name: 'RSA for EdDSA', jwk: { ...rsa, alg: 'EdDSA' }, reason: 'alg_of_other_type' },
  ...['none', 'None', 'HS256', 'RSA-OAEP', 'RSA1_5', 'rs256', 'RS1', 'RS256 ', '', 256, ['RS256'], {}].map(
    (alg) => ({ name: `an alg of ${JSON.stringify(alg)}`, jwk: { ...rsa, alg }, reason: 'alg' }),
  ),
  { name: 'EC off its curve', jwk: offCurve(ec), reason: 'not_a_key' },
  { name: 'EC of P-384 off its curve', jwk: offCurve(ec384), reason: 'not_a_key' },
  { name: 'EC at zero', jwk: { ...ec, x: 'A'.repeat(43), y: 'A'.repeat(43) }, reason: 'not_a_key' },
  { name: 'EC of P-384 said to be P-256', jwk: { ...ec384, crv: 'P-256' }, reason: 'not_a_key' },
  { name: 'EC of P-256 said to be P-384', jwk: { ...ec, crv: 'P-384' }, reason: 'not_a_key' },
  { name: 'P-256 for ES384', jwk: { ...ec, alg: 'ES384' }, reason: 'alg_of_other_type' },
  { name: 'P-384 for ES256', jwk: { ...ec384, alg: 'ES256' }, reason: 'alg_of_other_type' },
  { name: 'P-256 for RS256', jwk: { ...ec, alg: 'RS256' }, reason: 'alg_of_other_type' },
  { name: 'P-256 for ECDH', jwk: { ...ec, alg: 'ECDH-ES' }, reason: 'alg' },
  { name: 'EC without a curve', jwk: without(ec, 'crv'), reason: 'kty' },
  { name: 'EC without y', jwk: without(ec, 'y'), reason: 'not_a_key' },
  { name: 'EC on a Bitcoin curve', jwk: { ...ec, crv: 'secp256k1' }, reason: 'kty' },
  { name: 'a curve in lower case', jwk: { ...ec, crv: 'p-256' }, reason: 'kty' },
  { name: 'a curve of the prototype', jwk: { ...ec, crv: 'constructor' }, reason: 'kty' },
  { name: 'a curve that is a list', jwk: { ...ec, crv: ['P-256'] }, reason: 'kty' },
  { name: 'OKP with a curve of EC', jwk: { ...ec, kty: 'OKP' }, reason: 'kty' },
  { name: 'EC with a curve of OKP', jwk: { ...ed, kty: 'EC' }, reason: 'kty' },
  { name: 'X25519', jwk: { ...ed, crv: 'X25519' }, reason: 'kty' },
  { name: 'Ed448', jwk: { ...ed, crv: 'Ed448' }, reason: 'kty' },
  { name: 'Ed25519 of 31 bytes', jwk: { ...ed, x: 'A'.repeat(42) }, reason: 'not_a_key' },
  { name: 'Ed25519 at the neutral point', jwk: smallOrder(`01${'00'.repeat(31)}`), reason: 'small_order' },
  {
    name: 'Ed25519 at the neutral point, negative',
    jwk: smallOrder(`01${'00'.repeat(30)}80`),
    reason: 'small_order',
  },
  { name: 'Ed25519 of order four', jwk: smallOrder('00'.repeat(32)), reason: 'small_order' },
  { name: 'Ed25519 of order two', jwk: smallOrder(`ec${'ff'.repeat(30)}7f`), reason: 'small_order' },
  {
    name: 'Ed25519 of order eight',
    jwk: smallOrder('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'),
    reason: 'small_order',
  },
  { name: 'a symmetric key', jwk: { kty: 'oct', k: 'AAAA' }, reason: 'private' },
  { name: 'a symmetric key without its bytes', jwk: { kty: 'oct' }, reason: 'kty' },
  { name: 'a type in lower case', jwk: { ...rsa, kty: 'rsa' }, reason: 'kty' },
  { name: 'no type', jwk: without(rsa, 'kty'), reason: 'kty' },
  { name: 'a type of the prototype', jwk: { ...rsa, kty: '__proto__' }, reason: 'kty' },
  ...PRIVATE.map((member) => ({
    name: `a private member ${member}`,
    jwk: { ...rsa, [member]: member === 'oth' ? [] : 'AAAA' },
    reason: 'private',
  })),
  { name: 'a private member that is null', jwk: { ...ec, d: null }, reason: 'private' },
  ...['enc', 'SIG', '', 'sig ', 1, ['sig'], null].map((use) => ({
    name: `a use of ${JSON.stringify(use)}`,
    jwk: { ...rsa, use },
    reason: 'use',
  })),
  ...[[], ['sign'], ['encrypt', 'wrapKey'], ['Verify'], 'verify', { verify: true }, null].map(
    (operations) => ({
      name: `key_ops of ${JSON.stringify(operations)}`,
      jwk: { ...rsa, key_ops: operations },
      reason: 'key_ops',
    }),
  ),
]

/** Their kid is what is wrong: the event cannot name it. */
export const BAD_KIDS: readonly BadKey[] = [
  7,
  '',
  'k'.repeat(129),
  'line\nbreak',
  'nul\u0000',
  'bidi\u202e',
  ['k'],
  { k: 1 },
  true,
].map((kid) => ({
  name: `a kid of ${JSON.stringify(kid).slice(0, 20)}`,
  jwk: { ...rsa, kid },
  reason: 'kid',
}))

/** No objects at all; they have no kid. */
export const NO_OBJECTS: readonly BadKey[] = [null, 'key', 7, [], [[]], true].map((jwk) => ({
  name: `a member that is ${JSON.stringify(jwk)}`,
  jwk,
  reason: 'not_an_object',
}))

/** Strange to see and good: each stays in the set. */
export const ODD_KEYS: readonly OddKey[] = [
  { name: 'no alg, no use', jwk: rsa },
  { name: 'RSA of 8192 bits', jwk: modulus(8192) },
  { name: 'RSA of 2048 bits', jwk: modulus(2048) },
  { name: 'an exponent of 65539', jwk: { ...rsa, e: base64url(65_539n) } },
  { name: 'key_ops that also sign', jwk: { ...rsa, key_ops: ['sign', 'verify'] } },
  { name: 'certificates beside it', jwk: { ...rsa, x5c: ['AAAA'], x5t: 'AAAA', 'x5t#S256': 'AAAA' } },
  { name: 'members that nobody knows', jwk: { ...ec, nbf: 1, issuer: 'x' } },
  { name: 'Ed25519', jwk: { ...ed, alg: 'EdDSA', use: 'sig' } },
  { name: 'P-384', jwk: { ...ec384, alg: 'ES384' } },
]
