const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const

/** Whole seconds as somebody would write them in a configuration: 3600 is `1h`, 90 is `90s`. */
export function durationWords(seconds: number): string {
  const unit = UNITS.find(([, length]) => seconds >= length && seconds % length === 0)
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`
}
