import { type AwsCredentials, signSigV4 } from './sigv4.ts'

export type S3Answer = {
  readonly status: number
  /** The `<Code>` of an error answer. */
  readonly code: string | undefined
  readonly body: Buffer
  readonly headers: Headers
}

export type S3Request = {
  readonly query?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Sent and signed as they are, for a caller who forges condition keys. Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
}

/** `(method, path, request?)` → what the store said. The path starts with `/` and is percent-encoded by the caller. */
export type S3Caller = (method: string, path: string, request?: S3Request) => Promise<S3Answer>

/** Raw signed requests to a store: no retries and no conveniences, so that a test sees what the store said. */
export function s3Caller(endpoint: string, credentials: AwsCredentials): S3Caller {
  return async (method, path, { query = {}, body, headers = {} } = {}) => {
    const url = new URL(path, endpoint)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const request = { method, url, headers, ...(body === undefined ? {} : { body }) }
    // fetch makes its own `host`, the same one.
    const { host: _, ...signed } = signSigV4(request, credentials, { now: new Date() })
    const response = await fetch(url, {
      method,
      headers: signed,
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    })
    const answer = Buffer.from(await response.arrayBuffer())
    const code = response.ok ? undefined : errorCode(answer.toString('utf8'))
    return { status: response.status, code, body: answer, headers: response.headers }
  }
}

/** S3 speaks XML, MinIO's admin API JSON. */
function errorCode(text: string): string | undefined {
  return /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? /"Code":"([^"]*)"/.exec(text)?.[1]
}
