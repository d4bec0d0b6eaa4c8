import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto'
import { promisify } from 'node:util'

// Signing by node:crypto alone: it can also make what a sane library refuses to make, and leaves jose
// free to be an independent oracle.

/** Algorithms of RFC 7518 §3.1 and RFC 8037 for which `newSigningKey` makes a key. */
export type SigningAlgorithm = keyof typeof ALGORITHMS

const pss = (hash: string): Spec => ({
  hash,
  type: 'rsa',
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
})
const pkcs1 = (hash: string): Spec => ({
  hash,
  type: 'rsa',
  options: { padding: constants.RSA_PKCS1_PADDING },
})
const ecdsa = (hash: string, namedCurve: string): Spec => ({
  hash,
  type: 'ec',
  namedCurve,
  options: { dsaEncoding: 'ieee-p1363' },
})

type Spec = { readonly hash: string | null; readonly options: object } & (
  | { readonly type: 'rsa' | 'ed25519' }
  | { readonly type: 'ec'; readonly namedCurve: string }
)

const ALGORITHMS = {
  RS256: pkcs1('sha256'),
  RS384: pkcs1('sha384'),
  RS512: pkcs1('sha512'),
  PS256: pss('sha256'),
  PS384: pss('sha384'),
  PS512: pss('sha512'),
  ES256: ecdsa('sha256', 'P-256'),
  ES384: ecdsa('sha384', 'P-384'),
  ES512: ecdsa('sha512', 'P-521'),
  ES256K: ecdsa('sha256', 'secp256k1'),
  EdDSA: { hash: null, type: 'ed25519', options: {} },
} as const satisfies Readonly<Record<string, Spec>>

/** A key pair as an issuer holds it; `jwk` is the public half as it is published. */
export type SigningKey = {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
  readonly jwk: Readonly<JsonWebKey>
}

const generate = promisify(generateKeyPair)

/** Makes a key pair; `modulusBits` matters for RSA only (2048 when left out). */
export async function newSigningKey(
  alg: SigningAlgorithm,
  kid: string,
  { modulusBits = 2048 }: { readonly modulusBits?: number } = {},
): Promise<SigningKey> {
  const { privateKey } = await generatePair(alg, modulusBits)
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg, use: 'sig' }
  return { kid, alg, privateKey, jwk }
}

function generatePair(alg: SigningAlgorithm, modulusLength: number) {
  const spec: Spec = ALGORITHMS[alg]
  if (spec.type === 'rsa') return generate('rsa', { modulusLength })
  if (spec.type === 'ec') return generate('ec', { namedCurve: spec.namedCurve })
  return generate('ed25519')
}

/** base64url without padding (RFC 7515 §2). */
const base64url = (input: string | Uint8Array): string => Buffer.from(input).toString('base64url')

/**
 * Signs `input` (the dotted first two parts) by the algorithm *named*, with whatever key is given: a public
 * RSA key in PEM as an HMAC secret is a case that a verifier must refuse, so nothing is checked here.
 */
function signatureOf(input: string, alg: string, key: KeyObject | Uint8Array): Buffer {
  if (alg === 'none') return Buffer.alloc(0)
  if (/^HS(256|384|512)$/.test(alg)) {
    const secret = key instanceof Uint8Array ? createSecretKey(key) : key
    return createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest()
  }
  if (!isSigningAlgorithm(alg) || key instanceof Uint8Array) throw new Error(`cannot sign by \`${alg}\``)
  const { hash, options }: Spec = ALGORITHMS[alg]
  return signBytes(hash, Buffer.from(input), { key, ...options })
}

function isSigningAlgorithm(alg: string): alg is SigningAlgorithm {
  return Object.hasOwn(ALGORITHMS, alg)
}

/** Compact JWS of two texts taken as they are (RFC 7515 §7.1): room for duplicate members and odd spacing. */
export function compactJws(
  header: string,
  payload: string,
  signer: { readonly alg: string; readonly key: KeyObject | Uint8Array },
): string {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${signatureOf(input, signer.alg, signer.key).toString('base64url')}`
}
