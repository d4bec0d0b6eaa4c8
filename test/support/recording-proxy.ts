import { request as ask, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Recorded = { readonly method: string; readonly path: string; readonly status: number }

export type RecordingProxy = AsyncDisposable & {
  readonly url: string
  /** What went through, in order; queries are left out, because they may carry a token. */
  readonly requests: readonly Recorded[]
}

/**
 * Passes requests on as they are, `Host` included, and keeps what was asked and answered: how often a client comes back
 * is seen here and nowhere else. Client addresses are ours to choose, so that limits of one client are not another's.
 */
export async function startRecordingProxy(
  upstream: string,
  options: {
    /** Of the nth request, from 1; awaited before it is passed on. */
    readonly clientAddress: (nth: number) => Promise<string>
  },
): Promise<RecordingProxy> {
  const target = new URL(upstream)
  const requests: Recorded[] = []
  let seen = 0
  const server = createServer(async (incoming, outgoing) => {
    seen += 1
    const address = await options.clientAddress(seen)
    const { method = 'GET', url = '/', headers } = incoming
    const upstreamRequest = ask(
      {
        host: target.hostname,
        port: target.port,
        method,
        path: url,
        headers: { ...headers, 'x-forwarded-for': address },
      },
      (answer) => {
        const status = answer.statusCode ?? 0
        requests.push({ method, path: url.split('?')[0] ?? '', status })
        outgoing.writeHead(status, answer.headers)
        answer.pipe(outgoing)
      },
    )
    upstreamRequest.on('error', () => outgoing.destroy())
    incoming.pipe(upstreamRequest)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo // a TCP server has one
  return {
    url: `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, '')}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
