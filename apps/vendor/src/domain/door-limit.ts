import { prefixOf } from './refusal-collapse.ts'
import { createBuckets } from './token-bucket.ts'

/** Seconds until a source may ask this door again; 0: now, and it is counted. `nowMs` is monotonic. */
export type DoorLimit = (ip: string, nowMs: number) => number

export type Rate = { readonly requests: number; readonly perSeconds: number }

const MAX_SOURCES = 100_000

/** Bounds how often one network (/24 of IPv4, /56 of IPv6) asks a door. Without a rate it never says no. */
export function createDoorLimit(rate: Rate | undefined): DoorLimit {
  if (rate === undefined) return () => 0
  const buckets = createBuckets(MAX_SOURCES)
  const size = { atOnce: rate.requests, perSeconds: rate.perSeconds }
  return (ip, nowMs) => buckets.take(prefixOf(ip), size, nowMs)
}
