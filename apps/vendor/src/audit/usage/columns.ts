import type { UsageCounts, UsedBetween } from '../../domain/usage.ts'

/** The counted columns of `usage_day`, as the statements name them. */
export type CountColumns = UsageCounts & { readonly firstMs: number | null; readonly lastMs: number | null }

const NOTHING_COUNTED: UsageCounts = {
  issued: 0,
  redelivered: 0,
  refused: 0,
  withheld: 0,
  upstreamFailed: 0,
}

export function countsOf({
  issued,
  redelivered,
  refused,
  withheld,
  upstreamFailed,
}: CountColumns): UsageCounts {
  return { issued, redelivered, refused, withheld, upstreamFailed }
}

export function usedOf(row: { firstMs: number | null; lastMs: number | null }): UsedBetween | null {
  const { firstMs, lastMs } = row
  return firstMs === null || lastMs === null ? null : { firstMs, lastMs }
}

export function sumCounts(all: readonly UsageCounts[]): UsageCounts {
  const [only] = all
  if (only !== undefined && all.length === 1) return only
  return all.reduce(
    (sum, one) => ({
      issued: sum.issued + one.issued,
      redelivered: sum.redelivered + one.redelivered,
      refused: sum.refused + one.refused,
      withheld: sum.withheld + one.withheld,
      upstreamFailed: sum.upstreamFailed + one.upstreamFailed,
    }),
    NOTHING_COUNTED,
  )
}

export function joinUsed(all: readonly (UsedBetween | null)[]): UsedBetween | null {
  const used = all.filter((one) => one !== null)
  if (used.length === 0) return null
  return {
    firstMs: Math.min(...used.map(({ firstMs }) => firstMs)),
    lastMs: Math.max(...used.map(({ lastMs }) => lastMs)),
  }
}
