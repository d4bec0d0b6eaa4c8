import * as client from 'openid-client'
import { AnswerTooLarge, limitedFetch } from './limited-fetch.ts'
import { LoginError } from './login-error.ts'

export type ProviderOptions = {
  readonly issuer: string
  readonly clientId: string
  readonly fetch: typeof globalThis.fetch
  /** How far the clock that counts is ahead of this machine's, in seconds. */
  readonly skewSeconds: number
}

/** A minute of difference between two clocks is common, more is a fault that breaks more than this. */
const TOLERANCE_SECONDS = 60

/** Finds the provider (OIDC Discovery; its document must name this very issuer). A public client: it has no secret. */
export async function openProvider(options: ProviderOptions): Promise<client.Configuration> {
  const { protocol } = new URL(options.issuer)
  try {
    const config = await client.discovery(
      new URL(options.issuer),
      options.clientId,
      { [client.clockSkew]: options.skewSeconds, [client.clockTolerance]: TOLERANCE_SECONDS },
      client.None(),
      {
        [client.customFetch]: limitedFetch(options.fetch),
        execute: protocol === 'http:' ? [client.allowInsecureRequests] : [],
      },
    )
    return config
  } catch (thrown) {
    throw providerError(thrown, `the identity provider ${new URL(options.issuer).host} cannot be read`)
  }
}

/** What went wrong at the provider, in words that hold nothing of what it sent but its error code. */
export function providerError(thrown: unknown, otherwise: string): LoginError {
  if (thrown instanceof LoginError) return thrown
  if (thrown instanceof client.ResponseBodyError || thrown instanceof client.AuthorizationResponseError) {
    const code = /^[\w.-]{1,64}$/.test(thrown.error) ? thrown.error : 'an error'
    const reason = code === 'invalid_grant' || code === 'expired_token' ? 'expired' : 'refused'
    return new LoginError(reason, `the identity provider answered ${code}`)
  }
  const code = codeOf(thrown)
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED')
    return new LoginError(
      'token',
      'the token is not valid at this time: compare this clock with that of the provider',
    )
  if (code.startsWith('OAUTH_') && code !== 'OAUTH_TIMEOUT')
    return new LoginError('token', `${otherwise}: ${code}`, { cause: thrown })
  const isTooLarge = thrown instanceof AnswerTooLarge
  return new LoginError(isTooLarge ? 'metadata' : 'unavailable', otherwise, { cause: thrown })
}

function codeOf(thrown: unknown): string {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 4; error = error.cause, depth += 1)
    if ('code' in error && typeof error.code === 'string') return error.code
  return ''
}
