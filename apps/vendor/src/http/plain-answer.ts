import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { Env } from './context.ts'

/** An answer that is a text: what every door of callers gives. */
export type PlainAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Answers, to the socket itself where there is one: a web Response, its headers and its body as a stream cost a third of
 * what a refusal costs in all.
 */
export function answerPlain(c: Context<Env>, answer: PlainAnswer): Response {
  const outgoing = c.env?.outgoing
  if (outgoing === undefined) return c.body(answer.body, statusOf(answer.status), answer.headers)
  writePlain(outgoing, answer)
  return RESPONSE_ALREADY_SENT
}

/** Writes it where there is no framework. */
export function writePlain(outgoing: ServerResponse, { status, headers, body }: PlainAnswer): void {
  const length = Buffer.byteLength(body)
  outgoing.writeHead(status, { ...headers, 'content-length': String(length) })
  // ASCII, as nearly all are, needs no room for what UTF-8 might make of it.
  outgoing.end(body, length === body.length ? 'latin1' : 'utf8')
}

/** The status of what was answered, by whichever way. */
export function statusSent(response: Response, outgoing: ServerResponse): number {
  return outgoing.headersSent ? outgoing.statusCode : response.status
}

/** Hono types a status as a union of literals; the catalogue's rows are all of them real ones. */
export function statusOf(status: number): 400 {
  return status as 400 // only the type is narrowed; the number passes as it is
}
