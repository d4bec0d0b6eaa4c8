import type { Runtime } from './default-clock.ts'
import { systemRuntime } from './default-clock.ts'
import { StsClientError } from './errors.ts'
import type { AwsCredentialProvider, AwsCredentials, MemoOptions } from './memo.ts'
import { memoise } from './memo.ts'
import type { TokenSource } from './provider.ts'
import { parseSecureUrl } from './server-url.ts'
import type { Fetch, HttpAnswer, HttpRequest } from './transport.ts'
import { retryAfterSeconds, sendByFetch, tryTwice } from './transport.ts'

export type ContainerProviderOptions = MemoOptions & {
  /**
   * What AWS_CONTAINER_CREDENTIALS_FULL_URI would say: `https://stint.example.com/v1/credentials/<role>`, or the door
   * that `stint exec` opens. https, or http to a loopback address; its query is kept.
   */
  readonly url: string
  /** The value of the Authorization header, asked anew each time: the OIDC token itself, without a scheme. */
  readonly authorization: TokenSource
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch
  /** One renewal, a second try included; milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  readonly allowInsecureRequests?: boolean
  readonly runtime?: Runtime
}

const DEFAULT_TIMEOUT_MS = 10_000
/** The CRT of the AWS SDKs reads no more either. */
const MAX_ANSWER_BYTES = 10_000

/**
 * A credential provider that speaks the container credentials protocol of the AWS SDKs, for runtimes without one: a GET
 * with the token as the Authorization header. Kept and renewed as `memoise` says; at most two tries a renewal. Throws
 * StsClientError: refused (with the answer's code), throttled, unavailable, response_invalid, what `sendByFetch` and
 * `memoise` throw, and what the source of the token throws.
 */
export function containerCredentialProvider(options: ContainerProviderOptions): AwsCredentialProvider {
  const { runtime = systemRuntime(), timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const { href } = parseSecureUrl(options.url, options)
  const send = sendByFetch(options.fetch)
  const obtain = async () => {
    const request = buildContainerRequest(href, await options.authorization())
    const obtainedAtMs = runtime.now().getTime()
    const deadline = AbortSignal.timeout(timeoutMs)
    const attempt = async () =>
      processContainerAnswer(
        await send(request, { maxBodyBytes: MAX_ANSWER_BYTES, signal: undefined, deadline }),
      )
    const isWorthRetrying = (error: StsClientError) => error.retryable
    const credentials = await tryTwice(attempt, { runtime, signal: undefined, deadline, isWorthRetrying })
    return { credentials, obtainedAtMs }
  }
  return memoise(obtain, { ...options, runtime })
}

function buildContainerRequest(url: string, authorization: string): HttpRequest {
  const value = authorization.trim()
  // A line break would end the header; most clients send the token file's own newline and fail on it.
  if (!/^[\x20-\x7e]{1,20000}$/.test(value)) throw new StsClientError('subject_token_invalid')
  return { url, method: 'GET', headers: { authorization: value, accept: 'application/json' } }
}

/** Reads the answer of a container credentials endpoint. Pure; `Expiration` is by that endpoint's clock. */
function processContainerAnswer({ status, headers, body }: HttpAnswer): AwsCredentials {
  const json = parseObject(body)
  if (status !== 200) throw refusal(status, { code: json?.['Code'], wait: retryAfterSeconds(headers) })
  const text = (name: string) => {
    const value = json?.[name]
    if (typeof value === 'string' && /^[\x21-\x7e]{3,32768}$/.test(value)) return value
    throw new StsClientError('response_invalid', { detail: `\`${name}\` is missing or malformed`, status })
  }
  const expiration = new Date(text('Expiration'))
  if (!Number.isFinite(expiration.getTime()))
    throw new StsClientError('response_invalid', { detail: '`Expiration` is not an instant', status })
  return {
    accessKeyId: text('AccessKeyId'),
    secretAccessKey: text('SecretAccessKey'),
    sessionToken: text('Token'),
    expiration,
  }
}

function refusal(status: number, facts: { readonly code: unknown; readonly wait: number | undefined }) {
  const { code, wait } = facts
  return new StsClientError(codeOf(status), {
    detail: `HTTP status ${status}`,
    status,
    ...(typeof code === 'string' && /^[A-Za-z]{2,64}$/.test(code) ? { serverCode: code } : {}),
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  })
}

function codeOf(status: number) {
  if (status === 429) return 'throttled'
  if (status >= 500) return 'unavailable'
  return status === 400 || status === 401 || status === 403 ? 'refused' : 'response_invalid'
}

function parseObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}
