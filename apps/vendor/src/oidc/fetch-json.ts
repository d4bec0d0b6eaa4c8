import type { lookup } from 'node:dns'
import { Agent, request } from 'undici'
import { addressCheck, compileRanges, createCheckedLookup, isAllowedHost } from '../net-address.ts'
import { type JsonLimits, parseStrictJson } from './strict-json.ts'

type JsonObject = { readonly [name: string]: unknown }

/** A document of an issuer, or why there is none. `maxAgeSeconds` is what its Cache-Control says, if anything. */
export type FetchedJson =
  | { readonly ok: true; readonly value: JsonObject; readonly maxAgeSeconds: number | null }
  | {
      readonly ok: false
      readonly reason:
        | 'url'
        | 'address'
        | 'status'
        | 'redirect'
        | 'too_large'
        | 'not_json'
        | 'deadline'
        | 'unreachable'
    }

export type JsonFetcher = {
  /** Reads one JSON object. Never throws; ends by the deadline, which may span several documents. */
  fetch(url: string, deadline: AbortSignal): Promise<FetchedJson>
  close(): Promise<void>
}

const CONNECT_MS = 1_500
const READ_MS = 3_000
const MAX_BYTES = 100 * 1024
/** The same strictness as for tokens, in bounds that fit documents: long lists of scopes, certificates beside keys. */
const DOCUMENT_LIMITS: JsonLimits = {
  maxDepth: 16,
  maxMembers: 512,
  maxItems: 4096,
  maxStringLength: 64 * 1024,
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads JSON from issuers: https only, unless the address is one that the issuer may have by name; every resolved
 * address is checked and the connection made to what was checked; no redirects, no proxies, no compression, a size
 * limit and one deadline over all of it.
 */
export function createJsonFetcher(
  allowPrivateAddresses: readonly string[],
  resolve?: typeof lookup,
): JsonFetcher {
  const ways = {
    'https:': createWay(addressCheck(allowPrivateAddresses), resolve),
    // In the clear only to addresses that were allowed by name: a loopback or a cluster's network.
    'http:': createWay(compileRanges(allowPrivateAddresses), resolve),
  } as const
  return {
    async fetch(text, deadline) {
      const url = URL.canParse(text) ? new URL(text) : null
      if (url === null || url.username !== '' || url.password !== '') return refused('url')
      const { protocol } = url
      if (protocol !== 'https:' && protocol !== 'http:') return refused('url')
      const way = ways[protocol]
      if (!isAllowedHost(url.hostname, way.isAllowed)) return refused('address')
      return get(url, way.agent, deadline)
    },
    async close() {
      await Promise.all(Object.values(ways).map(({ agent }) => agent.destroy()))
    },
  }
}

function createWay(isAllowed: (address: string) => boolean, resolve: typeof lookup | undefined) {
  const agent = new Agent({
    connect: { timeout: CONNECT_MS, lookup: createCheckedLookup(isAllowed, resolve) },
    headersTimeout: READ_MS,
    bodyTimeout: READ_MS,
    connections: 2,
  })
  return { isAllowed, agent }
}

async function get(url: URL, dispatcher: Agent, deadline: AbortSignal): Promise<FetchedJson> {
  try {
    const headers = { accept: 'application/json', 'accept-encoding': 'identity' }
    const response = await request(url, { dispatcher, headers, signal: deadline })
    // A body that is let go unread reports that as an error, to nobody else.
    response.body.on('error', () => undefined)
    if (response.statusCode !== 200) {
      response.body.destroy()
      return refused(response.statusCode >= 300 && response.statusCode < 400 ? 'redirect' : 'status')
    }
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response.body) {
      const piece = Buffer.from(chunk)
      bytes += piece.length
      if (bytes > MAX_BYTES) {
        response.body.destroy()
        return refused('too_large')
      }
      chunks.push(piece)
    }
    return parse(Buffer.concat(chunks), response.headers['cache-control'])
  } catch (thrown) {
    if (deadline.aborted) return refused('deadline')
    const forbidden = thrown instanceof Error && 'code' in thrown && thrown.code === 'ADDRESS_REFUSED'
    return refused(forbidden ? 'address' : 'unreachable')
  }
}

/** A body that is compressed all the same is no UTF-8 and no JSON, and fails as such: nothing is ever inflated. */
function parse(body: Buffer, cacheControl: string | string[] | undefined): FetchedJson {
  // A line break at the end, or a byte order mark before, is how some servers store files (RFC 8259 §8.1).
  const read = parseStrictJson(decode(body)?.trim() ?? '', DOCUMENT_LIMITS)
  return read.ok ? { ok: true, value: read.value, maxAgeSeconds: maxAge(cacheControl) } : refused('not_json')
}

function decode(body: Buffer): string | null {
  try {
    return utf8.decode(body)
  } catch {
    return null
  }
}

/** RFC 9111 §5.2.2.1: in seconds; a number too long to mean anything counts as the longest. */
function maxAge(cacheControl: string | string[] | undefined): number | null {
  const found = /(?:^|[\s,])max-age=([0-9]+)(?=$|[\s,])/i.exec(String(cacheControl ?? ''))?.[1]
  return found === undefined ? null : Number(found.slice(0, 12))
}

function refused(reason: Exclude<FetchedJson, { ok: true }>['reason']): FetchedJson {
  return { ok: false, reason }
}
