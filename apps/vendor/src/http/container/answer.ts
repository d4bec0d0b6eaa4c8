import type { Context } from 'hono'
import type { ErrorCode } from '../../errors.ts'
import { errorRow } from '../../errors.ts'
import type { RequestId } from '../../ids.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { PlainAnswer } from '../plain-answer.ts'
import { answerPlain } from '../plain-answer.ts'

/** Exactly this: Go reads `Code` and `Message` under no other, not even with a charset. */
const JSON_TYPE = 'application/json'
const FALLBACK_RETRY_SECONDS = 1

/**
 * A refusal of the container door: `Code` and `Message` are what JS, Go, Rust and the C runtime show; a bare 429 Go would
 * not repeat, its `Throttling` it does.
 */
export function containerError(
  c: Context<Env>,
  code: ErrorCode,
  request: RequestId,
  more: More = {},
): Response {
  return answerPlain(c, containerErrorAnswer(code, request, more))
}

type More = {
  readonly parameter?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  /** The methods that the path takes, where it was another. */
  readonly allow?: string | undefined
}

/** The same as data, for a request that never became one. */
export function containerErrorAnswer(code: ErrorCode, request: RequestId, more: More = {}): PlainAnswer {
  const row = errorRow(code)
  const words = more.parameter === undefined ? row.text : `${row.operatorText}: ${more.parameter}`
  const body = { Code: row.sts.code, Message: `${words} (${row.class}, ${request})`, RequestId: request }
  const headers = {
    ...containerHeaders(request),
    ...(row.retryable ? { 'retry-after': String(more.retryAfterSeconds ?? FALLBACK_RETRY_SECONDS) } : {}),
    ...(row.container === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(more.allow === undefined ? {} : { allow: more.allow }),
  }
  return { status: row.container, headers, body: JSON.stringify(body) }
}

export function containerHeaders(request: RequestId): Record<string, string> {
  return { ...NO_STORE, 'content-type': JSON_TYPE, 'x-amzn-requestid': request }
}
