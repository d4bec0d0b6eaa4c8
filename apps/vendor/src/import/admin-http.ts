import type { LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import type { Secret } from '../secret.ts'
import { signV4 } from '../targets/sigv4.ts'
import { openSealedReply } from './sealed-reply.ts'

export type StoreAccess = {
  /** Origin: no path, no trailing slash. */
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: Secret<string>
  /** PEM of the authority that signed the store's certificate; null: those of the system. */
  readonly ca: string | null
  readonly nowMs: () => number
  readonly lookup?: LookupFunction
}

/** `status` 0: no answer, and `code` says how. `code` of an answer is the store's own. */
export type AdminReply = {
  readonly status: number
  readonly code: string
  readonly body: string
  /** Region of the store, where an error names it. */
  readonly region: string
}

export type AdminHttp = AsyncDisposable & {
  get(path: string, query?: Readonly<Record<string, string>>): Promise<AdminReply>
}

const BASE = '/minio/admin/v3/'
const CONNECT_MS = 5_000
const READ_MS = 15_000
const TOTAL_MS = 30_000
/** A store with 100,000 policies of a kilobyte answers more than this; such a one is exported to a file in parts. */
const MAX_BYTES = 64 * 1024 * 1024
/** MinIO takes any region for its admin API. */
const REGION = 'us-east-1'

/**
 * GETs to the admin API of a MinIO: signed, each with a deadline and a size limit, no redirects. A sealed reply is
 * opened. Never rejects.
 */
export function createAdminHttp(access: StoreAccess): AdminHttp {
  const agent = new Agent({
    connect: {
      timeout: CONNECT_MS,
      ...(access.ca === null ? {} : { ca: access.ca }),
      ...(access.lookup === undefined ? {} : { lookup: access.lookup }),
    },
    headersTimeout: READ_MS,
    bodyTimeout: READ_MS,
    connections: 8,
  })
  return {
    async get(path, query = {}) {
      const url = new URL(`${access.endpoint}${BASE}${path}`)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      const headers = signV4({
        method: 'GET',
        url,
        region: REGION,
        service: 's3',
        accessKeyId: access.accessKey,
        secretAccessKey: access.secretKey.reveal(),
        sessionToken: null,
        nowMs: access.nowMs(),
      })
      try {
        const { host: _made, ...sent } = headers
        const signal = AbortSignal.timeout(TOTAL_MS)
        const response = await request(url, { dispatcher: agent, headers: sent, signal })
        response.body.on('error', () => undefined)
        const bytes = await readBody(response.body)
        if (bytes === null) return { ...NOTHING, code: 'too_large' }
        return replyOf(response.statusCode, bytes, access)
      } catch (thrown) {
        const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
        return { ...NOTHING, code: code || (thrown instanceof Error ? thrown.name : 'failed') }
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

const NOTHING: AdminReply = { status: 0, code: '', body: '', region: '' }

async function readBody(body: AsyncIterable<unknown> & { destroy(): unknown }): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue
    size += chunk.length
    if (size > MAX_BYTES) {
      body.destroy()
      return null
    }
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}

function replyOf(status: number, bytes: Buffer, access: StoreAccess): AdminReply {
  const plain = bytes.toString('utf8')
  if (status !== 200) {
    const member = (name: string) =>
      new RegExp(`"${name}":"([^"]{0,128})"|<${name}>([^<]{0,128})</`).exec(plain)
    const text = (name: string) =>
      member(name)
        ?.slice(1)
        .find((one) => one !== undefined) ?? ''
    return { status, code: text('Code'), body: '', region: text('Region') }
  }
  // A sealed reply begins with random bytes, which may look like the beginning of JSON, and never like the whole.
  if (isJson(plain)) return { status, code: '', body: plain, region: '' }
  const opened = openSealedReply(access.secretKey.reveal(), bytes)
  return opened === null
    ? { ...NOTHING, status, code: 'sealed' }
    : { status, code: '', body: opened, region: '' }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
