import * as client from 'openid-client'
import { type Facts, VendorError } from '../errors.ts'
import type { Clock, PersonSignIn, SignedInPerson, SignInSecrets } from '../ports.ts'
import type { Secret } from '../secret.ts'
import { createSignInFetch } from './sign-in-fetch.ts'

export type PersonSignInOptions = {
  readonly issuer: string
  readonly clientId: string
  /** Read at each use, so that a new one counts at once; null: a public client. */
  readonly secret: (() => Secret<string>) | null
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** JWS algorithms that an ID token may be signed with: asymmetric ones. */
  readonly algorithms: readonly string[]
  readonly allowPrivateAddresses: readonly string[]
  readonly clock: Clock
}

/** What a provider says of itself changes rarely; keys are fetched anew where a token names one that is not known. */
const METADATA_MS = 10 * 60_000
const TOLERANCE_SECONDS = 60
const MAX_TEXT = 128

/** The sign-in by `openid-client`: discovery (the document must name this very issuer), code flow, PKCE, nonce, RFC 9207. */
export function createPersonSignIn(options: PersonSignInOptions): PersonSignIn {
  const { issuer, clientId, redirectUri, scopes, clock } = options
  const transport = createSignInFetch(options.allowPrivateAddresses)
  let known: { readonly metadata: client.ServerMetadata; readonly atMs: number } | null = null

  async function metadata(): Promise<client.ServerMetadata> {
    const now = clock.monotonicMs()
    if (known !== null && now - known.atMs < METADATA_MS) return known.metadata
    const found = await client.discovery(new URL(issuer), clientId, {}, client.None(), {
      [client.customFetch]: transport.fetch,
      // Where http may lead is the transport's to say: to addresses that were allowed by name.
      execute: [client.allowInsecureRequests],
    })
    known = { metadata: found.serverMetadata(), atMs: now }
    return known.metadata
  }

  async function configured(): Promise<client.Configuration> {
    const of = await metadata()
    const config = new client.Configuration(
      of,
      clientId,
      { [client.clockTolerance]: TOLERANCE_SECONDS },
      authentication(of),
    )
    config[client.customFetch] = transport.fetch
    client.allowInsecureRequests(config)
    // The signature of the ID token is checked although it came over TLS (OIDC Core §3.1.3.7 lets that be left out).
    client.enableNonRepudiationChecks(config)
    return config
  }

  function authentication({ token_endpoint_auth_methods_supported: methods }: client.ServerMetadata) {
    if (options.secret === null) return client.None()
    const secret = options.secret().reveal()
    // OpenID Connect Discovery §3: client_secret_basic where the provider says nothing.
    const post = methods !== undefined && !methods.includes('client_secret_basic')
    return post ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret)
  }

  return {
    issuer,
    async begin(secrets) {
      const challenge = await client.calculatePKCECodeChallenge(secrets.verifier)
      const config = await configured().catch((thrown: unknown) => Promise.reject(failure(thrown)))
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        state: secrets.state,
        nonce: secrets.nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      })
      return url.href
    },
    async finish(callback, secrets) {
      try {
        return await trade(await configured(), callback, secrets)
      } catch (thrown) {
        throw failure(thrown)
      }
    },
    close: () => transport.close(),
  }

  async function trade(config: client.Configuration, callback: URL, secrets: SignInSecrets) {
    // The redirect URI that openid-client repeats at the token endpoint is made of this one.
    const at = new URL(redirectUri)
    at.search = callback.search
    const tokens = await client.authorizationCodeGrant(config, at, {
      pkceCodeVerifier: secrets.verifier,
      expectedState: secrets.state,
      expectedNonce: secrets.nonce,
      idTokenExpected: true,
    })
    const { alg } = headerOf(tokens.id_token ?? '')
    if (!options.algorithms.includes(String(alg))) throw refused({ reason: 'algorithm' })
    const claims = tokens.claims()
    if (claims === undefined || claims.iss !== issuer) throw refused({ reason: 'issuer' })
    return personOf(claims)
  }
}

function personOf(claims: client.IDToken): SignedInPerson {
  const { iss, sub, auth_time: at, acr } = claims
  const text = typeof acr === 'string' && /^[\x21-\x7e]+$/.test(acr) ? acr.slice(0, MAX_TEXT) : null
  return { issuer: iss, sub, authTime: instantOf(at), acr: text }
}

/** OIDC Core §2: seconds. */
function instantOf(seconds: unknown): string | null {
  const isTime = typeof seconds === 'number' && seconds >= 0 && seconds < 8.64e12
  return isTime ? new Date(Math.trunc(seconds) * 1000).toISOString() : null
}

/** The protected header of a token that openid-client verified. */
function headerOf(token: string): { readonly alg?: unknown } {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8') || '{}')
}

/** Whatever a provider answers is told by its code alone: its texts are foreign. */
function failure(thrown: unknown): VendorError {
  if (thrown instanceof VendorError) return thrown
  if (thrown instanceof client.ResponseBodyError || thrown instanceof client.AuthorizationResponseError) {
    const said = /^[\w.-]{1,64}$/.test(thrown.error) ? thrown.error : 'an error'
    return refused({ reason: 'provider', said })
  }
  const code = codeOf(thrown)
  const isAnswer = code.startsWith('OAUTH_') && code !== 'OAUTH_TIMEOUT'
  return isAnswer
    ? refused({ reason: code })
    : new VendorError('sign_in_unavailable', { cause: thrown, facts: { reason: code || 'unreachable' } })
}

function codeOf(thrown: unknown): string {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 4; error = error.cause, depth += 1)
    if ('code' in error && typeof error.code === 'string') return error.code
  return ''
}

function refused(facts: Facts): VendorError {
  return new VendorError('sign_in_refused', { facts })
}
