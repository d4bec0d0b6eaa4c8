import type { Issuer } from '../domain/issuer.ts'
import type { ErrorCode } from '../errors.ts'
import { isPlainText } from './plain-text.ts'

/** The registered claims, checked (RFC 7519 §4.1, OpenID Connect Core §2). */
export type RegisteredClaims = {
  readonly sub: string
  readonly audiences: readonly string[]
  readonly azp: string | null
  readonly jti: string | null
  readonly expiresAtSeconds: number
}

export type CheckedClaims =
  | { readonly ok: true; readonly claims: RegisteredClaims }
  | { readonly ok: false; readonly code: ErrorCode }

type Payload = { readonly [name: string]: unknown }

/** Of `sub`, `azp`, `jti` and each audience: what a decision rests on or a log keeps is short. */
const MAX_NAME = 255
const MAX_AUDIENCES = 16

/**
 * Checks what a verified token says about itself. `refusedAudiences` are those of another door: a token that is also
 * for that door is not for this one. Codes: `sub_invalid`, `aud_mismatch`, `azp_mismatch`, `claim_invalid`, `expired`,
 * `not_yet_valid`, `too_old`, `lifetime_too_long`.
 */
export function checkClaims(
  payload: Payload,
  issuer: Issuer,
  context: { readonly nowMs: number; readonly refusedAudiences: readonly string[] },
): CheckedClaims {
  // Of optional claims a null says no more than their absence; any other type is not theirs.
  const { sub } = payload
  const azp = payload['azp'] ?? null
  const jti = payload['jti'] ?? null
  if (!isPlainText(sub, MAX_NAME)) return refused('sub_invalid')
  if (azp !== null && !isPlainText(azp, MAX_NAME)) return refused('claim_invalid')
  if (jti !== null && !isPlainText(jti, MAX_NAME)) return refused('claim_invalid')
  const audiences = audiencesOf(payload['aud'])
  if (audiences === null) return refused(payload['aud'] === undefined ? 'aud_mismatch' : 'claim_invalid')
  const wrongAudience = judgeAudience(audiences, azp, { issuer, refused: context.refusedAudiences })
  if (wrongAudience !== null) return refused(wrongAudience)
  const times = { exp: seconds(payload['exp']), iat: seconds(payload['iat']), nbf: seconds(payload['nbf']) }
  const wrongTime = judgeTimes(times, issuer, context.nowMs / 1000)
  if (wrongTime !== null) return refused(wrongTime)
  return { ok: true, claims: { sub, audiences, azp, jti, expiresAtSeconds: Number(times.exp) } }
}

function audiencesOf(aud: unknown): readonly string[] | null {
  if (typeof aud === 'string') return [aud]
  if (!Array.isArray(aud) || aud.length === 0 || aud.length > MAX_AUDIENCES) return null
  return aud.every((one) => typeof one === 'string' && one.length <= MAX_NAME) ? aud : null
}

/** Exact text. With several audiences either all are ours, or `azp` names one of ours (OpenID Connect Core §3.1.3.7). */
function judgeAudience(
  audiences: readonly string[],
  azp: string | null,
  by: { readonly issuer: Issuer; readonly refused: readonly string[] },
): 'aud_mismatch' | 'azp_mismatch' | null {
  const ours = by.issuer.audiences
  if (!audiences.some((aud) => ours.includes(aud))) return 'aud_mismatch'
  if (audiences.some((aud) => by.refused.includes(aud))) return 'aud_mismatch'
  if (audiences.length === 1 || audiences.every((aud) => ours.includes(aud))) return null
  return azp !== null && ours.includes(azp) ? null : 'azp_mismatch'
}

/** A NumericDate that is a whole number; undefined where it is missing, null where it is something else. */
function seconds(value: unknown): number | null | undefined {
  if (value === undefined) return undefined
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

type Times = Readonly<Record<'exp' | 'iat' | 'nbf', number | null | undefined>>

function judgeTimes({ exp, iat, nbf }: Times, issuer: Issuer, now: number): ErrorCode | null {
  if (typeof exp !== 'number' || iat === null || nbf === null) return 'claim_invalid'
  const leeway = issuer.leewaySeconds
  if (now >= exp + leeway) return 'expired'
  if (nbf !== undefined && nbf > now + leeway) return 'not_yet_valid'
  if (iat !== undefined && iat > now + leeway) return 'not_yet_valid'
  // Without iat the life that is left stands for the life it has.
  if (exp - (iat ?? now) > issuer.maxLifetimeSeconds) return 'lifetime_too_long'
  if (issuer.maxAgeSeconds !== null && (iat === undefined || now - iat > issuer.maxAgeSeconds + leeway))
    return 'too_old'
  return null
}

function refused(code: ErrorCode): CheckedClaims {
  return { ok: false, code }
}
