import type { RefusalUse } from '../../domain/usage.ts'
import type { Series } from '../charts/stacked-bars.ts'
import { dayWords } from './time-words.ts'

const WEEK_MS = 7 * 86_400_000
/** More colours than these nobody tells apart. */
const MOST_REASONS = 5

export type RefusalWeeks = {
  /** Mondays, `23 Nov`. */
  readonly labels: readonly string[]
  readonly series: readonly Series[]
  readonly total: number
}

/** Refusals by reason of the last so many weeks; what is rare goes together. */
export function refusalWeeks(
  refusals: readonly Pick<RefusalUse, 'from' | 'code' | 'count'>[],
  of: { readonly nowMs: number; readonly weeks: number },
): RefusalWeeks {
  const mondays = mondaysUntil(of.nowMs, of.weeks)
  const totals = new Map<string, number>()
  for (const { code, count } of refusals) totals.set(code, (totals.get(code) ?? 0) + count)
  const codes = [...totals].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([code]) => code)
  const shown = codes.length > MOST_REASONS + 1 ? codes.slice(0, MOST_REASONS) : codes
  const named = shown.map((code) => ({ name: code, values: valuesOf((one) => one.code === code) }))
  const others = valuesOf((one) => !shown.includes(one.code))
  const series = shown.length < codes.length ? [...named, { name: 'others', values: others }] : named
  return {
    labels: mondays.map(dayWords),
    series,
    total: series.reduce((sum, { values }) => values.reduce((all, one) => all + one, sum), 0),
  }

  function valuesOf(isWanted: (one: Pick<RefusalUse, 'code'>) => boolean): readonly number[] {
    return mondays.map((monday) =>
      refusals.reduce((sum, one) => sum + (one.from === monday && isWanted(one) ? one.count : 0), 0),
    )
  }
}

/** The Mondays of the last so many weeks (ISO 8601), oldest first, as `2026-11-23`. */
export function mondaysUntil(nowMs: number, weeks: number): readonly string[] {
  const day = (new Date(nowMs).getUTCDay() + 6) % 7
  const monday = nowMs - day * 86_400_000
  return Array.from({ length: weeks }, (_, at) =>
    new Date(monday - (weeks - 1 - at) * WEEK_MS).toISOString().slice(0, 10),
  )
}
