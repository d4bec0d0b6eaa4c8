import type { StsClientErrorCode } from './errors.ts'
import { StsClientError } from './errors.ts'
import type { AnswerHeaders } from './transport.ts'
import { retryAfterSeconds } from './transport.ts'
import type { TokenErrorCode } from './wire.ts'
import {
  parseRoleArn,
  TOKEN_ERROR_CODES,
  TOKEN_TYPE_NOT_APPLICABLE,
  TOKEN_TYPE_S3_CREDENTIALS,
} from './wire.ts'

/** The key triple of one session, named as the AWS SDKs name it. */
export type S3Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** When the session ends, by the server's clock. */
  readonly expiration: Date
}

/** One granted exchange. */
export type ExchangeResult = {
  readonly credentials: S3Credentials
  /** Whole seconds that were left when the server answered: right also where this machine's clock is not. */
  readonly expiresInSeconds: number
  /** `asm_…`: the id of this exchange in the server's audit log. */
  readonly assumptionId: string
  /** The ARN of the role that was assumed. */
  readonly role: string
  readonly requestId?: string
  /** What the server can be held to: `verifyReceipt` checks it, with the keys of the server's log. */
  readonly receipt?: string
}

/** STS sessions end after 12 hours at most (AWS STS AssumeRole, DurationSeconds). */
const MAX_SESSION_SECONDS = 43_200

/**
 * Reads the answer of a token endpoint, believing nothing: a 200 must have every member in its exact form, and the
 * members must agree. Unknown members are ignored (RFC 6749 §5.1). Pure. Throws StsClientError: what the server
 * refused, by its code; throttled, unavailable, refused by HTTP status; response_invalid, redirected.
 */
export function processExchangeResponse(
  status: number,
  headers: AnswerHeaders,
  body: string,
): ExchangeResult {
  if (status >= 300 && status < 400) throw new StsClientError('redirected', { status })
  const json = isJson(headers) ? parseObject(body) : null
  if (status !== 200) throw refusal(status, headers, json)
  if (json === null) throw invalid('it is not a JSON object')
  return readSuccess(json)
}

type Members = Readonly<Record<string, unknown>>

function readSuccess(json: Members): ExchangeResult {
  if (json['issued_token_type'] !== TOKEN_TYPE_S3_CREDENTIALS)
    throw invalid('`issued_token_type` is not ours')
  if (json['token_type'] !== TOKEN_TYPE_NOT_APPLICABLE) throw invalid('`token_type` is not N_A')
  const members = json['credentials']
  if (!isObject(members)) throw invalid('`credentials` is missing')
  const credentials = {
    accessKeyId: text(members, 'access_key_id', KEY_ID),
    secretAccessKey: text(members, 'secret_access_key', KEY),
    sessionToken: text(members, 'session_token', TOKEN),
    expiration: instant(text(members, 'expiration', INSTANT)),
  }
  if (json['access_token'] !== credentials.sessionToken) {
    throw invalid('`access_token` is not the session token')
  }
  const role = json['role']
  if (typeof role !== 'string' || parseRoleArn(role) === null) throw invalid('`role` is not a role ARN')
  const requestId = json['request_id']
  return {
    credentials,
    expiresInSeconds: expiresIn(json['expires_in']),
    assumptionId: text(json, 'assumption_id', ASSUMPTION_ID),
    role,
    ...(requestId === undefined ? {} : { requestId: text(json, 'request_id', REQUEST_ID) }),
    ...(json['receipt'] === undefined ? {} : { receipt: text(json, 'receipt', RECEIPT) }),
  }
}

/**
 * Visible ASCII without quotes of any kind or a comma for a key id, because it stands in the Authorization header of
 * every S3 request; a control character in any of the three would end a header or a shell line.
 */
const KEY_ID = /^[A-Za-z0-9_.=+/-]{3,128}$/
const KEY = /^[\x21-\x7e]{8,256}$/
const TOKEN = /^[\x21-\x7e]{1,32768}$/
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z$/
const ASSUMPTION_ID = /^asm_[0-9a-f-]{36}$/
const REQUEST_ID = /^req_[0-9a-f-]{36}$/
const RECEIPT = /^c2sp\.org\/tlog-proof@v1\n[\s\S]{1,32768}$/
const SERVER_CODE = /^[a-z][a-z_]{0,63}$/

function text(members: Members, name: string, grammar: RegExp): string {
  const value = members[name]
  if (typeof value === 'string' && grammar.test(value)) return value
  throw invalid(`\`${name}\` is missing or malformed`)
}

/** `Date` reads 30 February as 2 March; an instant that does not print back the same is none. */
function instant(value: string): Date {
  const date = new Date(value)
  const isExact = Number.isFinite(date.getTime()) && date.toISOString().slice(0, 19) === value.slice(0, 19)
  if (!isExact) throw invalid('`expiration` is not an instant')
  return date
}

function expiresIn(value: unknown): number {
  const isSeconds = typeof value === 'number' && Number.isInteger(value)
  if (isSeconds && value >= 1 && value <= MAX_SESSION_SECONDS) return value
  throw invalid('`expires_in` is not a number of whole seconds that a session can have')
}

function refusal(status: number, headers: AnswerHeaders, json: Members | null): StsClientError {
  const code = json === null ? undefined : matching(json['code'], SERVER_CODE)
  const requestId = json === null ? undefined : matching(json['request_id'], REQUEST_ID)
  const wait = retryAfterSeconds(headers)
  const facts = {
    status,
    ...(requestId === undefined ? {} : { requestId }),
    ...(code === undefined ? {} : { serverCode: code }),
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  }
  // RFC 6749 §5.2 makes `error` the one member that every refusal has; a page of a proxy has none.
  const isOfTokenEndpoint = typeof json?.['error'] === 'string' && code !== undefined
  if (isOfTokenEndpoint && isKnown(code)) return new StsClientError(code, facts)
  return new StsClientError(byStatus(status, isOfTokenEndpoint), {
    ...facts,
    detail: `HTTP status ${status}`,
  })
}

function byStatus(status: number, isOfTokenEndpoint: boolean): StsClientErrorCode {
  if (status === 429) return 'throttled'
  if (status === 502 || status === 503 || status === 504) return 'unavailable'
  return isOfTokenEndpoint && status >= 400 && status < 500 ? 'refused' : 'response_invalid'
}

function isKnown(code: string): code is TokenErrorCode {
  return TOKEN_ERROR_CODES.some((known) => known === code)
}

function matching(value: unknown, grammar: RegExp): string | undefined {
  return typeof value === 'string' && grammar.test(value) ? value : undefined
}

function isJson(headers: AnswerHeaders): boolean {
  return /^application\/json[ \t]*(?:;|$)/i.test(headers.get('content-type')?.trim() ?? '')
}

function parseObject(body: string): Members | null {
  try {
    const value: unknown = JSON.parse(body)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(detail: string): StsClientError {
  return new StsClientError('response_invalid', { detail, status: 200 })
}
