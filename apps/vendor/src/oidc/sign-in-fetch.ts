import type { CustomFetch } from 'openid-client'
import { Agent, type Dispatcher, request } from 'undici'
import { addressCheck, compileRanges, createCheckedLookup, isAllowedHost } from '../net-address.ts'

export type SignInFetch = { readonly fetch: CustomFetch; close(): Promise<void> }

const CONNECT_MS = 1_500
const TOTAL_MS = 10_000
const MAX_BYTES = 256 * 1024

/**
 * The transport of a sign-in: every resolved address is checked and the connection made to what was checked, in the clear
 * only to addresses that were allowed by name; no redirects, a size limit, one deadline.
 */
export function createSignInFetch(allowPrivateAddresses: readonly string[]): SignInFetch {
  const ways = {
    'https:': wayTo(addressCheck(allowPrivateAddresses)),
    'http:': wayTo(compileRanges(allowPrivateAddresses)),
  } as const
  return {
    async fetch(text, { method, headers, body, signal }) {
      const url = new URL(text)
      const way = url.protocol === 'https:' || url.protocol === 'http:' ? ways[url.protocol] : null
      if (way === null || !isAllowedHost(url.hostname, way.isAllowed))
        throw new TypeError('the address is not one that a provider may have')
      const limit = AbortSignal.timeout(TOTAL_MS)
      const answer = await request(url, {
        dispatcher: way.agent,
        method: method as Dispatcher.HttpMethod, // GET and POST are all that openid-client sends
        headers,
        body: typeof body === 'string' ? body : body instanceof URLSearchParams ? body.toString() : null,
        signal: signal == null ? limit : AbortSignal.any([signal, limit]),
      })
      return responseOf(answer)
    },
    async close() {
      await Promise.all(Object.values(ways).map(({ agent }) => agent.destroy()))
    },
  }
}

function wayTo(isAllowed: (address: string) => boolean) {
  const connect = { timeout: CONNECT_MS, lookup: createCheckedLookup(isAllowed) }
  return { isAllowed, agent: new Agent({ connect, connections: 4 }) }
}

/** A redirect comes back as it is, and openid-client refuses it. */
async function responseOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Response> {
  // A body that is let go unread reports that as an error, to nobody else.
  body.on('error', () => undefined)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > MAX_BYTES) {
      body.destroy()
      throw new TypeError('the answer is too large')
    }
    chunks.push(piece)
  }
  const bodiless = statusCode === 204 || statusCode === 304
  const type = headers['content-type']
  return new Response(bodiless ? null : Buffer.concat(chunks), {
    status: statusCode,
    headers: typeof type === 'string' ? { 'content-type': type } : {},
  })
}
