import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Headers of an honest S3 or STS client; `host` stays the caller's, because it is signed. */
const HEADERS = new Set(['host', 'authorization', 'content-type', 'content-length', 'accept', 'connection'])
const QUERY = new Set(['list-type', 'max-keys', 'prefix', 'delimiter', 'location', 'fullRevoke'])
const DENIED = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>not here</Message></Error>'

export type CleanProxy = AsyncDisposable & {
  readonly endpoint: string
  readonly port: number
  /** Where it forwards to, from now on. */
  forwardTo(port: number): void
  /** false: it forwards everything as it comes. */
  setClean(isClean: boolean): void
  stop(): Promise<void>
}

/**
 * What makes a community MinIO immune to forged conditions: a proxy before it that takes off every header which S3 does
 * not know, and refuses query names that it does not.
 */
export async function startCleanProxy(): Promise<CleanProxy> {
  let to = 0
  let isClean = true
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://store')
    const isForged =
      [...url.searchParams.keys()].some((name) => !QUERY.has(name)) ||
      (incoming.method === 'GET' && incoming.headers['x-amz-tagging'] !== undefined)
    if (isClean && isForged) {
      incoming.resume()
      outgoing.writeHead(403, { 'content-type': 'application/xml' }).end(DENIED)
      return
    }
    const headers = Object.entries(incoming.headers).filter(
      ([name]) => !isClean || HEADERS.has(name) || name.startsWith('x-amz-'),
    )
    const forward = request(
      {
        host: '127.0.0.1',
        port: to,
        ...(incoming.method === undefined ? {} : { method: incoming.method }),
        path: incoming.url,
        headers: Object.fromEntries(headers),
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    forward.on('error', () => outgoing.destroy())
    incoming.pipe(forward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    forwardTo(next) {
      to = next
    },
    setClean(next) {
      isClean = next
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
