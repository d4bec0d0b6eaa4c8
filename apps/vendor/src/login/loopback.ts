import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LoginError } from './login-error.ts'

export type Loopback = AsyncDisposable & {
  readonly redirectUri: string
  /** The one redirect that carries our state. Rejects with LoginError `timeout`, or `refused` after too many others. */
  answer(signal: AbortSignal): Promise<URL>
}

const PATH = '/callback'
/** Whoever guesses at the port has this many tries; a state has 256 bits. */
const MOST_STRANGERS = 50

/**
 * Waits on 127.0.0.1 for the browser to come back (RFC 8252 §7.3). Any page and any process of the machine can reach this
 * port, so only a GET of our path, at our own host name, with our state is it; everything else is refused and changes
 * nothing.
 */
export async function listenOnLoopback(state: string): Promise<Loopback> {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server that listens has an address.
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  return {
    redirectUri: `${origin}${PATH}`,
    answer: (signal) =>
      new Promise((resolve, reject) => {
        let strangers = 0
        const late = () => reject(new LoginError('timeout', 'nobody signed in in time'))
        if (signal.aborted) return late()
        signal.addEventListener('abort', late, { once: true })
        server.on('request', (request: IncomingMessage, response: ServerResponse) => {
          const url = urlOf(request, origin)
          if (url !== null && isOurs(url, state)) {
            page(response, 200, 'Signed in or refused: the terminal says which. This window can be closed.')
            return resolve(url)
          }
          page(response, 404, 'Nothing here.')
          strangers += 1
          if (strangers > MOST_STRANGERS)
            reject(
              new LoginError('refused', 'something on this machine keeps answering in place of the browser'),
            )
        })
      }),
    async [Symbol.asyncDispose]() {
      server.closeIdleConnections()
      server.close()
      setImmediate(() => server.closeAllConnections())
    },
  }
}

function urlOf(request: IncomingMessage, origin: string): URL | null {
  if (request.method !== 'GET' || `http://${request.headers.host}` !== origin) return null
  const url = URL.parse(request.url ?? '', origin)
  return url !== null && url.origin === origin && url.pathname === PATH ? url : null
}

function isOurs(url: URL, state: string): boolean {
  const [given, wanted] = [Buffer.from(url.searchParams.get('state') ?? ''), Buffer.from(state)]
  return (
    url.searchParams.getAll('state').length === 1 &&
    given.length === wanted.length &&
    timingSafeEqual(given, wanted)
  )
}

function page(response: ServerResponse, status: number, words: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    .end(`Stint\n\n${words}\n`)
}
