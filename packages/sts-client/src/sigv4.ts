/** A request as it will be sent; the body is signed by its hash. */
export type SignableRequest = {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type SigningOptions = {
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
  }
  readonly region: string
  readonly service: string
  readonly now: Date
}

/**
 * The headers of the request with an AWS Signature Version 4 over all of them and the host ("Authenticating Requests",
 * header form), by WebCrypto. `host` itself is not among them: every runtime sets it, and some refuse it.
 */
export async function signRequest(
  request: SignableRequest,
  { credentials, region, service, now }: SigningOptions,
): Promise<Record<string, string>> {
  const at = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const date = at.slice(0, 8)
  const sent = {
    ...request.headers,
    'x-amz-date': at,
    'x-amz-security-token': credentials.sessionToken,
  }
  const signed: Readonly<Record<string, string>> = { ...sent, host: request.url.host }
  const names = Object.keys(signed).toSorted()
  const canonical = [
    request.method,
    canonicalPath(request.url.pathname),
    canonicalQuery(request.url.searchParams),
    ...names.map((name) => `${name}:${signed[name]?.trim()}`),
    '',
    names.join(';'),
    await sha256(request.body),
  ].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const toSign = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${await sha256(canonical)}`
  let key = utf8(`AWS4${credentials.secretAccessKey}`)
  for (const part of scope.split('/')) key = await hmac(key, part)
  const signature = hex(await hmac(key, toSign))
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...sent, authorization }
}

/** Every service but S3 signs the path escaped once more than it is sent. */
function canonicalPath(pathname: string): string {
  return pathname.split('/').map(escape3986).join('/')
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${escape3986(name)}=${escape3986(value)}`)
    .toSorted()
    .join('&')
}

function escape3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8(text)))
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
