const STEPS = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
] as const
/** From here on days say nothing that anybody counts. */
const MONTHS_FROM_DAYS = 60
const DAY_MS = 86_400_000

/** How long ago, or how soon, in a few words: `just now`, `3 hours ago`, `in 12 days`, `5 months ago`. */
export function agoWords(atMs: number, nowMs: number): string {
  const away = Math.abs(nowMs - atMs)
  if (away < 60_000) return 'just now'
  const words = spanWords(away)
  return atMs <= nowMs ? `${words} ago` : `in ${words}`
}

/** A stretch of time in its largest unit, rounded down. */
function spanWords(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  if (days >= 730) return plural(Math.floor(days / 365), 'year')
  if (days >= MONTHS_FROM_DAYS) return plural(Math.floor(days / 30.4375), 'month')
  const [unit, length] = STEPS.findLast(([, step]) => ms >= step) ?? ['minute', 60_000]
  return plural(Math.floor(ms / length), unit)
}

/** `1 mapping`, `2 mappings`; thousands are told apart. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** 12345 as 12,345: no locale of a machine decides how a report looks. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** A day as it stands under a chart: `2026-11-23` as `23 Nov`. */
export function dayWords(day: string): string {
  return `${Number(day.slice(8, 10))} ${MONTHS[Number(day.slice(5, 7)) - 1] ?? ''}`
}

/** `2026-11-25 19:37` in UTC. */
export function instantWords(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')
}
