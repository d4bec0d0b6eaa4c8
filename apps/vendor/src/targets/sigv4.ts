import { createHash, createHmac } from 'node:crypto'
import { canonicalQuery } from '../domain/sigv4.ts'

export type SigV4Request = {
  readonly method: string
  readonly url: URL
  readonly region: string
  readonly service: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
  readonly nowMs: number
  /** Signed beside those that always are; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** A form; left out: no body. */
  readonly form?: string
}

const EMPTY_HASH = createHash('sha256').update('').digest('hex')

/**
 * Signs a request without a body or with a form (AWS Signature Version 4, header form). Answers the headers to send. Query names and
 * values are sorted and encoded as SigV4 asks; the path is taken as it stands, so it must be in encoded form.
 */
export function signV4(request: SigV4Request): Record<string, string> {
  const stamp = new Date(request.nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${stamp.slice(0, 8)}/${request.region}/${request.service}/aws4_request`
  const { form } = request
  const bodyHash = form === undefined ? EMPTY_HASH : createHash('sha256').update(form).digest('hex')
  const headers: Record<string, string> = {
    ...request.headers,
    ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    host: request.url.host,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': stamp,
    ...(request.sessionToken === null ? {} : { 'x-amz-security-token': request.sessionToken }),
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    request.method,
    request.url.pathname,
    canonicalQuery([...request.url.searchParams]),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n')
  const toSign = [
    'AWS4-HMAC-SHA256',
    stamp,
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n')
  const key = scope
    .split('/')
    .reduce<Buffer | string>((last, part) => hmac(last, part), `AWS4${request.secretAccessKey}`)
  const signature = hmac(key, toSign).toString('hex')
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${request.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
