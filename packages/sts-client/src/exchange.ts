import type { ExchangeResult } from './answer.ts'
import { processExchangeResponse } from './answer.ts'
import type { Runtime } from './default-clock.ts'
import { systemRuntime } from './default-clock.ts'
import type { StsClientErrorCode } from './errors.ts'
import { StsClientError } from './errors.ts'
import { parseServerUrl } from './server-url.ts'
import type { Fetch, HttpRequest, Send } from './transport.ts'
import { sendByFetch, tryTwice } from './transport.ts'
import type { RoleArn, SubjectTokenType, TokenExchangeForm } from './wire.ts'
import {
  parseRoleArn,
  roleArn,
  SUBJECT_TOKEN_TYPES,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_PATH,
  TOKEN_TYPE_JWT,
  TOKEN_TYPE_S3_CREDENTIALS,
} from './wire.ts'

export type ExchangeOptions = {
  /** Base URL of the Stint server; a path is kept. https, or http to a loopback address. */
  readonly server: string
  /** The OIDC token. White space at its ends is taken off, as token files end with a newline. */
  readonly subjectToken: string
  /** Default: `urn:ietf:params:oauth:token-type:jwt`. */
  readonly subjectTokenType?: SubjectTokenType
  /** The role's ARN, or its parts. Left out: the one role that the mappings of the identity agree on. */
  readonly role?: string | RoleArn
  /** Whole seconds. The server may give less; the result's `expiration` is the truth. */
  readonly durationSeconds?: number
  /** Recorded by the server as claimed: 2 to 64 of `A–Z a–z 0–9 _ + = , . @ -`. */
  readonly roleSessionName?: string
  /** An IAM document as JSON text that narrows the session. */
  readonly policy?: string
  /** Sends the token over plain http to any host. For closed networks; everybody on the path can take the token. */
  readonly allowInsecureRequests?: boolean
}

export type ExchangeCallOptions = ExchangeOptions & {
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch
  readonly signal?: AbortSignal
  /** The whole call, a second try included; milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  readonly runtime?: Runtime
}

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024
const MAX_TOKEN_CHARS = 20_000

/** Failures in which a second try is likely to help and the first left nothing with the caller. */
const WORTH_RETRYING: ReadonlySet<StsClientErrorCode> = new Set([
  'network_error',
  'throttled',
  'unavailable',
  'identity_provider_unavailable',
  'service_unavailable',
])

/**
 * Exchanges an OIDC token for S3 credentials at a Stint server (RFC 8693). At most two tries, the second only after a
 * failure that may pass (no answer, 429, 502–504), each a new assumption at the server. Throws StsClientError with any
 * of its codes but those of token sources and of the cache.
 */
export async function exchangeToken(options: ExchangeCallOptions): Promise<ExchangeResult> {
  return exchangeBy(sendByFetch(options.fetch), options)
}

/** The same by another transport. */
export async function exchangeBy(
  send: Send,
  options: Omit<ExchangeCallOptions, 'fetch'>,
): Promise<ExchangeResult> {
  const request = buildExchangeRequest(options)
  const { signal, runtime = systemRuntime() } = options
  const deadline = AbortSignal.timeout(timeoutOf(options.timeoutMs ?? DEFAULT_TIMEOUT_MS))
  const asked = resourceOf(options.role)

  const attempt = async () => {
    const answer = await send(request, { maxBodyBytes: MAX_ANSWER_BYTES, signal, deadline })
    const result = processExchangeResponse(answer.status, answer.headers, answer.body)
    if (asked !== undefined && result.role !== asked) {
      throw new StsClientError('response_invalid', {
        detail: 'it is for another role',
        status: answer.status,
      })
    }
    return result
  }
  const isWorthRetrying = (error: StsClientError) => WORTH_RETRYING.has(error.code)
  return tryTwice(attempt, { runtime, signal, deadline, isWorthRetrying })
}

/**
 * The request that `exchangeToken` sends, for who sends it otherwise. Pure. Throws StsClientError: options_invalid,
 * insecure_server, subject_token_invalid.
 */
export function buildExchangeRequest(options: ExchangeOptions): HttpRequest {
  const server = parseServerUrl(options.server, options)
  return {
    url: `${server.origin}${server.pathname.replace(/\/+$/, '')}${TOKEN_PATH}`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(buildForm(options)).toString(),
  }
}

function buildForm(options: ExchangeOptions): TokenExchangeForm {
  const resource = resourceOf(options.role)
  const seconds = durationOf(options.durationSeconds)
  const name = sessionNameOf(options.roleSessionName)
  if (options.policy === '') throw new StsClientError('options_invalid', { detail: '`policy` is empty' })
  return {
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: tokenOf(options.subjectToken),
    subject_token_type: tokenTypeOf(options.subjectTokenType),
    requested_token_type: TOKEN_TYPE_S3_CREDENTIALS,
    ...(resource === undefined ? {} : { resource }),
    ...(seconds === undefined ? {} : { duration_seconds: seconds }),
    ...(name === undefined ? {} : { role_session_name: name }),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  }
}

/** Visible ASCII holds every JWT and every RFC 6750 bearer token; anything else is a wrong file or a cut one. */
function tokenOf(text: string): string {
  const token = text.trim()
  if (token.length > MAX_TOKEN_CHARS || !/^[\x21-\x7e]+$/.test(token)) {
    throw new StsClientError('subject_token_invalid')
  }
  return token
}

function tokenTypeOf(type: SubjectTokenType | undefined): SubjectTokenType {
  if (type === undefined) return TOKEN_TYPE_JWT
  if (SUBJECT_TOKEN_TYPES.includes(type)) return type
  throw new StsClientError('options_invalid', { detail: '`subjectTokenType` is not one that a server reads' })
}

function resourceOf(role: string | RoleArn | undefined): string | undefined {
  if (role === undefined) return undefined
  if (typeof role === 'string') {
    if (parseRoleArn(role) !== null) return role
    throw new StsClientError('options_invalid', {
      detail: '`role` is not an ARN of the form arn:aws:iam::<12 digits>:role/<name>',
    })
  }
  try {
    return roleArn(role.account, role.name)
  } catch (cause) {
    throw new StsClientError('options_invalid', {
      detail:
        '`role` needs an account of 12 digits and a name of lower-case letters, digits and inner hyphens',
      cause,
    })
  }
}

function durationOf(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined
  if (Number.isInteger(seconds) && seconds > 0 && seconds < 1e9) return String(seconds)
  throw new StsClientError('options_invalid', {
    detail: '`durationSeconds` is not a positive whole number of seconds',
  })
}

function timeoutOf(ms: number): number {
  if (Number.isFinite(ms) && ms > 0 && ms < 2 ** 31) return ms
  throw new StsClientError('options_invalid', { detail: '`timeoutMs` is not a positive number' })
}

function sessionNameOf(name: string | undefined): string | undefined {
  if (name === undefined || /^[\w+=,.@-]{2,64}$/.test(name)) return name
  throw new StsClientError('options_invalid', {
    detail: '`roleSessionName` is not 2 to 64 of A–Z a–z 0–9 _ + = , . @ -',
  })
}
