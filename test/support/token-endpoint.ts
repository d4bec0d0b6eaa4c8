import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TokenExchangeResponse } from '@stint/sts-client/wire'
import { TOKEN_TYPE_S3_CREDENTIALS } from '@stint/sts-client/wire'

/** A small real HTTP server that answers each request as it is told: what a token endpoint does, and does not. */
export type Endpoint = AsyncDisposable & {
  readonly url: string
  readonly requests: readonly SeenRequest[]
}

export type SeenRequest = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Reply =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string | Uint8Array
    }
  /** Cuts the connection: before any byte, or after headers and this much of the body. */
  | { readonly cut: 'at once' | string }
  /** Never answers, or sends headers and then nothing. */
  | { readonly hang: 'at once' | 'after headers' }
  /** Sends 200 and a body without end, until the client goes. */
  | { readonly endless: string }

/** `reply` gets each request and how many came before it. With a certificate it speaks TLS. */
export async function startEndpoint(
  reply: (request: SeenRequest, index: number) => Reply | Promise<Reply>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Endpoint> {
  const requests: SeenRequest[] = []
  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk
    const request = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: incoming.headers,
      body,
    }
    requests.push(request)
    answer(response, await reply(request, requests.length - 1))
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = tls === undefined ? urlOf(server) : urlOf(server).replace('http:', 'https:')
  return { url, requests, [Symbol.asyncDispose]: () => close(server) }
}

function answer(response: ServerResponse, reply: Reply): void {
  const json = { 'content-type': 'application/json' }
  if ('status' in reply) {
    response.writeHead(reply.status, reply.headers ?? json).end(reply.body ?? '')
  } else if ('cut' in reply) {
    if (reply.cut === 'at once') response.destroy()
    else
      response
        .writeHead(200, { ...json, 'content-length': '9999' })
        .write(reply.cut, () => response.destroy())
  } else if ('endless' in reply) {
    response.writeHead(200, json)
    const more = () => {
      while (!response.destroyed && response.write(reply.endless));
    }
    response.on('drain', more)
    more()
  } else if (reply.hang === 'after headers') {
    response.writeHead(200, json).flushHeaders()
  }
}

function urlOf(server: Server): string {
  // A TCP server that listens has an address object.
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

const ID = '01940000-0000-7000-8000-000000000000'
export const ROLE_ARN = 'arn:aws:iam::000000000000:role/app'

/** A 200 of a Stint server. `serial` makes the sessions differ. */
export function granted(
  options: { readonly serial?: number; readonly expiresIn?: number; readonly nowMs?: number } = {},
): TokenExchangeResponse {
  const { serial = 0, expiresIn = 3600, nowMs = Date.now() } = options
  return {
    access_token: `session-token-${serial}`,
    issued_token_type: TOKEN_TYPE_S3_CREDENTIALS,
    token_type: 'N_A',
    expires_in: expiresIn,
    credentials: {
      access_key_id: `AKID${serial}`,
      secret_access_key: `it's-a-secret/${serial}`,
      session_token: `session-token-${serial}`,
      expiration: new Date(nowMs + expiresIn * 1000).toISOString(),
    },
    assumption_id: `asm_${ID}`,
    role: ROLE_ARN,
  }
}

/** The grant as a reply. */
export function grant(options: Parameters<typeof granted>[0] = {}): Reply {
  return { status: 200, body: JSON.stringify(granted(options)) }
}

/** A refusal of a Stint server. */
export function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = { error: 'invalid_request', error_description: 'text', code, request_id: `req_${ID}` }
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}
