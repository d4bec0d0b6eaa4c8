import { Agent, request } from 'undici'
import { addressCheck, compileRanges, createCheckedLookup, isAllowedHost } from '../net-address.ts'

/** A document of an issuer, or why there is none. `maxAgeSeconds` is what its Cache-Control says, if anything. */
export type FetchedJson =
  | { readonly ok: true; readonly value: unknown; readonly maxAgeSeconds: number | null }
  | {
      readonly ok: false
      readonly reason: 'url' | 'address' | 'status' | 'redirect' | 'too_large' | 'not_json' | 'unreachable'
    }

export type JsonFetcher = {
  fetch(url: string): Promise<FetchedJson>
  close(): Promise<void>
}

const TOTAL_MS = 3_000
const MAX_BYTES = 100 * 1024

/**
 * Reads JSON from issuers: https only, unless the address is one that the issuer may have by name; every resolved
 * address is checked and the connection made to what was checked; no redirects, no proxies, no compression, a size
 * limit and one deadline over all of it.
 */
export function createJsonFetcher(allowPrivateAddresses: readonly string[]): JsonFetcher {
  const ways = {
    'https:': createWay(addressCheck(allowPrivateAddresses)),
    // In the clear only to addresses that were allowed by name: a loopback or a cluster's network.
    'http:': createWay(compileRanges(allowPrivateAddresses)),
  } as const
  return {
    async fetch(text) {
      const url = URL.canParse(text) ? new URL(text) : null
      if (url === null || url.username !== '' || url.password !== '') return { ok: false, reason: 'url' }
      const { protocol } = url
      if (protocol !== 'https:' && protocol !== 'http:') return { ok: false, reason: 'url' }
      const way = ways[protocol]
      return isAllowedHost(url.hostname, way.isAllowed)
        ? get(url, way.agent)
        : { ok: false, reason: 'address' }
    },
    async close() {
      await Promise.all(Object.values(ways).map(({ agent }) => agent.destroy()))
    },
  }
}

function createWay(isAllowed: (address: string) => boolean) {
  const agent = new Agent({
    connect: { timeout: TOTAL_MS, lookup: createCheckedLookup(isAllowed) },
    headersTimeout: TOTAL_MS,
    bodyTimeout: TOTAL_MS,
    connections: 2,
  })
  return { isAllowed, agent }
}

async function get(url: URL, dispatcher: Agent): Promise<FetchedJson> {
  try {
    const headers = { accept: 'application/json', 'accept-encoding': 'identity' }
    const response = await request(url, { dispatcher, headers, signal: AbortSignal.timeout(TOTAL_MS) })
    // A body that is let go unread reports that as an error, to nobody else.
    response.body.on('error', () => undefined)
    if (response.statusCode !== 200) {
      response.body.destroy()
      return {
        ok: false,
        reason: response.statusCode >= 300 && response.statusCode < 400 ? 'redirect' : 'status',
      }
    }
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response.body) {
      const piece = Buffer.from(chunk)
      bytes += piece.length
      if (bytes > MAX_BYTES) {
        response.body.destroy()
        return { ok: false, reason: 'too_large' }
      }
      chunks.push(piece)
    }
    // A body that is compressed all the same is no JSON, and fails as such.
    return parse(Buffer.concat(chunks).toString('utf8'), response.headers['cache-control'])
  } catch (thrown) {
    const refused = thrown instanceof Error && 'code' in thrown && thrown.code === 'ADDRESS_REFUSED'
    return { ok: false, reason: refused ? 'address' : 'unreachable' }
  }
}

function parse(text: string, cacheControl: string | string[] | undefined): FetchedJson {
  const age = /(?:^|[\s,])max-age=([0-9]{1,9})(?:$|[\s,])/.exec(String(cacheControl ?? ''))?.[1]
  try {
    return { ok: true, value: JSON.parse(text), maxAgeSeconds: age === undefined ? null : Number(age) }
  } catch {
    return { ok: false, reason: 'not_json' }
  }
}
