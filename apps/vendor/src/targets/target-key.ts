import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { VendorError } from '../errors.ts'
import { writeKeyFile } from '../key-file.ts'
import { selfSignedCertificate } from './certificate.ts'

/** The key that one store trusts. It outranks every user secret there: 0400, one a target. */
export type TargetKey = {
  readonly privateKey: KeyObject
  readonly publicJwk: PublicJwk
  /** Around the public key, for a store that knows keys by nothing else; null: none was made. */
  readonly certificate: X509Certificate | null
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

/**
 * Where keys are: those that Stint makes and replaces, and those that the operator gives (systemd's credentials folder),
 * which go first and are only read. null: the operator gives none.
 */
export type KeyFolders = { readonly own: string; readonly given: string | null }

const FILE = /^target-([a-z0-9-]+)\.pem$/

/** Reads the key of a target, or null where there is none yet. `data_folder_unsafe` where others can read it. */
export function readTargetKey(folders: KeyFolders, target: string): TargetKey | null {
  const isGiven = isGivenKey(folders, target)
  const path = fileOf(isGiven ? (folders.given ?? '') : folders.own, target)
  if (!existsSync(path)) return null
  // systemd gives a credential as a file of root that one user may read by an access list, which shows as the group's.
  if ((statSync(path).mode & (isGiven ? 0o037 : 0o077)) !== 0) {
    throw new VendorError('data_folder_unsafe', { facts: { file: path, wanted: '0400' } })
  }
  const text = readFileSync(path, 'utf8')
  const certificate = CERTIFICATE.exec(text)?.[0]
  return keyOf(createPrivateKey(text), {
    kid: KID.exec(text)?.[1],
    certificate: certificate === undefined ? null : new X509Certificate(certificate),
  })
}

/** RFC 7468 §5.2: what stands before the first line of a PEM text is for people, and for us. */
const KID = /^kid: ([\w-]{43})\n/
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/

/** Makes the key of a target, whole on disk before it is known: written aside, synced, renamed, folder synced. */
export function createTargetKey(folders: Pick<KeyFolders, 'own'>, target: string): TargetKey {
  const key = keyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, {})
  replaceTargetKey(folders, target, key)
  return key
}

/**
 * A new key for a target, not written yet. Under the kid of the old one (`kid`) a store that holds that one finds out
 * that it does not verify, fetches the key set, and has the old key no more.
 */
export function newTargetKey(kid?: string): TargetKey {
  return keyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, { kid })
}

/** Whether the key of a target is the operator's to replace. */
export function isGivenKey({ given }: KeyFolders, target: string): boolean {
  return given !== null && existsSync(fileOf(given, target))
}

/** The same key with a certificate, not written yet. It is signed anew each time, so it is made once and kept. */
export function withCertificate(key: TargetKey, target: string): TargetKey {
  return { ...key, certificate: selfSignedCertificate(key.privateKey, `stint-${target}`) }
}

/** Puts a key in the place of the one that a target has, with what belongs to it in one file: whole, or not at all. */
export function replaceTargetKey({ own }: Pick<KeyFolders, 'own'>, target: string, key: TargetKey): void {
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const kid = key.publicJwk.kid === key.thumbprint ? '' : `kid: ${key.publicJwk.kid}\n`
  writeKeyFile(fileOf(own, target), `${kid}${pem}${key.certificate?.toString() ?? ''}`)
}

/** The names of all targets that have a key: what can be served before any database is open. */
export function targetsWithKeys({ own, given }: KeyFolders): readonly string[] {
  const files = [own, given].flatMap((folder) =>
    folder !== null && existsSync(folder) ? readdirSync(folder) : [],
  )
  return [...new Set(files.flatMap((file) => FILE.exec(file)?.[1] ?? []))]
}

function keyOf(
  privateKey: KeyObject,
  {
    kid,
    certificate = null,
  }: { readonly kid?: string | undefined; readonly certificate?: X509Certificate | null },
): TargetKey {
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
  return { privateKey, publicJwk, certificate, thumbprint }
}

/** RFC 7517 §4.7: base64, and not base64url, of the DER. */
function jwkOf({ publicJwk, certificate }: TargetKey): object {
  return certificate === null ? publicJwk : { ...publicJwk, x5c: [certificate.raw.toString('base64')] }
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
    jwks: JSON.stringify({ keys: keys.map(jwkOf) }),
  }
}
