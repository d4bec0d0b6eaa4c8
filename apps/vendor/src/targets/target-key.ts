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
export type TargetKey = { readonly privateKey: KeyObject; readonly publicJwk: PublicJwk }

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
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new VendorError('data_folder_unsafe', { facts: { file: path, wanted: '0400' } })
  }
  return keyOf(createPrivateKey(readFileSync(path)))
}

/** Makes the key of a target, whole on disk before it is known: written aside, synced, renamed, folder synced. */
export function createTargetKey(folder: string, target: string): TargetKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeKeyFile(fileOf(folder, target), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return keyOf(privateKey)
}

/** The names of all targets that have a key: what can be served before any database is open. */
export function targetsWithKeys(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).flatMap((file) => FILE.exec(file)?.[1] ?? []) : []
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

function keyOf(privateKey: KeyObject): TargetKey {
  const { x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (x === undefined || y === undefined)
    throw new VendorError('data_folder_unsafe', { facts: { reason: 'not an EC key' } })
  // RFC 7638 §3.2: the required members in lexical order.
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url')
  return { privateKey, publicJwk: { kty: 'EC', crv: 'P-256', x, y, kid, use: 'sig', alg: 'ES256' } }
}

function fileOf(folder: string, target: string): string {
  return join(folder, `target-${target}.pem`)
}

/** Our issuer for one target: one key and one issuer each, so that a token for one store is nothing at another. */
export function issuerUrlOf(publicUrl: string, target: string): string {
  return `${publicUrl}/oidc/${target}`
}

/** OpenID Connect Discovery 1.0 §3, as far as a store reads it, and the key set it names. */
export function issuerDocuments(publicUrl: string, target: string, key: TargetKey) {
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
  return { discovery: JSON.stringify(discovery), jwks: JSON.stringify({ keys: [key.publicJwk] }) }
}
