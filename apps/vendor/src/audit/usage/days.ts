import type { UsagePeriod } from '../../domain/usage.ts'
import { dayOf, quarterOf } from '../../domain/usage-time.ts'

const DAY_MS = 86_400_000
/** Nobody's log is longer; a question for more is a slip. */
const MAX_DAYS = 36_600

/** A period as the statements take it: whole UTC days, and the quarters that they are in. */
export type Days = {
  readonly from: number
  readonly to: number
  readonly fromMs: number
  readonly toMs: number
  /** JSON lists, for `json_each`. */
  readonly days: string
  readonly quarters: string
}

/** Widens a period to whole UTC days. One that ends before it begins has no day. */
export function daysOf({ fromMs, toMs }: UsagePeriod): Days {
  const to = dayOf(toMs)
  const from = Math.max(dayOf(fromMs), to - MAX_DAYS)
  const days = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
  const quarters = [...new Set(days.map(quarterOf))]
  return {
    ...{ from, to, fromMs: from * DAY_MS, toMs: (to + 1) * DAY_MS - 1 },
    ...{ days: JSON.stringify(days), quarters: JSON.stringify(quarters) },
  }
}
