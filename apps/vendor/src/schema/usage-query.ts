import type { UsagePeriod, UsageStep } from '../domain/usage.ts'

type Parsed =
  | { readonly ok: true; readonly period: UsagePeriod; readonly step: UsageStep }
  | { readonly ok: false; readonly parameter: string }

const DAY_MS = 86_400_000
/** A quarter, where nobody says which. */
const DEFAULT_DAYS = 90
const MOST_DAYS = 3_660
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/

/** Reads the period of a question about use; its parameters were held against the operation's before. */
export function parseUsageQuery(query: ReadonlyMap<string, string>, nowMs: number): Parsed {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS
  const toMs = dateMs(query.get('to')) ?? today
  if (Number.isNaN(toMs)) return { ok: false, parameter: 'to' }
  const fromMs = dateMs(query.get('from')) ?? toMs - (DEFAULT_DAYS - 1) * DAY_MS
  const tooLong = toMs - fromMs >= MOST_DAYS * DAY_MS
  if (Number.isNaN(fromMs) || fromMs > toMs || tooLong) return { ok: false, parameter: 'from' }
  const step = query.get('step')
  return { ok: true, period: { fromMs, toMs }, step: step === 'day' || step === 'month' ? step : 'week' }
}

/** Midnight UTC of a date that exists; NaN of any other text. */
function dateMs(text: string | undefined): number | null {
  if (text === undefined) return null
  const ms = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text) ? ms : Number.NaN
}
