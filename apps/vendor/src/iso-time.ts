/** The texts of the last seconds: now, and when what begins now is over. */
const seconds = new Map<number, string>()
const MOST_SECONDS = 64
const MILLISECONDS = Array.from({ length: 1_000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`)

/**
 * An instant, milliseconds since 1970, as `Date.prototype.toISOString` writes it. For what every exchange writes: the time of
 * day is computed once a second. Throws a RangeError where `toISOString` does, to the second.
 */
export function isoTime(ms: number): string {
  const whole = Math.trunc(ms)
  const second = Math.floor(whole / 1_000)
  let text = seconds.get(second)
  if (text === undefined) {
    text = new Date(second * 1_000).toISOString().slice(0, -4)
    if (seconds.size >= MOST_SECONDS) seconds.clear()
    seconds.set(second, text)
  }
  return text + MILLISECONDS[whole - second * 1_000]
}
