import type { LifetimeUse } from './usage.ts'

const MINUTE = 60
const HOUR = 3600

/**
 * Lifetimes are counted by the step that they do not exceed: 900 to 43,200 s are for callers to ask, and each its own
 * count would be a row a session.
 */
const LIFETIME_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 20, 30, 45].map((minutes) => minutes * MINUTE),
  ...[1, 1.5, 2, 3, 4, 6, 8, 12].map((hours) => hours * HOUR),
]

/** The step of a lifetime. */
export function lifetimeStep(seconds: number): number {
  return LIFETIME_STEPS.find((step) => seconds <= step) ?? Number(LIFETIME_STEPS.at(-1))
}

/** What was counted by steps, in rising order or not. */
export function lifetimeUse(
  counted: readonly { readonly seconds: number; readonly count: number }[],
): LifetimeUse {
  const rising = counted.toSorted((a, b) => a.seconds - b.seconds)
  const count = rising.reduce((sum, one) => sum + one.count, 0)
  const at = (share: number) => {
    let below = 0
    return rising.find((one) => {
      below += one.count
      return below >= share * count
    })?.seconds
  }
  return {
    count,
    p50Seconds: at(0.5) ?? null,
    p95Seconds: at(0.95) ?? null,
    mostSeconds: rising.at(-1)?.seconds ?? null,
  }
}
