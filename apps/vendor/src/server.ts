import { serve as listen } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Env } from './http/context.ts'
import type { Timers } from './ports.ts'

const DRAIN_MS = 10_000
/** A token may stand in Authorization, or in a query: as long as the longest that is read, and the rest beside it. */
const MAX_HEADER_BYTES = 40 * 1024

/** Opens the socket. `drain` takes no more requests and resolves when those under way are answered, or cut after 10 s. */
export async function openServer(
  fetch: Hono<Env>['fetch'],
  options: { readonly host: string; readonly port: number; readonly timers: Timers },
): Promise<{ readonly port: number; drain(): Promise<void> }> {
  const { host: hostname, port } = options
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const serverOptions = { maxHeaderSize: MAX_HEADER_BYTES }
  const server = listen({ fetch, hostname, port, overrideGlobalObjects: false, serverOptions }, (info) =>
    resolve(info.port),
  )
  server.on('error', reject)
  return {
    port: await promise,
    drain: () =>
      new Promise<void>((done) => {
        const cancel = options.timers.after(
          DRAIN_MS,
          () => 'closeAllConnections' in server && server.closeAllConnections(),
        )
        server.close(() => {
          cancel()
          done()
        })
        if ('closeIdleConnections' in server) server.closeIdleConnections()
      }),
  }
}
