import { createCipheriv, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openSealedReply } from './sealed-reply.ts'

const SECRET = 'only-for-this-test'
const FRAGMENT = 16 * 1024

/** As a store without AES-NI and Argon2 seals: id 2, written here by another hand than what opens it. */
function seal(plain: string): Buffer {
  const salt = Buffer.alloc(32, 7)
  const nonce = Buffer.alloc(8, 9)
  const key = pbkdf2Sync(SECRET, salt, 8_192, 32, 'sha256')
  const one = (number: number, data: Buffer, aad: Buffer) => {
    const iv = Buffer.concat([nonce, Buffer.from(Uint32Array.of(number).buffer)])
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad)
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()])
  }
  const header = one(0, Buffer.alloc(0), Buffer.alloc(0))
  const data = Buffer.from(plain)
  const count = Math.max(1, Math.ceil(data.length / FRAGMENT))
  const fragments = Array.from({ length: count }, (_, index) =>
    one(
      index + 1,
      data.subarray(index * FRAGMENT, (index + 1) * FRAGMENT),
      Buffer.concat([Buffer.from([index === count - 1 ? 0x80 : 0]), header]),
    ),
  )
  return Buffer.concat([salt, Buffer.from([2]), nonce, ...fragments])
}

describe('a sealed reply', () => {
  it.each([[0], [1], [FRAGMENT - 1], [FRAGMENT], [FRAGMENT + 1], [3 * FRAGMENT + 5]])(
    'opens with %i bytes',
    (size) => {
      const plain = 'ä'.repeat(size >> 1) + 'x'.repeat(size & 1)
      expect(openSealedReply(SECRET, seal(plain))).toBe(plain)
    },
  )

  const good = seal('x'.repeat(2 * FRAGMENT + 100))
  const changed = (at: number) => {
    const copy = Buffer.from(good)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const first = 41 + FRAGMENT + 16
  it.each([
    ['another secret', 'other', good],
    ['nothing', SECRET, Buffer.alloc(0)],
    ['less than a header', SECRET, good.subarray(0, 40)],
    ['an unknown id', SECRET, changed(32).fill(9, 32, 33)],
    ['a changed salt', SECRET, changed(3)],
    ['a changed nonce', SECRET, changed(35)],
    ['a changed byte', SECRET, changed(100)],
    ['a changed tag', SECRET, changed(good.length - 1)],
    ['its last fragment cut off', SECRET, good.subarray(0, first + FRAGMENT + 16)],
    ['a fragment left out', SECRET, Buffer.concat([good.subarray(0, 41), good.subarray(first)])],
    ['a byte too many', SECRET, Buffer.concat([good, Buffer.from([0])])],
  ])('refuses %s', (_name, secret, reply) => {
    expect(openSealedReply(secret, reply)).toBeNull()
  })
})
