const DURATION = /^(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,6})s)?$/

/** Seconds of `1h`, `15m`, `90s`, `1h30m` or a whole number of seconds; null where it is none of them. */
export function parseDuration(value: string | number): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null
  const [whole, hours = 0, minutes = 0, seconds = 0] = DURATION.exec(value) ?? []
  if (whole === undefined || whole === '') return null
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?Z$/

/** An instant as ISO 8601 UTC; a bare date means the end of that day. null where it is neither, or no real date. */
export function parseExpiry(text: string): string | null {
  if (DATE.test(text)) {
    const start = new Date(`${text}T00:00:00.000Z`)
    if (Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== text) return null
    return new Date(start.getTime() + 86_400_000).toISOString()
  }
  const instant = INSTANT.test(text) ? new Date(text) : null
  return instant === null || Number.isNaN(instant.getTime()) ? null : instant.toISOString()
}
