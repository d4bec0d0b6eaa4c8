import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server as NetServer } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type PlainAnswer, writePlain } from '../http/plain-answer.ts'
import type { Unreadable } from '../http/unreadable.ts'
import type { Timers } from '../ports.ts'
import { answerClientError } from './client-error.ts'

/** What node-server hands to a fetch: the messages of Node beneath. */
type NodeBindings = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }
export type Answering = (request: Request, env: NodeBindings) => Response | Promise<Response>

export type Listening = {
  readonly port: number
  /**
   * Stops in the order that loses no answer. New connections are refused from now on. For `lingerMs`, or until nobody is
   * left, kept connections are answered, each with `connection: close`: one that is closed while its next request is on
   * the way would lose it. Then idle ones are closed, and what is under way has `drainMs`. Resolves when every connection
   * is closed: false where a request was cut without its answer.
   */
  drain(within: { readonly lingerMs: number; readonly drainMs: number }): Promise<boolean>
  /** Cuts every connection now: the second signal. */
  cut(): void
}

/** A token may stand in Authorization, or in a query: as long as the longest that is read, and the rest beside it. */
const MAX_HEADER_BYTES = 40 * 1024
/**
 * How long a connection without a request stays open: longer than whoever keeps one to us does, because what closes first
 * loses the request that is on its way (nginx and ALB keep theirs for 60 s; Node's own 5 s would answer some of their POSTs
 * with a reset).
 */
const KEEP_ALIVE_MS = 75_000
/** How long a written answer may take to leave, once everything is answered. */
const FLUSH_MS = 1_000

type Options = {
  readonly host: string
  readonly port: number
  readonly timers: Timers
  /** What is answered to bytes that are no request. */
  readonly unreadable: (unreadable: Unreadable) => PlainAnswer
}

/** Opens a socket. Rejects with Node's error where the address cannot be had. */
export async function openListening(answer: Answering, options: Options): Promise<Listening> {
  const { host, port, timers, unreadable } = options
  let stopping = false
  let whole = true
  const active = new Set<ServerResponse>()
  const idle = new Set<() => void>()
  const closed = Promise.withResolvers<void>()
  const hurried = Promise.withResolvers<void>()

  async function fetch(request: Request, env: object): Promise<Response> {
    const { incoming, outgoing } = env as NodeBindings // of the server below
    active.add(outgoing)
    if (stopping) outgoing.shouldKeepAlive = false
    try {
      return await answer(request, { incoming, outgoing })
    } catch {
      return refuse({ incoming, outgoing }, 'internal_error')
    } finally {
      active.delete(outgoing)
      if (active.size === 0) for (const resolve of idle) resolve()
    }
  }

  function refuse({ incoming, outgoing }: NodeBindings, code: Unreadable['code']): Response {
    // Whatever of its body is still on the way is nobody's.
    outgoing.shouldKeepAlive = false
    if (!outgoing.headersSent) writePlain(outgoing, unreadable({ code, target: incoming.url ?? null }))
    return RESPONSE_ALREADY_SENT
  }

  const listener = getRequestListener(fetch, {
    hostname: host,
    overrideGlobalObjects: false,
    // A Host or target of which no URL can be made: answered below.
    errorHandler: () => undefined,
  })
  function receive(incoming: IncomingMessage, outgoing: ServerResponse): void {
    // RFC 9112 §3.2. Node would answer it in no form that a client reads.
    const isNameless = incoming.httpVersion === '1.1' && incoming.headers.host === undefined
    if (isNameless) refuse({ incoming, outgoing }, 'request_malformed')
    else
      void listener(incoming, outgoing).then(() => {
        if (!outgoing.headersSent) refuse({ incoming, outgoing }, 'request_malformed')
      })
  }

  const http = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false, keepAliveTimeout: KEEP_ALIVE_MS },
    receive,
  )
  // An Expect that is none of ours may be ignored (RFC 9110 §10.1.1).
  http.on('checkExpectation', receive)
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const isAnswered = [...active].some((one) => one.socket === socket && one.headersSent)
    if (isAnswered) socket.destroy()
    else answerClientError({ error, socket }, { unreadable, timers })
  })
  const opened = Promise.withResolvers<void>()
  http.on('error', opened.reject)
  http.listen(port, host, opened.resolve)

  function cut(): void {
    if (active.size > 0) whole = false
    hurried.resolve()
    http.closeAllConnections()
  }

  function answered(): Promise<void> {
    return active.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.add(resolve))
  }

  async function atMost(ms: number, ...waited: readonly Promise<void>[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = timers.after(ms, resolve)
    await Promise.race([promise, hurried.promise, ...waited])
    cancel()
  }

  await opened.promise
  return {
    port: (http.address() as AddressInfo).port, // a TCP server that listens has one
    cut,
    async drain({ lingerMs, drainMs }) {
      stopping = true
      // What is under way closes its connection too.
      for (const outgoing of active) outgoing.shouldKeepAlive = false
      // Behind the poll phase, in which everything that waited to be accepted was. And net's own close, because that of
      // http closes idle connections at once.
      await new Promise((resolve) => setImmediate(resolve))
      NetServer.prototype.close.call(http, () => closed.resolve())
      await atMost(lingerMs, closed.promise)
      http.closeIdleConnections()
      await atMost(drainMs, closed.promise, answered())
      if (active.size === 0) await atMost(FLUSH_MS, closed.promise)
      cut()
      await closed.promise
      return whole
    },
  }
}
