import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject } from 'node:crypto'
import { VendorError } from '../errors.ts'

export type SealingKeys = {
  /** Names the key that seals: the first 16 hex digits of its SHA-256. */
  readonly id: string
  /** Seals a text, as Latin-1. `nonce` is 12 bytes that no other call gets; `beside` is what must be the same when it is opened. */
  seal(text: string, beside: string, nonce: Uint8Array): string
  /** The text, or null where no key of that name is there, or it, or what stands beside it, was changed. */
  open(sealed: Uint8Array, beside: string, keyId: string): string | null
}

const NONCE = 12
const TAG = 16
const KEY_LINE = /^[A-Za-z0-9+/]{43}=$/

/**
 * Reads the sealing keys of a file: one key of 32 bytes in base64 a line. The first seals, all open: to rotate, a new key
 * is put before the old one, which is taken out when the longest session is over. Throws `settings_invalid`.
 */
export function readSealingKeys(text: string): SealingKeys {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const [sealing] = lines.filter((line) => KEY_LINE.test(line)).map(keyOf)
  if (sealing === undefined || !lines.every((line) => KEY_LINE.test(line))) {
    throw new VendorError('settings_invalid', {
      facts: { problems: 'the session key file holds lines of 32 bytes in base64' },
    })
  }
  const keys = new Map(lines.map(keyOf).map((one) => [one.id, one.key] as const))
  const { id } = sealing
  return {
    id,
    seal(content, beside, nonce) {
      const cipher = createCipheriv('aes-256-gcm', sealing.key, nonce)
      cipher.setAAD(Buffer.from(`${beside}\n${id}`))
      const body = cipher.update(content, 'utf8', 'latin1') + cipher.final('latin1')
      return Buffer.from(nonce).toString('latin1') + body + cipher.getAuthTag().toString('latin1')
    },
    open(sealed, beside, keyId) {
      const key = keys.get(keyId)
      if (key === undefined || sealed.length < NONCE + TAG) return null
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
      decipher.setAAD(Buffer.from(`${beside}\n${keyId}`))
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
      try {
        return decipher.update(sealed.subarray(NONCE, -TAG), undefined, 'utf8') + decipher.final('utf8')
      } catch {
        return null
      }
    },
  }
}

function keyOf(line: string): { readonly id: string; readonly key: KeyObject } {
  const bytes = Buffer.from(line, 'base64')
  return { id: hash('sha256', bytes).slice(0, 16), key: createSecretKey(bytes) }
}
