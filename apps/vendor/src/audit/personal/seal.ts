import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import type { Person } from '../../domain/personal/person.ts'
import { personKey } from '../../domain/personal/person.ts'

export const SALT_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

/** Every use of a salt has a name of its own, so that none of its outputs is another one's. */
const OF_VALUE = 'stint personal value v1'
const OF_PERSON = 'stint personal who v1'
const OF_SEAL = 'stint personal seal v1'

/** HMAC-SHA-256 by the person's salt over what the member is and its value, JSON: 32 bytes. */
export function commit(salt: Uint8Array, what: string, json: string): Buffer {
  return createHmac('sha256', salt)
    .update(JSON.stringify([OF_VALUE, what, json]))
    .digest()
}

/** By which a row is known to be that person's, for whoever has its salt. */
export function whoOf(salt: Uint8Array, person: Person): Buffer {
  return createHmac('sha256', salt)
    .update(JSON.stringify([OF_PERSON, personKey(person)]))
    .digest()
}

/** Where a person's row is looked for: one of 65,536 places. */
export function bucketOf(person: Person): Buffer {
  return createHash('sha256').update(personKey(person)).digest().subarray(0, 2)
}

/** The key of everything that is sealed for a person. */
export function sealKeyOf(salt: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(OF_SEAL).digest()
}

/**
 * The value, sealed. A commitment is of one value alone, so its head is a nonce that never comes twice for two values of one
 * key.
 */
export function sealValue(key: Uint8Array, commitment: Uint8Array, json: string): Buffer {
  const cipher = createCipheriv(CIPHER, key, commitment.subarray(0, NONCE_BYTES))
  cipher.setAAD(commitment)
  return Buffer.concat([cipher.update(json, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** The value, JSON; null where it is not sealed by that key for that commitment. */
export function openValue(key: Uint8Array, commitment: Uint8Array, sealed: Uint8Array): string | null {
  if (sealed.length < TAG_BYTES) return null
  const end = sealed.length - TAG_BYTES
  try {
    const decipher = createDecipheriv(CIPHER, key, commitment.subarray(0, NONCE_BYTES))
    decipher.setAAD(commitment)
    decipher.setAuthTag(sealed.subarray(end))
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
