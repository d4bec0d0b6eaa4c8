import type { Runtime } from '../../default-clock.ts'
import { systemRuntime } from '../../default-clock.ts'
import { StsClientError } from '../../errors.ts'
import type { TokenSource } from '../../provider.ts'
import { parseSecureUrl } from '../../server-url.ts'
import type { Fetch, HttpAnswer, HttpRequest, Send } from '../../transport.ts'
import { retryAfterSeconds, sendByFetch, tryTwice } from '../../transport.ts'
import type { Env } from './source.ts'
import { place, present } from './source.ts'

const GITHUB_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
const GITHUB_BEARER = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'
const GITHUB_TIMEOUT_MS = 10_000
const GITHUB_MAX_ANSWER_BYTES = 64 * 1024

export type GithubOptions = {
  /** The audience that the Stint server has configured for GitHub Actions. */
  readonly audience: string
  readonly env: Env
  readonly fetch?: Fetch
  readonly runtime?: Runtime
  /** Milliseconds, a second try included. Default 10,000. */
  readonly timeoutMs?: number
}

/**
 * A fresh ID token of the running GitHub Actions job, which needs `permissions: id-token: write`. At most two tries.
 * Throws StsClientError: subject_token_absent (not in such a job), subject_token_refused, subject_token_unavailable,
 * and what a bad address or answer is: options_invalid, insecure_server, redirected, response_too_large,
 * response_invalid.
 */
export function githubActionsToken(options: GithubOptions): TokenSource {
  return githubActionsTokenBy(sendByFetch(options.fetch), options)
}

/** The same by another transport. */
export function githubActionsTokenBy(send: Send, options: Omit<GithubOptions, 'fetch'>): TokenSource {
  return async () => {
    const request = githubRequest(options)
    const { runtime = systemRuntime() } = options
    const deadline = AbortSignal.timeout(options.timeoutMs ?? GITHUB_TIMEOUT_MS)
    const attempt = async () => {
      const limits = { maxBodyBytes: GITHUB_MAX_ANSWER_BYTES, signal: undefined, deadline }
      return readGithubAnswer(await send(request, limits).catch(asSourceFailure))
    }
    const isWorthRetrying = (error: StsClientError) => error.retryable
    return tryTwice(attempt, { runtime, signal: undefined, deadline, isWorthRetrying })
  }
}

function githubRequest({ env, audience }: Pick<GithubOptions, 'env' | 'audience'>): HttpRequest {
  const endpoint = present(env[GITHUB_URL], place('environment variable', GITHUB_URL))
  const bearer = present(env[GITHUB_BEARER], place('environment variable', GITHUB_BEARER))
  if (audience === '') throw new StsClientError('options_invalid', { detail: '`audience` is empty' })
  const url = parseSecureUrl(endpoint, {})
  url.searchParams.set('audience', audience)
  return {
    url: url.href,
    method: 'GET',
    headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' },
  }
}

/** The network's failures, told as what they are for the caller: no token. */
function asSourceFailure(error: unknown): never {
  if (error instanceof StsClientError && error.retryable) {
    throw new StsClientError('subject_token_unavailable', {
      detail: `GitHub Actions, ${error.code}`,
      cause: error,
    })
  }
  throw error
}

function readGithubAnswer({ status, headers, body }: HttpAnswer): string {
  if (status !== 200) {
    const wait = retryAfterSeconds(headers)
    const isPassing = status === 429 || status >= 500
    throw new StsClientError(isPassing ? 'subject_token_unavailable' : 'subject_token_refused', {
      detail: `GitHub Actions, HTTP status ${status}`,
      status,
      ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
    })
  }
  const value = memberValue(body)
  if (typeof value === 'string' && value.trim() !== '') return value.trim()
  throw new StsClientError('response_invalid', { detail: 'GitHub Actions gave no `value`', status })
}

function memberValue(body: string): unknown {
  try {
    const json: unknown = JSON.parse(body)
    return typeof json === 'object' && json !== null && 'value' in json ? json.value : undefined
  } catch {
    return undefined
  }
}
