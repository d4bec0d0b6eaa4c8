import type { RoleBody } from './resource.ts'

/** The longest session anybody gets, as at AWS (12 h). */
export const MAX_LIFETIME_SECONDS = 43_200
/** Below this the stores take no DurationSeconds, and only the end of our own token ends the session. */
export const STORE_FLOOR_SECONDS = 900
/** Shorter than this a session is over before it can be used. */
export const LEAST_LIFETIME_SECONDS = 5
/**
 * A store counts DurationSeconds from when it answers, not from when we decided: where an instant must not be outlived,
 * the whole time that a call may take is kept back.
 */
const CALL_MARGIN_SECONDS = 5

export type LifetimeInput = {
  readonly askedSeconds: number | null
  readonly role: RoleBody['lifetime']
  /** What the target gives at least. */
  readonly leastSeconds: number
  /** The tightest maximum of the matching mappings; null: none has one. */
  readonly mappingMaxSeconds: number | null
  /** No session outlives this: the earliest `expires` of the matches, and the token where one binds to it. */
  readonly notAfterMs: number
  readonly nowMs: number
}

/**
 * The lifetime given, in seconds, or null where it is refused: above 12 h or below the role's least when asked for,
 * or nothing usable left before an end that must hold. Inside it clamps down, because clients send defaults that
 * nobody chose.
 */
export function giveLifetime(input: LifetimeInput): number | null {
  const asked = input.askedSeconds
  if (asked !== null && (asked > MAX_LIFETIME_SECONDS || asked < input.role.minSeconds)) return null
  const wanted = Math.min(
    asked ?? input.role.defaultSeconds,
    input.role.maxSeconds,
    input.mappingMaxSeconds ?? MAX_LIFETIME_SECONDS,
  )
  const left = Math.floor((input.notAfterMs - input.nowMs) / 1000)
  const safe = left < STORE_FLOOR_SECONDS ? left : left - CALL_MARGIN_SECONDS
  const given = Math.min(wanted, safe)
  return given < input.leastSeconds ? null : given
}
