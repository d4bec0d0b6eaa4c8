import { decodeJwt } from 'jose'
import { LoginError } from './login-error.ts'
import type { SignInFacts } from './sign-in-facts.ts'

/** What a provider answered, as far as it matters here. */
export type Granted = {
  readonly access_token: string
  readonly id_token?: string | undefined
  readonly refresh_token?: string | undefined
  readonly expires_in?: number | undefined
}

export type AdminToken = {
  readonly token: string
  /** How long it lives from when it came: two clocks that differ do not matter to it. */
  readonly lifetimeSeconds: number
  readonly refreshToken: string | null
  readonly subject: string
}

/**
 * The token for the admin door, looked at before it is kept or sent: it must be a JWT of that issuer for that audience.
 * The server verifies it; here a wrong one is told apart with words that help. Throws LoginError `token`.
 */
export function adminToken(granted: Granted, facts: SignInFacts): AdminToken {
  const text = facts.token === 'id_token' ? granted.id_token : granted.access_token
  if (text === undefined) throw new LoginError('token', 'the identity provider gave no ID token')
  const claims = claimsOf(text)
  if (claims === null)
    throw new LoginError(
      'token',
      `the access token is no JWT: the provider must be told that ${facts.client_id} may have tokens for ${facts.audience}`,
    )
  const { iss, aud, exp, iat, sub = '' } = claims
  if (iss !== facts.issuer)
    throw new LoginError('token', 'the token is of another issuer than the one that was asked')
  if (![aud ?? []].flat().includes(facts.audience))
    throw new LoginError(
      'token',
      `the token is not for ${facts.audience}: the provider must be told that it is asked for`,
    )
  const byClaims = exp !== undefined && iat !== undefined ? exp - iat : undefined
  const lifetimeSeconds = facts.token === 'id_token' ? byClaims : (granted.expires_in ?? byClaims)
  if (lifetimeSeconds === undefined || lifetimeSeconds <= 0)
    throw new LoginError('token', 'the token does not say how long it lives')
  return { token: text, lifetimeSeconds, refreshToken: granted.refresh_token ?? null, subject: sub }
}

function claimsOf(token: string) {
  try {
    return decodeJwt(token)
  } catch {
    return null
  }
}
