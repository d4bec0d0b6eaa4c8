import type { IncomingHttpHeaders } from 'node:http'
import { type Dispatcher, Pool } from 'undici'
import { MOST_AT_ONCE } from '../domain/concurrency.ts'
import { AddressRefusedError, addressCheck, createCheckedLookup, isAllowedHost } from '../net-address.ts'
import type { Clock } from '../ports.ts'

/** What a store answered, or how the call ended without an answer. */
export type StoreAnswer =
  | {
      readonly answered: true
      readonly status: number
      readonly body: string
      readonly requestId: string | null
      /** Its `Server` header. */
      readonly server: string | null
      /** What the store's clock said. */
      readonly dateMs: number | null
    }
  | {
      readonly answered: false
      readonly reason: 'not_sent' | 'cut' | 'timeout' | 'too_large'
      /** Whether the request may have reached the store. */
      readonly sent: boolean
    }

export type StoreHttp = {
  request(input: {
    readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
    readonly path: string
    readonly headers: Record<string, string>
    readonly body: string | null
  }): Promise<StoreAnswer>
  close(): Promise<void>
}

export type StoreHttpOptions = {
  readonly endpoint: string
  readonly allowPrivateAddresses: readonly string[]
  readonly clock: Clock
}

/** As many as may mint at once, and some for endings, which never wait behind them. */
const CONNECTIONS = MOST_AT_ONCE + 16
const CONNECT_MS = 1_000
const FIRST_BYTE_MS = 2_500
const TOTAL_MS = 4_000
/** Between two pieces of a body; with the total it bounds a store that drips. */
const PIECE_MS = 1_000
const MAX_ANSWER_BYTES = 64 * 1024
/** Errors before a byte of the request left. */
const NOT_SENT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ADDRESS_REFUSED',
])

/**
 * HTTP to one store: kept-alive connections, each call with a deadline and a size limit, no redirects, and only to
 * addresses that the target may have.
 */
export function createStoreHttp(options: StoreHttpOptions): StoreHttp {
  const isAllowed = addressCheck(options.allowPrivateAddresses)
  const literalAllowed = isAllowedHost(new URL(options.endpoint).hostname, isAllowed)
  const pool = new Pool(options.endpoint, {
    connections: CONNECTIONS,
    pipelining: 1,
    headersTimeout: FIRST_BYTE_MS,
    bodyTimeout: PIECE_MS,
    connect: { timeout: CONNECT_MS, lookup: createCheckedLookup(isAllowed) },
  })
  return {
    async request(input) {
      const startedMs = options.clock.monotonicMs()
      try {
        if (!literalAllowed) throw new AddressRefusedError('the endpoint is an address that is not allowed')
        const isLate = () => options.clock.monotonicMs() - startedMs > TOTAL_MS
        const response = await responseTo(pool, input, isLate)
        if ('reason' in response) return { answered: false, reason: response.reason, sent: true }
        const { server, date } = response.headers
        const id = response.headers['x-amz-request-id'] ?? response.headers['x-amzn-requestid']
        const dateMs = Date.parse(String(date))
        return {
          answered: true,
          status: response.status,
          body: response.body,
          requestId: typeof id === 'string' ? id.slice(0, 64) : null,
          server: typeof server === 'string' ? server : null,
          dateMs: Number.isNaN(dateMs) ? null : dateMs,
        }
      } catch (thrown) {
        return unanswered(thrown)
      }
    },
    close: () => pool.close(),
  }
}

type Response = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
type Limit = { readonly reason: 'too_large' | 'timeout' }

/** Reads the whole answer as it comes: a stream that is made for it and read again costs as much as the call. */
function responseTo(
  pool: Pool,
  input: Parameters<StoreHttp['request']>[0],
  isLate: () => boolean,
): Promise<Response | Limit> {
  return new Promise((resolve, reject) => {
    let [status, headers, bytes]: [number, IncomingHttpHeaders, number] = [0, {}, 0]
    const pieces: Buffer[] = []
    const stop = (controller: Dispatcher.DispatchController, reason: Limit['reason']) => {
      resolve({ reason })
      controller.abort(new Error(reason))
    }
    pool.dispatch(input, {
      onRequestStart: () => undefined,
      onResponseStart(_controller, statusCode, responseHeaders) {
        // Below 200 it is no answer yet; the last one counts.
        status = statusCode
        headers = responseHeaders
      },
      onResponseData(controller, piece) {
        bytes += piece.length
        pieces.push(piece)
        if (bytes > MAX_ANSWER_BYTES) stop(controller, 'too_large')
        else if (isLate()) stop(controller, 'timeout')
      },
      onResponseEnd() {
        const [only] = pieces
        const body = (pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)).toString()
        resolve({ status, headers, body })
      },
      onResponseError: (_controller, error) => reject(error),
    })
  })
}

function unanswered(thrown: unknown): StoreAnswer {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (NOT_SENT.has(code)) return { answered: false, reason: 'not_sent', sent: false }
  const timeout = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT'
  return { answered: false, reason: timeout ? 'timeout' : 'cut', sent: true }
}
