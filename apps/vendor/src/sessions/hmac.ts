import { hash } from 'node:crypto'

const BLOCK = 64
const LENGTH = 32
const LONGEST = 1024
/** One pair for all calls: nothing in here waits, and a fresh pair each time is half the cost. */
const inner = Buffer.alloc(BLOCK + LONGEST)
const outer = Buffer.alloc(BLOCK + LENGTH)

/**
 * HMAC-SHA-256 (RFC 2104) by two one-shot hashes, for texts of at most 1,024 bytes: `createHmac` costs five times as much,
 * and every exchange and every signed request pays for it.
 */
export function hmacSha256(key: Uint8Array, text: string): Buffer {
  const short = key.length > BLOCK ? hash('sha256', key, 'buffer') : key
  const length = Buffer.byteLength(text)
  if (length > LONGEST) throw new RangeError('a text of more than 1,024 bytes')
  for (let at = 0; at < BLOCK; at++) {
    const byte = short[at] ?? 0
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  inner.write(text, BLOCK)
  outer.set(hash('sha256', inner.subarray(0, BLOCK + length), 'buffer'), BLOCK)
  const mac = hash('sha256', outer, 'buffer')
  // What it was made of would be a key.
  inner.fill(0, 0, BLOCK + length)
  outer.fill(0)
  return mac
}

/** The same, as lower-case hex. */
export function hmacSha256Hex(key: Uint8Array, text: string): string {
  return hmacSha256(key, text).toString('hex')
}
