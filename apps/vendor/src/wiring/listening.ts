import { Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { serve as listen } from '@hono/node-server'
import type { Timers } from '../ports.ts'

/** What node-server hands to a fetch: the answer of Node beneath. */
type NodeBindings = { readonly outgoing: object }
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
/** How long a written answer may take to leave, once everything is answered. */
const FLUSH_MS = 1_000

/** Opens a socket. Rejects with Node's error where the address cannot be had. */
export async function openListening(
  answer: Answering,
  { host, port, timers }: { readonly host: string; readonly port: number; readonly timers: Timers },
): Promise<Listening> {
  let stopping = false
  let whole = true
  let active = 0
  const idle = new Set<() => void>()
  const opened = Promise.withResolvers<number>()
  const closed = Promise.withResolvers<void>()
  const hurried = Promise.withResolvers<void>()

  async function fetch(request: Request, env: NodeBindings): Promise<Response> {
    active += 1
    try {
      return await answer(request, env)
    } finally {
      active -= 1
      // Looked at when the answer is there: a request that was under way at the signal closes its connection too.
      if (stopping && env.outgoing instanceof ServerResponse) env.outgoing.shouldKeepAlive = false
      if (active === 0) for (const resolve of idle) resolve()
    }
  }

  // With node-server's own Response in the place of Node's, an answer goes out as the text that it is, and not as a stream
  // that is made of it and read again: a tenth of an exchange.
  const overrideGlobalObjects = true
  const serverOptions = { maxHeaderSize: MAX_HEADER_BYTES }
  const server = listen({ fetch, hostname: host, port, overrideGlobalObjects, serverOptions }, (info) =>
    opened.resolve(info.port),
  )
  server.on('error', opened.reject)
  // node-server makes a server of node:http; its type also allows HTTP/2, which has no such methods.
  const http = server instanceof Server ? server : null

  function cut(): void {
    if (active > 0) whole = false
    hurried.resolve()
    http?.closeAllConnections()
  }

  function answered(): Promise<void> {
    return active === 0 ? Promise.resolve() : new Promise((resolve) => idle.add(resolve))
  }

  async function atMost(ms: number, ...waited: readonly Promise<void>[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = timers.after(ms, resolve)
    await Promise.race([promise, hurried.promise, ...waited])
    cancel()
  }

  return {
    port: await opened.promise,
    cut,
    async drain({ lingerMs, drainMs }) {
      stopping = true
      // Behind the poll phase, in which everything that waited to be accepted was. And net's own close, because that of
      // http closes idle connections at once.
      await new Promise((resolve) => setImmediate(resolve))
      NetServer.prototype.close.call(server, () => closed.resolve())
      await atMost(lingerMs, closed.promise)
      http?.closeIdleConnections()
      await atMost(drainMs, closed.promise, answered())
      if (active === 0) await atMost(FLUSH_MS, closed.promise)
      cut()
      await closed.promise
      return whole
    },
  }
}
