import type { UsageStep } from './usage.ts'

const DAY_MS = 86_400_000
/** 1970-01-01 was a Thursday, so the Monday before is day -3. */
const MONDAY = 3

/** Days since 1970, UTC. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

/** `2026-11-23` */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** The UTC quarter of a day: year * 4 + 0 to 3. */
export function quarterOf(day: number): number {
  const date = new Date(day * DAY_MS)
  return date.getUTCFullYear() * 4 + Math.floor(date.getUTCMonth() / 3)
}

/** The first day of the step that a day is in; weeks begin on Monday (ISO 8601). */
export function stepStart(day: number, step: UsageStep): number {
  if (step === 'day') return day
  if (step === 'week') return day - ((((day + MONDAY) % 7) + 7) % 7)
  const date = new Date(day * DAY_MS)
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1))
}
