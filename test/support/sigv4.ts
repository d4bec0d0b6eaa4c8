import { createHash, createHmac } from 'node:crypto'

/** What signs a request; `sessionToken` for temporary ones. */
export type AwsCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export type SignableRequest = {
  readonly method: string
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Uint8Array, data: string) => createHmac('sha256', key).update(data).digest()

/** RFC 3986 escaping as SigV4 wants it: everything but unreserved characters. */
const percentEncode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * The headers of an S3 request signed by SigV4, with the body's hash in `x-amz-content-sha256` (MinIO's admin
 * API insists on it). The path is signed as the URL has it, as S3 and unlike other services.
 */
export function signSigV4(
  request: SignableRequest,
  credentials: AwsCredentials,
  how: {
    now: Date
    region?: string
    service?: string
    contentHashHeader?: boolean
    /** Signs by this key in place of one derived of the secret. */
    signingKey?: Uint8Array
  },
): Record<string, string> {
  const { now, region = 'us-east-1', service = 's3', contentHashHeader = true, signingKey } = how
  const at = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${at.slice(0, 8)}/${region}/${service}/aws4_request`
  const bodyHash = sha256(request.body ?? '')
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    'x-amz-date': at,
    ...(contentHashHeader ? { 'x-amz-content-sha256': bodyHash } : {}),
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  }
  const names = Object.keys(headers).sort()
  const query = [...request.url.searchParams]
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .sort()
    .join('&')
  const canonical = [
    request.method,
    request.url.pathname,
    query,
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n')
  const key =
    signingKey ?? scope.split('/').reduce<string | Uint8Array>(hmac, `AWS4${credentials.secretAccessKey}`)
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...headers, authorization }
}
