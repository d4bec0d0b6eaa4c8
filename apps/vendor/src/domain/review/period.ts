/** From the first instant on, up to the second and without it: two periods that meet share nothing. ISO 8601. */
export type Period = { readonly from: string; readonly to: string }

const DAY_MS = 86_400_000
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/

/**
 * What a person writes: an instant is taken as it is; a day is whole, in UTC, the last one as well. What is neither is left
 * for the server to refuse.
 */
export function periodOf({ from, to }: Period): Period {
  const lastMs = DAY.test(to) ? Date.parse(`${to}T00:00:00Z`) : Number.NaN
  return {
    from: DAY.test(from) ? `${from}T00:00:00Z` : from,
    to: Number.isNaN(lastMs) ? to : `${dayOf(lastMs + DAY_MS)}T00:00:00Z`,
  }
}

const LAST_OF_A_DAY = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T23:59(?::59(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})$/

/**
 * Of an end as somebody writes it who takes it for the last instant of a period: the one that they mean. Left as it is, what
 * happened in that second would be in no period at all. null: it is no such end.
 */
export function endMeant(to: string): string | null {
  const [, day, zone] = LAST_OF_A_DAY.exec(to) ?? []
  const ms = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(ms) ? null : `${dayOf(ms + DAY_MS)}T00:00:00${zone}`
}

/** In milliseconds of the Unix epoch, `toMs` not in it. */
export function periodMs({ from, to }: Period): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: Date.parse(from), toMs: Date.parse(to) }
}

/** The first and the last day that it has something of, as a person reads it. */
export function periodWords(period: Period): string {
  const { fromMs, toMs } = periodMs(period)
  return `${dayOf(fromMs)} to ${dayOf(toMs - 1)}`
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
