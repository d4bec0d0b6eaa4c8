import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { VendorError } from '../errors.ts'

/** The key that one store trusts. It outranks every user secret there: 0400, one a target. */
export type TargetKey = {
  readonly privateKey: KeyObject
  readonly publicJwk: PublicJwk
  /** RFC 7638. The kid is this one, but for a key that took the place of a compromised one. */
  readonly thumbprint: string
}

type PublicJwk = {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly use: 'sig'
  readonly alg: 'ES256'
}

const FILE = /^target-([a-z0-9-]+)\.pem$/

/** Reads the key of a target, or null where there is none yet. `data_folder_unsafe` where others can read it. */
export function readTargetKey(folder: string, target: string): TargetKey | null {
  const path = fileOf(folder, target)
  if (!existsSync(path)) return null
  const text = readKeyFile(path)
  return keyOf(createPrivateKey(text), KID.exec(text)?.[1])
}

/** RFC 7468 §5.2: what stands before the first line of a PEM text is for people, and for us. */
const KID = /^kid: ([\w-]{43})\n/

/** Makes the key of a target, whole on disk before it is known: written aside, synced, renamed, folder synced. */
export function createTargetKey(folder: string, target: string): TargetKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeKeyFile(fileOf(folder, target), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return keyOf(privateKey)
}

/**
 * A new key for a target, not written yet. Under the kid of the old one (`kid`) a store that holds that one finds out
 * that it does not verify, fetches the key set, and has the old key no more.
 */
export function newTargetKey(kid?: string): TargetKey {
  return keyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, kid)
}

/** Puts a key in the place of the one that a target has: whole, or not at all. */
export function replaceTargetKey(folder: string, target: string, key: TargetKey): void {
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  writeKeyFile(fileOf(folder, target), `kid: ${key.publicJwk.kid}\n${pem}`)
}

/** The names of all targets that have a key: what can be served before any database is open. */
export function targetsWithKeys(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).flatMap((file) => FILE.exec(file)?.[1] ?? []) : []
}

/** Reads a secret file. `data_folder_unsafe` where others can read it, or nobody. */
export function readKeyFile(path: string): string {
  try {
    if ((statSync(path).mode & 0o077) === 0) return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new VendorError('data_folder_unsafe', { cause, facts: { file: path, wanted: '0400' } })
  }
  throw new VendorError('data_folder_unsafe', { facts: { file: path, wanted: '0400' } })
}

/** Writes a secret file, 0400, in a folder of 0700, so that a crash leaves the old state or the new one. */
export function writeKeyFile(path: string, content: string | Uint8Array): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const aside = `${path}.new`
  writeFileSync(aside, content, { mode: 0o400, flush: true })
  renameSync(aside, path)
  const directory = openSync(folder, 'r')
  fsyncSync(directory)
  closeSync(directory)
}

function keyOf(privateKey: KeyObject, kid?: string): TargetKey {
  const { x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (x === undefined || y === undefined)
    throw new VendorError('data_folder_unsafe', { facts: { reason: 'not an EC key' } })
  // RFC 7638 §3.2: the required members in lexical order.
  const thumbprint = createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url')
  const publicJwk = {
    kty: 'EC',
    crv: 'P-256',
    x,
    y,
    kid: kid ?? thumbprint,
    use: 'sig',
    alg: 'ES256',
  } as const
  return { privateKey, publicJwk, thumbprint }
}

function fileOf(folder: string, target: string): string {
  return join(folder, `target-${target}.pem`)
}

/** Our issuer for one target: one key and one issuer each, so that a token for one store is nothing at another. */
export function issuerUrlOf(publicUrl: string, target: string): string {
  return `${publicUrl}/oidc/${target}`
}

/** OpenID Connect Discovery 1.0 §3, as far as a store reads it, and the key set it names. */
export function issuerDocuments(publicUrl: string, target: string, keys: readonly TargetKey[]) {
  const issuer = issuerUrlOf(publicUrl, target)
  const discovery = {
    issuer,
    jwks_uri: `${issuer}/jwks.json`,
    // Required members of the document; nothing of ours answers there, a store asks for keys only.
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  }
  return {
    discovery: JSON.stringify(discovery),
    jwks: JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }),
  }
}
