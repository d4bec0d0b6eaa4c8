import type { Context } from 'hono'
import type { ErrorCode, ErrorRow } from '../../errors.ts'
import { errorRow } from '../../errors.ts'
import type { RequestId } from '../../ids.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { PlainAnswer } from '../plain-answer.ts'
import { answerPlain } from '../plain-answer.ts'
import type { Element } from './print.ts'
import { printJson, printXml } from './print.ts'

const XML = 'text/xml'
const JSON_TYPE = 'application/json'
/** The C runtime of several SDKs reads no more of an answer. */
const MAX_ANSWER_BYTES = 9_999
const FALLBACK_RETRY_SECONDS = 1

/** XML for everybody but gateways that ask for JSON and for no XML. */
function wantsJson(c: Context<Env>): boolean {
  const accept = c.env?.incoming?.headers.accept ?? c.req.header('accept')
  return accept?.includes(JSON_TYPE) === true && !/\b(?:text|application)\/xml\b/.test(accept)
}

/** The answer of an operation; elements that only some clients read (`spare`) are left out where it would grow too long. */
export function stsSuccess(
  c: Context<Env>,
  request: RequestId,
  result: {
    readonly operation: string
    readonly elements: readonly Element[]
    readonly spare?: readonly string[]
    readonly headers?: Readonly<Record<string, string>>
  },
): Response {
  const json = wantsJson(c)
  const text = (elements: readonly Element[]) => {
    const { operation } = result
    const metadata: Element = ['ResponseMetadata', [['RequestId', request]]]
    const root: Element = [`${operation}Response`, [[`${operation}Result`, elements], metadata]]
    return json ? printJson(root) : printXml(root)
  }
  const { elements, spare = [] } = result
  const whole = text(elements)
  const body =
    utf8Length(whole) > MAX_ANSWER_BYTES ? text(elements.filter(([name]) => !spare.includes(name))) : whole
  return answerPlain(c, { status: 200, headers: { ...headersOf(json, request), ...result.headers }, body })
}

type More = {
  readonly action?: string | undefined
  readonly parameter?: string | undefined
  readonly constraint?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  /** The methods that the path takes, where it was another. */
  readonly allow?: string | undefined
}

/** An error of the STS wire, framework errors included: a client that gets no XML reports a parse error of its own. */
export function stsError(c: Context<Env>, code: ErrorCode, request: RequestId, more: More = {}): Response {
  return answerPlain(c, stsErrorAnswer({ code, request, json: wantsJson(c) }, more))
}

/** The same as data, for a request that never became one. */
export function stsErrorAnswer(
  of: { readonly code: ErrorCode; readonly request: RequestId; readonly json: boolean },
  more: More = {},
): PlainAnswer {
  const { code, request, json } = of
  const row = errorRow(code)
  const { status } = row.sts
  const elements: readonly Element[] = [
    ['Type', status >= 500 ? 'Receiver' : 'Sender'],
    ['Code', row.sts.code],
    ['Message', messageOf(row, request, more)],
  ]
  const headers = {
    ...headersOf(json, request),
    ...(row.retryable ? { 'retry-after': String(more.retryAfterSeconds ?? FALLBACK_RETRY_SECONDS) } : {}),
    ...(more.allow === undefined ? {} : { allow: more.allow }),
  }
  const body = json
    ? JSON.stringify({ Error: Object.fromEntries(elements), RequestId: request })
    : printXml([
        'ErrorResponse',
        [
          ['Error', elements],
          ['RequestId', request],
        ],
      ])
  return { status, headers, body }
}

/** The class and the request id stand in the text, because the text is what a CI log shows. */
function messageOf(row: ErrorRow, request: RequestId, { action, parameter, constraint }: More): string {
  const id = `(${row.class}, ${request})`
  if (row.sts.code === 'AccessDenied' && action !== undefined) {
    // The words that people search for.
    return `Not authorized to perform sts:${action}: ${row.text} ${id}`
  }
  if (constraint !== undefined && parameter !== undefined) {
    const member = parameter.charAt(0).toLowerCase() + parameter.slice(1)
    return `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must be ${constraint} ${id}`
  }
  return parameter === undefined ? `${row.text} ${id}` : `${row.operatorText}: ${parameter} ${id}`
}

function headersOf(json: boolean, request: RequestId): Record<string, string> {
  return { ...NO_STORE, 'content-type': json ? JSON_TYPE : XML, vary: 'accept', 'x-amzn-requestid': request }
}

function utf8Length(text: string): number {
  // Only texts that may be too long are measured.
  return text.length * 3 <= MAX_ANSWER_BYTES ? text.length : new TextEncoder().encode(text).length
}
