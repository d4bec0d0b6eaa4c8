import { readFile as readFileOfSystem } from 'node:fs/promises'
import type { Runtime } from '../default-clock.ts'
import { systemRuntime } from '../default-clock.ts'
import { StsClientError } from '../errors.ts'
import type { TokenSource } from '../provider.ts'
import { parseSecureUrl } from '../server-url.ts'
import type { Fetch, HttpAnswer, HttpRequest } from '../transport.ts'
import { retryAfterSeconds, send, tryTwice } from '../transport.ts'

export type Env = Readonly<Record<string, string | undefined>>
export type ReadFile = (path: string) => Promise<string>

/**
 * Where the Kubernetes example of this package projects its token. Not the kubelet's own
 * `/var/run/secrets/kubernetes.io/serviceaccount/token`: that one is for the API server, and whoever receives it can
 * act in the cluster as the pod.
 */
export const KUBERNETES_TOKEN_PATH = '/var/run/secrets/stint/token'

const GITHUB_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
const GITHUB_BEARER = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'
const GITHUB_TIMEOUT_MS = 10_000
const GITHUB_MAX_ANSWER_BYTES = 64 * 1024

/**
 * The token in a file, read again for every exchange because platforms rotate it in place. Throws StsClientError:
 * subject_token_absent (no such file, or nothing in it), subject_token_unreadable.
 */
export function tokenFile(path: string, options: { readonly readFile?: ReadFile } = {}): TokenSource {
  const readFile = options.readFile ?? ((name: string) => readFileOfSystem(name, 'utf8'))
  return async () => {
    const text = await readFile(path).catch((cause: unknown) => {
      const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
      const code = isAbsent ? 'subject_token_absent' : 'subject_token_unreadable'
      // The system's error repeats the path.
      throw new StsClientError(code, { detail: place('file', path), ...(mayBeToken(path) ? {} : { cause }) })
    })
    return present(text, place('file', path))
  }
}

/** The token in an environment variable. Throws StsClientError: subject_token_absent. */
export function tokenEnv(name: string, env: Env): TokenSource {
  return async () => present(env[name], place('environment variable', name))
}

/**
 * The service account token that Kubernetes projects into a volume, with the Stint server as its audience. Throws as
 * `tokenFile` does.
 */
export function kubernetesToken(
  options: { readonly path?: string; readonly readFile?: ReadFile } = {},
): TokenSource {
  return tokenFile(options.path ?? KUBERNETES_TOKEN_PATH, options)
}

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
  return async () => {
    const request = githubRequest(options)
    const { fetch = globalThis.fetch, runtime = systemRuntime() } = options
    const deadline = AbortSignal.timeout(options.timeoutMs ?? GITHUB_TIMEOUT_MS)
    const attempt = async () => {
      const transport = { fetch, maxBodyBytes: GITHUB_MAX_ANSWER_BYTES, signal: undefined, deadline }
      return readGithubAnswer(await send(request, transport).catch(asSourceFailure))
    }
    const isWorthRetrying = (error: StsClientError) => error.retryable
    return tryTwice(attempt, { runtime, signal: undefined, deadline, isWorthRetrying })
  }
}

function githubRequest({ env, audience }: GithubOptions): HttpRequest {
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

/**
 * The first source that has a token. The next is tried only where one is absent: a source that is there and fails ends
 * the search, because a token of another identity must not stand in for it unseen. Throws StsClientError:
 * subject_token_absent where all are, and what a source throws.
 */
export function chain(...sources: readonly TokenSource[]): TokenSource {
  return async () => {
    const looked: string[] = []
    for (const source of sources) {
      try {
        return await source()
      } catch (thrown) {
        if (!(thrown instanceof StsClientError) || thrown.code !== 'subject_token_absent') throw thrown
        looked.push(thrown.detail ?? 'a source')
      }
    }
    throw new StsClientError('subject_token_absent', { detail: looked.join('; ') || 'no place was named' })
  }
}

function present(text: string | undefined, where: string): string {
  const token = text?.trim()
  if (token) return token
  throw new StsClientError('subject_token_absent', { detail: where })
}

/** A person who writes `--token-file "$TOKEN"` must not read the token back from a log. */
function place(kind: string, name: string): string {
  return mayBeToken(name) ? `the ${kind} that was named` : `${kind} \`${name}\``
}

function mayBeToken(name: string): boolean {
  return name.length > 200 || /[A-Za-z0-9_-]{32}/.test(name) || name.startsWith('eyJ')
}
