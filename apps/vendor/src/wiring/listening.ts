import { Server, ServerResponse } from 'node:http'
import { serve as listen } from '@hono/node-server'
import type { Timers } from '../ports.ts'

/** What node-server hands to a fetch: the request and the answer of Node beneath. */
type NodeBindings = { readonly outgoing: object }
export type Answering = (request: Request, env: NodeBindings) => Response | Promise<Response>

export type Listening = {
  readonly port: number
  /**
   * Stops in the order that loses no answer. For `lingerMs` everything is still answered, each answer with
   * `connection: close`, so that clients and balancers go elsewhere by themselves; then nothing new is accepted, and what
   * is under way has `drainMs`. Resolves when every connection is closed: false where a request was cut without its answer.
   */
  drain(within: { readonly lingerMs: number; readonly drainMs: number }): Promise<boolean>
  /** Cuts every connection now: the second signal. */
  cut(): void
}

/** Opens a socket. Rejects with Node's error where the address cannot be had. */
export async function openListening(
  answer: Answering,
  { host, port, timers }: { readonly host: string; readonly port: number; readonly timers: Timers },
): Promise<Listening> {
  let stopping = false
  let active = 0
  let whole = true
  let cutNow = false
  let hurry: (() => void) | null = null
  const { promise, resolve, reject } = Promise.withResolvers<number>()

  async function fetch(request: Request, env: NodeBindings): Promise<Response> {
    active += 1
    try {
      return await answer(request, env)
    } finally {
      active -= 1
      // Looked at when the answer is there: a request that was under way at the signal closes its connection too.
      if (stopping && env.outgoing instanceof ServerResponse) env.outgoing.shouldKeepAlive = false
    }
  }

  const server = listen({ fetch, hostname: host, port, overrideGlobalObjects: false }, (info) =>
    resolve(info.port),
  )
  server.on('error', reject)
  // By default node-server makes a server of node:http; the type also allows HTTP/2, which has no such methods.
  const http = server instanceof Server ? server : null

  function cut(): void {
    if (active > 0) whole = false
    cutNow = true
    hurry?.()
    http?.closeAllConnections()
  }

  return {
    port: await promise,
    cut,
    async drain({ lingerMs, drainMs }) {
      stopping = true
      await new Promise<void>((done) => {
        const cancel = timers.after(lingerMs, done)
        hurry = () => {
          cancel()
          done()
        }
      })
      await new Promise<void>((done) => {
        const cancel = timers.after(drainMs, cut)
        hurry = null
        server.close(() => {
          cancel()
          done()
        })
        if (cutNow) http?.closeAllConnections()
      })
      return whole
    },
  }
}
