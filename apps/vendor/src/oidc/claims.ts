import type { Issuer } from '../domain/issuer.ts'
import type { ErrorCode } from '../errors.ts'

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

const MAX_SUB = 255
const PLAIN = /^[\x20-\x7e]+$/
/** Control, format (bidi overrides among them), surrogate and line-breaking characters: they show one subject as another. */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

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
  const { sub, azp = null, jti = null } = payload
  if (typeof sub !== 'string' || !isPlainName(sub)) return refused('sub_invalid')
  if ((azp !== null && typeof azp !== 'string') || (jti !== null && !isShortText(jti)))
    return refused('claim_invalid')
  const audiences = audiencesOf(payload['aud'])
  if (audiences === null) return refused(payload['aud'] === undefined ? 'aud_mismatch' : 'claim_invalid')
  const wrongAudience = judgeAudience(audiences, azp, { issuer, refused: context.refusedAudiences })
  if (wrongAudience !== null) return refused(wrongAudience)
  const times = { exp: seconds(payload['exp']), iat: seconds(payload['iat']), nbf: seconds(payload['nbf']) }
  const wrongTime = judgeTimes(times, issuer, context.nowMs / 1000)
  if (wrongTime !== null) return refused(wrongTime)
  return { ok: true, claims: { sub, audiences, azp, jti, expiresAtSeconds: Number(times.exp) } }
}

function isPlainName(sub: string): boolean {
  if (sub.length === 0 || sub.length > MAX_SUB) return false
  return PLAIN.test(sub) || (sub.normalize('NFC') === sub && !DECEPTIVE.test(sub))
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_SUB
}

function audiencesOf(aud: unknown): readonly string[] | null {
  if (typeof aud === 'string') return [aud]
  if (!Array.isArray(aud) || aud.length === 0) return null
  return aud.every((one) => typeof one === 'string') ? aud : null
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
