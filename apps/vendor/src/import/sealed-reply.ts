import type { CipherGCMTypes } from 'node:crypto'
import { createCipheriv, createDecipheriv, pbkdf2Sync } from 'node:crypto'
import { argon2id } from '@noble/hashes/argon2.js'

const SALT_BYTES = 32
const NONCE_BYTES = 8
const TAG_BYTES = 16
const FRAGMENT_BYTES = 16 * 1024 + TAG_BYTES
const HEADER_BYTES = SALT_BYTES + 1 + NONCE_BYTES
const LAST = 0x80

/** What a store seals with: by the id in the reply, the cipher and how the key is made of the secret. */
const WAYS: Readonly<
  Record<number, { readonly cipher: string; readonly key: (secret: string, salt: Uint8Array) => Uint8Array }>
> = {
  0: { cipher: 'aes-256-gcm', key: argon },
  1: { cipher: 'chacha20-poly1305', key: argon },
  2: { cipher: 'aes-256-gcm', key: (secret, salt) => pbkdf2Sync(secret, salt, 8_192, 32, 'sha256') },
}

/**
 * Opens a reply of MinIO's admin API that is sealed by the caller's own secret key (madmin-go `encrypt.go`, sio-go):
 * salt 32 | id 1 | nonce 8 | fragments of 16 KiB. Null where it is none, was changed, cut or sealed by another secret.
 */
export function openSealedReply(secret: string, reply: Uint8Array): string | null {
  const way = WAYS[reply[SALT_BYTES] ?? -1]
  if (way === undefined || reply.length < HEADER_BYTES + TAG_BYTES) return null
  const salt = reply.subarray(0, SALT_BYTES)
  const nonce = reply.subarray(SALT_BYTES + 1, HEADER_BYTES)
  const sealed = reply.subarray(HEADER_BYTES)
  const open = opener(way.cipher, way.key(secret, salt), nonce)
  try {
    const pieces: Uint8Array[] = []
    for (let at = 0, number = 1; at < sealed.length; at += FRAGMENT_BYTES, number += 1) {
      const fragment = sealed.subarray(at, at + FRAGMENT_BYTES)
      pieces.push(open(fragment, { number, isLast: at + FRAGMENT_BYTES >= sealed.length }))
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch {
    return null
  }
}

/** 64 MiB of memory, one pass, four lanes: what sio-go asks for. Half a second. */
function argon(secret: string, salt: Uint8Array): Uint8Array {
  return argon2id(secret, salt, { t: 1, m: 64 * 1024, p: 4, dkLen: 32 })
}

/** A fragment is bound to its number by its nonce, and to being the last one by its additional data. */
function opener(name: string, key: Uint8Array, nonce: Uint8Array) {
  // Both ciphers of the table are AEADs that Node types by the names of the first.
  const cipher = name as CipherGCMTypes
  const options = { authTagLength: TAG_BYTES }
  const nonceOf = (number: number) => {
    const counter = Buffer.alloc(4)
    counter.writeUInt32LE(number)
    return Buffer.concat([nonce, counter])
  }
  const first = createCipheriv(cipher, key, nonceOf(0), options)
  first.final()
  const header = first.getAuthTag()
  return (
    fragment: Uint8Array,
    { number, isLast }: { readonly number: number; readonly isLast: boolean },
  ) => {
    if (fragment.length < TAG_BYTES) throw new RangeError('a fragment without its tag')
    const decipher = createDecipheriv(cipher, key, nonceOf(number), options)
    const data = fragment.subarray(0, -TAG_BYTES)
    decipher.setAAD(Buffer.concat([Buffer.from([isLast ? LAST : 0]), header]), {
      plaintextLength: data.length,
    })
    decipher.setAuthTag(fragment.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(data), decipher.final()])
  }
}
