/** A seeded source (mulberry32): the same seed, the same requests. */
export type Dice = {
  /** 0 ≤ n < 1. */
  next(): number
  /** 0 ≤ n < below, whole. */
  below(below: number): number
  pick<T>(list: readonly [T, ...T[]]): T
  /** True with this chance. */
  chance(share: number): boolean
}

export function dice(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (most: number) => Math.floor(next() * most)
  return {
    next,
    below,
    pick: (list) => list[below(list.length)] ?? list[0],
    chance: (share) => next() < share,
  }
}
