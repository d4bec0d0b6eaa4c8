import * as oidc from 'openid-client'
import type { Runtime } from './default-clock.ts'
import { systemRuntime } from './default-clock.ts'
import { StsClientError } from './errors.ts'
import type { TokenSource } from './provider.ts'
import { parseSecureUrl } from './server-url.ts'
import { systemCode } from './transport.ts'

type ProviderOptions = {
  /** The provider's issuer URL; its discovery document is read once. https, or http to a loopback address. */
  readonly issuer: string
  readonly clientId: string
  /** Milliseconds for one request to the provider. Default 10,000. */
  readonly timeoutMs?: number
  readonly runtime?: Runtime
}

export type ClientCredentialsOptions = ProviderOptions & {
  /** A secret, or any other way of openid-client (`PrivateKeyJwt(key)`, `TlsClientAuth()`). */
  readonly clientSecret?: string
  readonly authentication?: oidc.ClientAuth
  /** What the token is for, sent as `resource` (RFC 8707). Providers with a way of their own: `parameters`. */
  readonly audience?: string
  readonly scope?: string
  /** More parameters of the token request, such as Auth0's `audience`. */
  readonly parameters?: Readonly<Record<string, string>>
}

/**
 * The access token that an OIDC provider gives a machine for its own credentials (RFC 6749 §4.4), new for every
 * exchange. It must be a JWT. Throws StsClientError: subject_token_refused (with the provider's error code),
 * subject_token_unavailable, response_invalid, options_invalid, insecure_server.
 */
export function clientCredentialsToken(options: ClientCredentialsOptions): TokenSource {
  const { audience, scope, parameters, clientSecret, authentication } = options
  const configuration = discovered(options, authentication ?? oidc.ClientSecretPost(clientSecret))
  return async () => {
    const asked = {
      ...(audience === undefined ? {} : { resource: audience }),
      ...(scope === undefined ? {} : { scope }),
      ...parameters,
    }
    const answer = await ask(async () => oidc.clientCredentialsGrant(await configuration(), asked))
    return answer.access_token
  }
}

/** What a person is to be shown: open the address, compare or type the code. */
export type DevicePrompt = {
  readonly userCode: string
  readonly verificationUri: string
  /** The address with the code in it, where the provider has one. */
  readonly verificationUriComplete?: string
  readonly expiresInSeconds: number
}

export type DeviceLoginOptions = ProviderOptions & {
  readonly prompt: (prompt: DevicePrompt) => void
  /** Default `openid`. With `offline_access` many providers give a refresh token, which lives in memory only. */
  readonly scope?: string
  /** Default `id_token`, whose audience is the client; else the access token, which must be a JWT. */
  readonly use?: 'id_token' | 'access_token'
  readonly parameters?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

type Held = { readonly token: string; readonly endsMs: number; readonly refreshToken: string | undefined }

const MARGIN_MS = 60_000

/**
 * The token of a person who signs in on another screen (RFC 8628). It is used for as long as it lives, then renewed by
 * the refresh token where there is one, else the person is asked again. One sign-in at a time. Throws as
 * `clientCredentialsToken`; a person who declines, or does nothing until the code expires, is subject_token_refused.
 */
export function deviceLoginToken(options: DeviceLoginOptions): TokenSource {
  const { runtime = systemRuntime() } = options
  const configuration = discovered(options, oidc.None())
  let held: Held | undefined
  let inFlight: Promise<Held> | undefined

  const signIn = async (): Promise<Held> => {
    const config = await configuration()
    const renewed = held?.refreshToken === undefined ? null : await refreshed(config, held.refreshToken)
    return heldOf(renewed ?? (await ask(() => authorizedByDevice(config, options))), {
      use: options.use ?? 'id_token',
      refreshToken: held?.refreshToken,
      nowMs: runtime.now().getTime(),
    })
  }
  return async () => {
    if (held !== undefined && held.endsMs - MARGIN_MS > runtime.now().getTime()) return held.token
    inFlight ??= signIn().finally(() => {
      inFlight = undefined
    })
    held = await inFlight
    return held.token
  }
}

type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers

async function authorizedByDevice(
  config: oidc.Configuration,
  { scope = 'openid', parameters, prompt, signal }: DeviceLoginOptions,
): Promise<Tokens> {
  const started = await oidc.initiateDeviceAuthorization(config, { scope, ...parameters })
  prompt({
    userCode: started.user_code,
    verificationUri: started.verification_uri,
    ...(started.verification_uri_complete === undefined
      ? {}
      : { verificationUriComplete: started.verification_uri_complete }),
    expiresInSeconds: started.expires_in,
  })
  return oidc.pollDeviceAuthorizationGrant(config, started, undefined, signal === undefined ? {} : { signal })
}

/** Null where the provider does not take the refresh token any more: then the person is asked. */
async function refreshed(config: oidc.Configuration, refreshToken: string): Promise<Tokens | null> {
  try {
    return await ask(() => oidc.refreshTokenGrant(config, refreshToken))
  } catch (thrown) {
    if (thrown instanceof StsClientError && thrown.code === 'subject_token_refused') return null
    throw thrown
  }
}

function heldOf(
  tokens: Tokens,
  facts: {
    readonly use: 'id_token' | 'access_token'
    readonly refreshToken: string | undefined
    readonly nowMs: number
  },
): Held {
  const token = tokens[facts.use]
  if (token === undefined)
    throw new StsClientError('response_invalid', { detail: `the provider gave no ${facts.use}` })
  const endsMs =
    facts.use === 'id_token'
      ? (tokens.claims()?.exp ?? 0) * 1000
      : facts.nowMs + (tokens.expires_in ?? 0) * 1000
  return { token, endsMs, refreshToken: tokens.refresh_token ?? facts.refreshToken }
}

/** Discovery once for all calls; a failure is not kept. */
function discovered(
  { issuer, clientId, timeoutMs = 10_000 }: ProviderOptions,
  authentication: oidc.ClientAuth,
): () => Promise<oidc.Configuration> {
  const url = parseSecureUrl(issuer, {})
  const execute = url.protocol === 'http:' ? [oidc.allowInsecureRequests] : []
  let found: Promise<oidc.Configuration> | undefined
  return () => {
    found ??= ask(() =>
      oidc.discovery(url, clientId, undefined, authentication, { execute, timeout: timeoutMs / 1000 }),
    ).catch((thrown: unknown) => {
      found = undefined
      throw thrown
    })
    return found
  }
}

/** A question to the provider; its failures as ours, without any text of the provider. */
async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (thrown) {
    throw thrown instanceof StsClientError ? thrown : failureOf(thrown)
  }
}

function failureOf(thrown: unknown): StsClientError {
  const detail = (word: string) => ({ detail: `the provider, ${word}`, cause: thrown })
  if (thrown instanceof oidc.ResponseBodyError) {
    const { status, error } = thrown
    const word = /^[a-z_]{1,64}$/.test(error) ? error : `HTTP status ${status}`
    const code = status >= 500 || status === 429 ? 'subject_token_unavailable' : 'subject_token_refused'
    return new StsClientError(code, { ...detail(word), status })
  }
  const reason = systemCode(thrown)
  if (reason === 'OAUTH_TIMEOUT') return new StsClientError('subject_token_unavailable', detail('too slow'))
  if (reason?.startsWith('OAUTH_'))
    return new StsClientError('response_invalid', { detail: `of the provider, ${reason}`, cause: thrown })
  return new StsClientError('subject_token_unavailable', detail(reason ?? 'no answer'))
}
