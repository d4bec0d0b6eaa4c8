import * as client from 'openid-client'
import { LoginError } from './login-error.ts'
import { listenOnLoopback } from './loopback.ts'
import { providerError } from './provider.ts'
import type { SignInFacts } from './sign-in-facts.ts'
import type { Granted } from './token.ts'

export type FlowIo = {
  readonly stderr: (text: string) => void
  /** Opens a browser where there is one; says whether it tried. */
  readonly openBrowser: (url: string) => boolean
  /** Ends the wait for a person. */
  readonly signal: AbortSignal
}

/** Authorization code with PKCE over a loopback redirect (RFC 8252, RFC 7636): the browser of this machine signs in. */
export async function signInByCode(
  config: client.Configuration,
  facts: SignInFacts,
  io: FlowIo,
): Promise<Granted> {
  const [state, nonce, verifier] = [
    client.randomState(),
    client.randomNonce(),
    client.randomPKCECodeVerifier(),
  ]
  await using loopback = await listenOnLoopback(state)
  const url = client.buildAuthorizationUrl(config, {
    ...askedFor(config, facts),
    redirect_uri: loopback.redirectUri,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const opened = io.openBrowser(url.href)
  io.stderr(`${opened ? 'a browser opens; if it does not' : 'to sign in'}, open\n\n  ${url.href}\n\n`)
  const returned = await loopback.answer(io.signal)
  try {
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: facts.scopes.includes('openid'),
    }
    return await client.authorizationCodeGrant(config, returned, checks, audienceOf(facts))
  } catch (thrown) {
    throw providerError(thrown, 'the identity provider gave no token')
  }
}

/** Device authorization (RFC 8628): any browser on any machine signs in, so it works over ssh. */
export async function signInByDevice(
  config: client.Configuration,
  facts: SignInFacts,
  io: FlowIo,
): Promise<Granted> {
  try {
    const device = await client.initiateDeviceAuthorization(config, askedFor(config, facts))
    const { verification_uri: at, verification_uri_complete: whole, user_code: code } = device
    io.stderr(`to sign in, open on any machine\n\n  ${shown(at)}\n\nand type ${shown(code)}\n`)
    if (whole !== undefined) io.stderr(`(or open ${shown(whole)})\n`)
    return await client.pollDeviceAuthorizationGrant(config, device, audienceOf(facts), { signal: io.signal })
  } catch (thrown) {
    if (io.signal.aborted) throw new LoginError('timeout', 'nobody signed in in time')
    throw providerError(thrown, 'the identity provider gave no token')
  }
}

/** A new token for a refresh token (RFC 6749 §6). Throws LoginError `expired` where the provider takes it no more. */
export async function refresh(
  config: client.Configuration,
  facts: SignInFacts,
  refreshToken: string,
): Promise<Granted> {
  try {
    return await client.refreshTokenGrant(config, refreshToken, audienceOf(facts))
  } catch (thrown) {
    throw providerError(thrown, 'the identity provider gave no token')
  }
}

/** A refresh token is asked for where the provider has the scope for it; OIDC Core §11 wants consent with that. */
function askedFor(config: client.Configuration, facts: SignInFacts): Record<string, string> {
  const offers = config.serverMetadata().scopes_supported?.includes('offline_access') === true
  const scopes = offers ? [...new Set([...facts.scopes, 'offline_access'])] : facts.scopes
  return {
    scope: scopes.join(' '),
    ...(scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
    ...audienceOf(facts),
  }
}

function audienceOf({ audience, audience_parameter: name }: SignInFacts): Record<string, string> {
  return name === null ? {} : { [name]: audience }
}

/** A provider's text on a terminal: nothing in it moves the cursor or ends the line. */
function shown(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?').slice(0, 500)
}
