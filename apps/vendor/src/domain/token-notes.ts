import type { Issuer } from './issuer.ts'
import { safeText } from './safe-text.ts'
import type { Claims } from './subject.ts'

/** What of some claims the token door would refuse before any mapping is looked at. */
export type TokenNote = { readonly code: string; readonly says: string }

/**
 * Of what the door checks and a decision over claims does not, that which these claims answer themselves. A claim that is
 * not there is no note where `whole` is false: a file of claims need not be a token.
 */
export function tokenNotes(
  claims: Claims,
  issuer: Issuer,
  by: { readonly nowMs: number; readonly whole: boolean },
): readonly TokenNote[] {
  const now = by.nowMs / 1000
  const { iss, sub, aud, exp, iat, nbf } = claims
  const notes: (TokenNote | false)[] = [
    (by.whole || iss !== undefined) &&
      iss !== issuer.url && {
        code: 'unknown_issuer',
        says: `iss ${shown(iss)}, and issuer \`${issuer.name}\` is ${safeText(issuer.url)}`,
      },
    (by.whole || sub !== undefined) &&
      (typeof sub !== 'string' || sub === '') && { code: 'sub_invalid', says: 'sub is no text' },
    (by.whole || aud !== undefined) &&
      ![aud].flat().some((one) => typeof one === 'string' && issuer.audiences.includes(one)) && {
        code: 'aud_mismatch',
        says: `aud ${shown(aud)}, and issuer \`${issuer.name}\` takes ${issuer.audiences.map((one) => safeText(one)).join(' or ')}`,
      },
    typeof exp === 'number' &&
      now >= exp + issuer.leewaySeconds && { code: 'expired', says: 'exp has passed at that instant' },
    [iat, nbf].some((time) => typeof time === 'number' && time > now + issuer.leewaySeconds) && {
      code: 'not_yet_valid',
      says: 'iat or nbf lies ahead of that instant',
    },
  ]
  return notes.filter((note) => note !== false)
}

function shown(claim: unknown): string {
  return claim === undefined ? 'is missing' : `is ${safeText(claim, 200)}`
}
