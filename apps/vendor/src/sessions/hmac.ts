import { hash } from 'node:crypto'

const BLOCK = 64
const LENGTH = 32
const LONGEST = 1024
/** One pair for all calls: nothing in here waits. */
const inner = new Uint8Array(BLOCK + LONGEST)
/** Of each length a text had: making one costs as much as a hash. */
const views: Uint8Array[] = []
const outer = new Uint8Array(BLOCK + LENGTH)

/**
 * HMAC-SHA-256 (RFC 2104) of an ASCII text of at most 1,024 characters; key and answer are bytes as Latin-1. By two
 * one-shot hashes whose answers are texts: `createHmac` costs ten times as much, a buffer for each answer twice, and every
 * exchange and every signed request pays for it.
 */
export function hmacSha256(key: string, text: string): string {
  return twice(key, text, 'binary')
}

/** The same, as lower-case hex. */
export function hmacSha256Hex(key: string, text: string): string {
  return twice(key, text, 'hex')
}

function twice(key: string, text: string, as: 'binary' | 'hex'): string {
  const short = key.length > BLOCK ? hash('sha256', Buffer.from(key, 'latin1'), 'binary') : key
  const { length } = text
  if (length > LONGEST) throw new RangeError('a text of more than 1,024 characters')
  for (let at = 0; at < BLOCK; at++) {
    const byte = at < short.length ? short.charCodeAt(at) : 0
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  for (let at = 0; at < length; at++) inner[BLOCK + at] = text.charCodeAt(at)
  views[length] ??= inner.subarray(0, BLOCK + length)
  const first = hash('sha256', views[length], 'binary')
  for (let at = 0; at < LENGTH; at++) outer[BLOCK + at] = first.charCodeAt(at)
  const mac = hash('sha256', outer, as)
  // What stands there would be a key.
  inner.fill(0, 0, BLOCK)
  outer.fill(0)
  return mac
}
