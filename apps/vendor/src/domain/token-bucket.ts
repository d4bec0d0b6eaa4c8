/**
 * Token buckets by key: so many at once, and as many again in each stretch of time. In memory: they bound load and grant
 * nothing, so a restart may forget them. Pure but for their own map; no clock.
 */
export type Buckets = {
  /**
   * Takes one and answers 0, or answers in how many seconds there will be one again, at least 1. `nowMs` is monotonic.
   */
  take(key: string, size: BucketSize, nowMs: number): number
}
export type BucketSize = { readonly atOnce: number; readonly perSeconds: number }

type Bucket = { left: number; atMs: number }

/** Makes an empty set. Beyond `most` keys, the one not seen for longest is forgotten: it has most of its bucket again. */
export function createBuckets(most: number): Buckets {
  const buckets = new Map<string, Bucket>()
  return {
    take(key, { atOnce, perSeconds }, nowMs) {
      const before = buckets.get(key) ?? { left: atOnce, atMs: nowMs }
      const perMs = atOnce / (perSeconds * 1000)
      const left = Math.min(atOnce, before.left + (nowMs - before.atMs) * perMs)
      // Taken out and put in anew, so that the map stands in the order of last use.
      buckets.delete(key)
      if (buckets.size >= most) forgetOldest(buckets)
      const enough = left >= 1
      buckets.set(key, { left: enough ? left - 1 : left, atMs: nowMs })
      return enough ? 0 : Math.max(1, Math.ceil((1 - left) / perMs / 1000))
    },
  }
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  const [oldest] = buckets.keys()
  if (oldest !== undefined) buckets.delete(oldest)
}
