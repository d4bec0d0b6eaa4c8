import { hash, randomFillSync, timingSafeEqual } from 'node:crypto'
import type { Clock, Random, Timers } from './ports.ts'

/** The real clock, randomness and timers: the only ones in the service, made here and handed to everything else. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}

const POOL_BYTES = 8192

/** Randomness from a pool: one system call serves hundreds of ids; no byte is given twice. */
export function createRandom(): Random {
  const pool = Buffer.alloc(POOL_BYTES)
  let used = POOL_BYTES
  return {
    bytes(length) {
      if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length))
      if (used + length > POOL_BYTES) {
        randomFillSync(pool)
        used = 0
      }
      used += length
      return Uint8Array.prototype.slice.call(pool, used - length, used)
    },
  }
}

export const systemTimers: Timers = {
  after(ms, work) {
    const timer = setTimeout(work, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** One turn of the event loop: what waits for a socket is served before this goes on. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** SHA-256 of a text, lower-case hex. */
export function sha256Hex(text: string): string {
  return hash('sha256', text)
}

/** SHA-256 of bytes, lower-case hex. */
export function sha256Bytes(bytes: Uint8Array): string {
  return hash('sha256', bytes)
}

/** Whether two texts of one length are the same, in a time that does not say where they differ. */
export function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
