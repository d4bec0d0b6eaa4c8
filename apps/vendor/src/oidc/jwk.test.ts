import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { readJwk } from './jwk.ts'
import { readKeySet } from './read-key-set.ts'

const rsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
const ec = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' })
const RSA = rsa(2048)
const EC = ec('P-256')
const ED = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })

const number = (text = '') => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)
const text = (value: bigint, bytes = 256) =>
  Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64url')

/** A modulus with the fingerprint of CVE-2017-15361: a power of 65537 modulo each of the small primes. */
function rocaModulus(): string {
  const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157]
  const product = primes.reduce((all, prime) => all * BigInt(prime), 1n)
  let power = 1n
  for (let times = 0; times < 12; times++) power = (power * 65_537n) % product
  const start = number(RSA.n)
  let modulus = start - (start % product) + power
  while (modulus % 2n === 0n || modulus.toString(2).length !== 2048) modulus -= product
  return text(modulus)
}

type Row = readonly [name: string, key: unknown, reason: string]
const over = (members: object, of: JsonWebKey = RSA) => ({ ...of, ...members })
const BAD: readonly Row[] = [
  ['null', null, 'not_an_object'],
  ['a text', 'key', 'not_an_object'],
  ['a list', [RSA], 'not_an_object'],
  ['an empty object', {}, 'kty'],
  ['a type that nobody knows', over({ kty: 'DSA' }), 'kty'],
  ['a type in lower case', over({ kty: 'rsa' }), 'kty'],
  ['a symmetric key', { kty: 'oct', k: 'AAAA' }, 'private'],
  ['a symmetric key without its bytes', { kty: 'oct' }, 'kty'],
  ['a kid that is a number', over({ kid: 7 }), 'kid'],
  ['an empty kid', over({ kid: '' }), 'kid'],
  ['a kid beyond its bound', over({ kid: 'k'.repeat(129) }), 'kid'],
  ['a kid with a line break', over({ kid: 'a\n' }), 'kid'],
  ['a kid not normalised', over({ kid: 'e\u0301' }), 'kid'],
  ['a key for encryption', over({ use: 'enc' }), 'use'],
  ['a use that nobody knows', over({ use: 'SIG' }), 'use'],
  ['a use of null', over({ use: null }), 'use'],
  ['operations without verify', over({ key_ops: ['sign'] }), 'key_ops'],
  ['no operations', over({ key_ops: [] }), 'key_ops'],
  ['operations that are a text', over({ key_ops: 'verify' }), 'key_ops'],
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map(
    (name): Row => [`a private member ${name}`, over({ [name]: 'AAAA' }), 'private'],
  ),
  ['a private member of null', over({ d: null }), 'private'],
  ['an algorithm that nobody knows', over({ alg: 'RS1' }), 'alg'],
  ['an algorithm of encryption', over({ alg: 'RSA-OAEP' }), 'alg'],
  ['a symmetric algorithm', over({ alg: 'HS256' }), 'alg'],
  ['no algorithm at all, by name', over({ alg: 'none' }), 'alg'],
  ['an algorithm that is a number', over({ alg: 256 }), 'alg'],
  ['RSA for ECDSA', over({ alg: 'ES256' }), 'alg_of_other_type'],
  ['P-256 for RSA', over({ alg: 'RS256' }, EC), 'alg_of_other_type'],
  ['P-256 for another curve', over({ alg: 'ES384' }, EC), 'alg_of_other_type'],
  ['Ed25519 for ECDSA', over({ alg: 'ES256' }, ED), 'alg_of_other_type'],
  ['RSA of 1024 bits', rsa(1024), 'modulus_size'],
  ['RSA of 2040 bits', over({ n: text(number(RSA.n) >> 8n, 255) }), 'modulus_size'],
  ['RSA of 8200 bits', over({ n: text((1n << 8199n) + 1n, 1025) }), 'modulus_size'],
  [
    'RSA with zeros before 1024 bits',
    over({
      n: Buffer.concat([Buffer.alloc(128), Buffer.from(rsa(1024).n ?? '', 'base64url')]).toString(
        'base64url',
      ),
    }),
    'modulus_size',
  ],
  ['an even modulus', over({ n: text(number(RSA.n) - 1n) }), 'modulus'],
  ['the fingerprint of ROCA', over({ n: rocaModulus() }), 'roca'],
  ['an exponent of one', over({ e: 'AQ' }), 'exponent'],
  ['an exponent of three', over({ e: 'Aw' }), 'exponent'],
  ['an even exponent', over({ e: 'AQAC' }), 'exponent'],
  ['an exponent of a hundred bits', over({ e: text((1n << 99n) + 1n, 13) }), 'exponent'],
  ['no modulus', over({ n: undefined }), 'not_a_key'],
  ['no exponent', over({ e: undefined }), 'not_a_key'],
  ['a modulus that is a number', over({ n: 7 }), 'not_a_key'],
  ['a curve that nobody knows', over({ crv: 'P-999' }, EC), 'kty'],
  ['secp256k1', over({ crv: 'secp256k1' }, EC), 'kty'],
  ['X25519, which signs nothing', over({ crv: 'X25519' }, ED), 'kty'],
  ['Ed25519 as EC', over({ kty: 'EC' }, ED), 'kty'],
  ['P-256 as OKP', over({ kty: 'OKP' }, EC), 'kty'],
  ['a curve from the prototype', over({ crv: 'toString' }, EC), 'kty'],
  ['a point off its curve', over({ y: EC.x }, EC), 'not_a_key'],
  ['a point of another curve', { ...ec('P-384'), crv: 'P-256' }, 'not_a_key'],
  ['a point of nothing', over({ x: text(0n, 32), y: text(0n, 32) }, EC), 'not_a_key'],
  ['a point without y', over({ y: undefined }, EC), 'not_a_key'],
  ['Ed25519 of 31 bytes', over({ x: Buffer.alloc(31, 1).toString('base64url') }, ED), 'not_a_key'],
]

test.each(BAD)('refuses %s', (_name, key, reason) => {
  const read = readJwk(key)
  expect(read.ok ? 'ok' : read.reason).toBe(reason)
})

test('a bad key is dropped, and the good ones beside it stay, by name', () => {
  const keys = [...BAD.map(([, key]) => key), over({ kid: 'good' }), over({ kid: 'fine' }, EC)].slice(-64)
  const set = readKeySet({ keys })
  expect([...(set?.byKid.keys() ?? [])]).toEqual(['good', 'fine'])
})

const GOOD: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['RSA without alg, for all of RSA', RSA, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['RSA with alg, for that alone', over({ alg: 'PS256' }), ['PS256']],
  ['P-256', EC, ['ES256']],
  ['P-384', ec('P-384'), ['ES384']],
  ['P-521', ec('P-521'), ['ES512']],
  ['Ed25519', ED, ['EdDSA']],
  [
    'with a certificate that is never looked at',
    over({ x5c: ['AAAA'], x5t: 'AA' }),
    ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ],
  ['with verify among its operations', over({ key_ops: ['verify', 'encrypt'], alg: 'RS256' }), ['RS256']],
]
test.each(GOOD)('takes %s', (_name, key, algorithms) => {
  const read = readJwk(key)
  expect(read.ok ? read.key.algorithms : read.reason).toEqual(algorithms)
})
