import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { VendorError } from '../../errors.ts'
import { sha256 } from './sha256.ts'

/** The key that signs checkpoints: Ed25519, of this log and nothing else. Whoever holds it can tell two histories. */
export type LogKey = {
  /** The verifier key (C2SP signed-note): `<origin>+<key id>+<type and public key>`. */
  readonly vkey: string
  /** The signature line of a text, without its newline. */
  sign(text: string): string
}

/** C2SP signed-note: the signature type of Ed25519. */
const ED25519 = 1
const ID_BYTES = 4
const PUBLIC_BYTES = 32

/**
 * Reads a private key from its PEM file, to sign under that origin. Throws `data_folder_unsafe` where others can read the
 * file, and `log_key_unusable` where it is not there or no Ed25519 key. `isGiven` as in `readKeyFile`.
 */
export function readLogKey(
  path: string,
  { origin, isGiven }: { readonly origin: string; readonly isGiven: boolean },
): LogKey {
  return logKey(privateKeyOf(path, isGiven), origin)
}

/** A new private key, PKCS #8 in PEM. */
export function newLogKeyPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function privateKeyOf(path: string, isGiven: boolean): KeyObject {
  let mode: number
  let key: KeyObject
  try {
    mode = statSync(path).mode
    key = createPrivateKey(readFileSync(path))
  } catch (cause) {
    throw new VendorError('log_key_unusable', { cause, facts: { file: path } })
  }
  if ((mode & (isGiven ? 0o037 : 0o077)) !== 0)
    throw new VendorError('data_folder_unsafe', { facts: { file: path, wanted: '0400' } })
  if (key.asymmetricKeyType !== 'ed25519')
    throw new VendorError('log_key_unusable', { facts: { file: path } })
  return key
}

function logKey(privateKey: KeyObject, origin: string): LogKey {
  // An Ed25519 SubjectPublicKeyInfo ends with the 32 bytes of the key (RFC 8410 §4).
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const publicKey = Buffer.concat([Uint8Array.of(ED25519), spki.subarray(-PUBLIC_BYTES)])
  const id = sha256(Buffer.concat([Buffer.from(`${origin}\n`), publicKey])).subarray(0, ID_BYTES)
  return {
    vkey: `${origin}+${Buffer.from(id).toString('hex')}+${publicKey.toString('base64')}`,
    sign(text) {
      const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)])
      return `— ${origin} ${signature.toString('base64')}`
    },
  }
}

const VKEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex')

/** The origin that a verifier key is of. Throws RangeError for a text that is none. */
export function originOf(vkey: string): string {
  const [, origin] = VKEY.exec(vkey) ?? []
  if (origin === undefined) throw new RangeError('not a verifier key')
  return origin
}

/** What a checkpoint says, once its signature by that key holds; null for everything else. */
export function openCheckpoint(note: string, vkey: string): SignedHead | null {
  const [, origin, id, encoded] = VKEY.exec(vkey) ?? []
  const [, text, named, digits, root, lines] = NOTE.exec(note) ?? []
  if (origin === undefined || encoded === undefined || named !== origin || text === undefined) return null
  const prefix = `— ${origin} `
  const mine = lines
    ?.split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => Buffer.from(line.slice(prefix.length), 'base64'))
    .find((bytes) => bytes.subarray(0, ID_BYTES).toString('hex') === id)
  const key = Buffer.concat([SPKI_ED25519, Buffer.from(encoded, 'base64').subarray(1)])
  const publicKey = createPublicKey({ key, type: 'spki', format: 'der' })
  const holds = mine !== undefined && verify(null, Buffer.from(text), publicKey, mine.subarray(ID_BYTES))
  return holds ? { size: Number(digits), root: Buffer.from(root ?? '', 'base64') } : null
}

export type SignedHead = { readonly size: number; readonly root: Uint8Array }

/** C2SP tlog-checkpoint without extension lines, in a signed note. */
const NOTE = /^(([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n((?:— [^\n]+\n)+)$/
