import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'

const FRAGMENT_BYTES = 16_384

/**
 * A body as MinIO's admin API takes it where it wants encryption by the caller's secret key: salt 32 | id 2
 * (PBKDF2-HMAC-SHA256 of 8,192 rounds, AES-256-GCM) | nonce 8 | sealed fragments of 16 KiB. A fragment's nonce
 * ends in its number, little-endian from 1; its additional data are a flag (0x80 on the last one) and the tag
 * of an empty message sealed as number 0.
 */
export function sealAdminBody(secretKey: string, plain: string): Buffer {
  const salt = randomBytes(32)
  const nonce = randomBytes(8)
  const key = pbkdf2Sync(secretKey, salt, 8_192, 32, 'sha256')
  const seal = (number: number, data: Uint8Array, additional: Uint8Array) => {
    const counter = Buffer.alloc(4)
    counter.writeUInt32LE(number)
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.concat([nonce, counter])).setAAD(additional)
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()])
  }
  const header = seal(0, Buffer.alloc(0), Buffer.alloc(0))
  const data = Buffer.from(plain)
  const count = Math.max(1, Math.ceil(data.length / FRAGMENT_BYTES))
  const fragments = Array.from({ length: count }, (_, index) => {
    const flag = Buffer.from([index === count - 1 ? 0x80 : 0x00])
    const slice = data.subarray(index * FRAGMENT_BYTES, (index + 1) * FRAGMENT_BYTES)
    return seal(index + 1, slice, Buffer.concat([flag, header]))
  })
  return Buffer.concat([salt, Buffer.from([2]), nonce, ...fragments])
}
