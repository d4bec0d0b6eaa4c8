import { createHmac, hash } from 'node:crypto'
import { Agent } from 'undici'

export type BucketCredentials = { readonly accessKeyId: string; readonly secretAccessKey: string }

export type BucketRequest = {
  readonly method: 'GET' | 'PUT'
  /** Of unreserved characters and `/` only. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type BucketHttp = {
  /** One signed request (AWS Signature Version 4) and its whole answer. Throws where none comes in time. */
  request(
    request: BucketRequest,
    by: BucketCredentials & { readonly nowMs: number },
  ): Promise<{ readonly status: number; readonly body: string }>
  close(): Promise<void>
}

const CONNECT_MS = 1_000
const ANSWER_MS = 4_000
const TOTAL_MS = 8_000
/** A listing of a thousand versions has half of that. */
const MAX_BYTES = 1024 * 1024

/** HTTP to the anchors' store: deadlines, a size limit, no redirects. The endpoint comes from server settings alone. */
export function createBucketHttp(endpoint: string, region: string): BucketHttp {
  const agent = new Agent({
    connections: 2,
    connect: { timeout: CONNECT_MS },
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
    maxResponseSize: MAX_BYTES,
  })
  const { host } = new URL(endpoint)
  return {
    async request(request, by) {
      const query = queryOf(request.query)
      const headers = signed({ ...request, query, host, region }, by)
      const { statusCode, body } = await agent.request({
        origin: endpoint,
        method: request.method,
        path: `${request.path}${query === '' ? '' : `?${query}`}`,
        headers,
        body: request.method === 'PUT' ? request.body : null,
        signal: AbortSignal.timeout(TOTAL_MS),
      })
      return { status: statusCode, body: await body.text() }
    },
    close: () => agent.close(),
  }
}

type Signing = Omit<BucketRequest, 'query'> & {
  readonly query: string
  readonly host: string
  readonly region: string
}

function signed(
  request: Signing,
  by: BucketCredentials & { readonly nowMs: number },
): Record<string, string> {
  const stamp = new Date(by.nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${stamp.slice(0, 8)}/${request.region}/s3/aws4_request`
  const payload = hash('sha256', request.body)
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-content-sha256': payload,
    'x-amz-date': stamp,
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    request.method,
    request.path,
    request.query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    payload,
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hash('sha256', canonical)].join('\n')
  const key = scope
    .split('/')
    .reduce<Buffer | string>((last, part) => hmac(last, part), `AWS4${by.secretAccessKey}`)
  const signature = hmac(key, toSign).toString('hex')
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${by.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

/** Sorted by name, RFC 3986 with only the unreserved characters left. */
function queryOf(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&')
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
