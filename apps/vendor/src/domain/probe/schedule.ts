import type { SheetHead } from './sheet.ts'

/** Why a target is due, or null where it has no schedule. */
export type Due = { readonly atMs: number; readonly trigger: 'new_target' | 'schedule' }

const FIRST_RETRY_MS = 60_000
const MOST_DOUBLINGS = 12
/** Of the stretch between two probes so much is spread, so that ten targets of one store do not meet. */
const SPREAD = 0.1

/**
 * When a target is probed next. One that has never been probed, or stands for another store now, is due at once; one whose
 * probe failed after a minute, then two, four and so on, and never later than by its schedule. `spread` is from 0 to 1,
 * the same for the same sheet, so that a restart moves nothing.
 */
export function dueAt(input: {
  readonly newest: SheetHead | null
  readonly sameStore: boolean
  /** Probes that failed or were cut since the last completed one. */
  readonly failures: number
  /** null: only when somebody asks. */
  readonly everyMs: number | null
  readonly nowMs: number
  readonly spread: number
}): Due | null {
  const { newest, sameStore, failures, everyMs, nowMs, spread } = input
  if (everyMs === null) return null
  if (newest === null || !sameStore) return { atMs: nowMs, trigger: 'new_target' }
  const regular = Date.parse(newest.ended) + everyMs * (1 - SPREAD * spread)
  if (failures === 0) return { atMs: regular, trigger: 'schedule' }
  const retry = Date.parse(newest.ended) + FIRST_RETRY_MS * 2 ** Math.min(failures - 1, MOST_DOUBLINGS)
  return { atMs: Math.min(regular, retry), trigger: 'schedule' }
}
