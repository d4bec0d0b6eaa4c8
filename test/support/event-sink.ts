import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type SinkRequest = { readonly headers: IncomingHttpHeaders; readonly body: string }

/** A receiver of webhooks that can fail on command; what it answered 2xx to is what it has. */
export type EventSink = AsyncDisposable & {
  readonly url: string
  readonly port: number
  readonly accepted: readonly SinkRequest[]
  readonly requests: () => number
  /** What it does with the next requests; `undefined`: takes them. */
  setFault(fault: SinkFault | undefined, times?: number): void
  /** The CloudEvents that it took, in their order. */
  events(): readonly { readonly id: string; readonly type: string; readonly sequence: string }[]
  stop(): Promise<void>
}

export type SinkFault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'hang' }
  /** Takes it, and cuts the connection before the answer. */
  | { readonly kind: 'taken_and_cut' }
  | { readonly kind: 'drip' }

export async function startEventSink(port = 0): Promise<EventSink> {
  const accepted: SinkRequest[] = []
  let fault: SinkFault | undefined
  let left = Number.POSITIVE_INFINITY
  let asked = 0
  const server = createServer((request, response) => void answer(request, response))
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    asked += 1
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const now = fault
    if (now !== undefined && --left <= 0) fault = undefined
    const taken = { headers: request.headers, body }
    switch (now?.kind) {
      case 'status':
        response.writeHead(now.status, now.headers).end('no')
        return
      case 'hang':
        return
      case 'taken_and_cut':
        accepted.push(taken)
        response.socket?.destroy()
        return
      case 'drip':
        response.writeHead(200).write('.')
        accepted.push(taken)
        return
      default:
        accepted.push(taken)
        response.writeHead(204).end()
    }
  }
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const bound = (server.address() as AddressInfo).port // of a TCP server
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  return {
    url: `http://127.0.0.1:${bound}/hook`,
    port: bound,
    accepted,
    requests: () => asked,
    setFault(next, times = Number.POSITIVE_INFINITY) {
      fault = next
      left = times
    },
    events: () => accepted.flatMap(({ body }) => JSON.parse(body)),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
