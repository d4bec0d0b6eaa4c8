import { hmacSha256 } from './hmac.ts'

const DAY_MS = 86_400_000

/** The days that sessions of now touch are few, and each is written for every session. */
const written = new Map<number, string>()
const MOST_WRITTEN = 16

/** The UTC days, `YYYYMMDD`, of which a request may be that is sent between two instants. */
export function daysBetween(fromMs: number, toMs: number): readonly string[] {
  const first = Math.floor(fromMs / DAY_MS)
  const days = Math.floor(toMs / DAY_MS) - first + 1
  return Array.from({ length: Math.max(1, days) }, (_, at) => textOf(first + at))
}

function textOf(day: number): string {
  const found = written.get(day)
  if (found !== undefined) return found
  if (written.size >= MOST_WRITTEN) written.clear()
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')
  written.set(day, text)
  return text
}

/**
 * The SigV4 keys of a secret for these days and regions and the service `sts`, by `day/region`, bytes as Latin-1. HMAC goes
 * one way: none of them leads to the secret, to the key of another day or region, or to that of `s3`.
 */
export function stsSigningKeys(
  secret: string,
  days: readonly string[],
  regions: readonly string[],
): readonly (readonly [scope: string, key: string])[] {
  return days.flatMap((day) => {
    const ofDay = hmacSha256(`AWS4${secret}`, day)
    return regions.map((region) => {
      const ofService = hmacSha256(hmacSha256(ofDay, region), 'sts')
      return [`${day}/${region}`, hmacSha256(ofService, 'aws4_request')] as const
    })
  })
}
