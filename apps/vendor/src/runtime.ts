import { hash, randomFillSync, timingSafeEqual } from 'node:crypto'
import { statfsSync, statSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
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

/** The most that `setTimeout` takes: 24 days and 20 hours. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemTimers: Timers = {
  after(ms, work) {
    let timer: NodeJS.Timeout
    const wait = (leftMs: number) => {
      // Node makes a longer one a timer of 1 ms: what waits for years would then come at once, and again and again.
      const now = Math.min(leftMs, LONGEST_TIMER_MS)
      timer = setTimeout(() => (leftMs > now ? wait(leftMs - now) : work()), now)
      timer.unref()
    }
    wait(ms)
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

/** Whether two texts are the same, in a time that does not tell how much of them is. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}

/** Free bytes of the file system of a folder, as a process without privileges may use them; null where nobody can tell. */
export function diskFreeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return null
  }
}

/** Bytes of these files together; a file that is not there counts nothing. */
export function bytesOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
}

const LAG_RESOLUTION_MS = 10

/** What the process is to the machine. The delays of the event loop are those since the last look. */
export function createProcessFacts() {
  const delays = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS })
  delays.enable()
  const startSeconds = (Date.now() - performance.now()) / 1000
  // Node counts the timer's own interval in.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - LAG_RESOLUTION_MS / 1000)
  return {
    startSeconds,
    node: process.version,
    cpuSeconds() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
    memory: () => process.memoryUsage(),
    lag() {
      const lag = {
        p50: seconds(delays.percentile(50)),
        p99: seconds(delays.percentile(99)),
        max: seconds(delays.max),
      }
      delays.reset()
      return lag
    },
    close: () => void delays.disable(),
  }
}
