import type { Reading } from './dialects/dialect.ts'
import { asSigns, matchesPattern, withoutEscapes } from './pattern.ts'

/** Whether a text matches a pattern, as this store takes `?` and escapes. */
export function textMatches(pattern: string, text: string, reading: Reading): boolean {
  if (reading.escapes) return matchesPattern(withoutEscapes(pattern), asSigns(text))
  return reading.oneSign === 'byte'
    ? matchesPattern(asBytes(pattern), asBytes(text))
    : matchesPattern(pattern, text)
}

/** One character for each byte of the text in UTF-8. */
function asBytes(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
