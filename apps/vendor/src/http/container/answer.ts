import type { Context } from 'hono'
import type { ErrorCode } from '../../errors.ts'
import { errorRow } from '../../errors.ts'
import type { RequestId } from '../../ids.ts'
import type { Env } from '../context.ts'
import { NO_STORE, statusOf } from '../on-error.ts'

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
  more: { readonly parameter?: string | undefined; readonly retryAfterSeconds?: number | undefined } = {},
): Response {
  const row = errorRow(code)
  const words = more.parameter === undefined ? row.text : `${row.operatorText}: ${more.parameter}`
  const body = { Code: row.sts.code, Message: `${words} (${row.class}, ${request})`, RequestId: request }
  return c.body(JSON.stringify(body), statusOf(row.container), {
    ...containerHeaders(request),
    ...(row.retryable ? { 'retry-after': String(more.retryAfterSeconds ?? FALLBACK_RETRY_SECONDS) } : {}),
    ...(row.container === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  })
}

export function containerHeaders(request: RequestId): Record<string, string> {
  return { ...NO_STORE, 'content-type': JSON_TYPE, 'x-amzn-requestid': request }
}
