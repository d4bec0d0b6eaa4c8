import type { Context } from 'hono'
import type { Problem } from '../domain/resource.ts'
import type { ErrorCode, VendorError } from '../errors.ts'
import { errorRow } from '../errors.ts'
import type { RequestId } from '../ids.ts'
import type { Env } from './context.ts'
import type { PlainAnswer } from './plain-answer.ts'
import { answerPlain, statusOf } from './plain-answer.ts'

/** What no cache may keep (RFC 6749 §5.1), and no browser may guess about. */
export const NO_STORE = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'x-content-type-options': 'nosniff',
} as const

const RETRY_AFTER_SECONDS = 1
const JSON_TYPE = 'application/json'

/** An error in the OAuth form (RFC 6749 §5.2): the class, never the reason (DESIGN rule 9). */
export function oauthError(
  c: Context<Env>,
  code: ErrorCode,
  request: RequestId,
  more: OAuthMore = {},
): Response {
  return answerPlain(c, oauthErrorAnswer(code, request, more))
}

type OAuthMore = {
  readonly parameter?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  /** The methods that the path takes, where it was another. */
  readonly allow?: string | undefined
}

/** The same as data, for a request that never became one. */
export function oauthErrorAnswer(code: ErrorCode, request: RequestId, more: OAuthMore = {}): PlainAnswer {
  const row = errorRow(code)
  // Which parameter of the request is wrong is the caller's own business, and no reason of ours.
  const words = more.parameter === undefined ? row.text : `${row.text}: ${more.parameter}`
  const body = { error: row.oauth, error_description: words, code: row.class, request_id: request }
  const headers = {
    ...retryable(row.retryable, more.retryAfterSeconds),
    'content-type': JSON_TYPE,
    ...(more.allow === undefined ? {} : { allow: more.allow }),
  }
  return { status: row.status, headers, body: JSON.stringify(body) }
}

/** An error of the admin door and of framework paths: RFC 9457 problem details. */
export function problemDetails(c: Context, error: ProblemError): Response {
  const { status, headers, body } = problemAnswer(error)
  return c.body(body, statusOf(status), headers)
}

type ProblemError = {
  readonly code: ErrorCode
  readonly request: RequestId
  readonly problems?: readonly Problem[]
  readonly moreProblems?: number
  readonly detail?: string
}

/** The same as data, for a request that never became one. */
export function problemAnswer(error: ProblemError): PlainAnswer {
  const row = errorRow(error.code)
  const body = {
    type: 'about:blank',
    title: row.text,
    status: row.status,
    code: row.class,
    request_id: error.request,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.problems === undefined ? {} : { problems: error.problems, moreProblems: error.moreProblems }),
  }
  const headers = { ...retryable(row.retryable), 'content-type': 'application/problem+json' }
  return { status: row.status, headers, body: JSON.stringify(body) }
}

/** A code for a person who reads the log: the operator text and the facts, and the cause's own name. */
export function operatorFacts(error: VendorError): Record<string, unknown> {
  const cause = error.cause instanceof Error ? { cause: error.cause.message, stack: error.cause.stack } : {}
  return { code: error.code, text: errorRow(error.code).operatorText, ...error.facts, ...cause }
}

function retryable(again: true | undefined, seconds = RETRY_AFTER_SECONDS): Record<string, string> {
  return again ? { ...NO_STORE, 'retry-after': String(seconds) } : { ...NO_STORE }
}
