/**
 * AWS Signature Version 4 as text: what a request says of its signature, and the bytes that were signed. No key and no
 * clock in here. For services other than S3 the path is encoded once more than it was sent, and the body's hash need not
 * stand in a header.
 */

/** A request as it arrived. */
export type ReceivedRequest = {
  readonly method: string
  /** With every percent-encoding that came. */
  readonly path: string
  /** Decoded once, as the parameters are read: what was signed and what is done are one text. */
  readonly query: readonly Pair[]
  /** By name in lower case: the values of each in the order that they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}
type Pair = readonly [name: string, value: string]

/** What a request claims of its signature; nothing of it is checked against a key yet. */
export type SignatureClaim = {
  readonly form: 'header' | 'query'
  readonly accessKeyId: string
  /** `YYYYMMDD`, the same day as `stamp`. */
  readonly date: string
  readonly region: string
  readonly service: string
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly stamp: string
  readonly stampMs: number
  /** null in a header. */
  readonly expiresSeconds: number | null
  readonly signedHeaders: readonly string[]
  readonly sessionToken: string
  /** 64 lower-case hex digits. */
  readonly signature: string
}

export type ReadSignature =
  | { readonly ok: true; readonly claim: SignatureClaim }
  | {
      readonly ok: false
      readonly code: 'request_unsigned' | 'signature_malformed' | 'signature_scope_refused'
    }

const ALGORITHM = 'AWS4-HMAC-SHA256'
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/
const CREDENTIAL = /^(\w{16,128})\/(\d{8})\/([a-z0-9-]{0,32})\/([a-z0-9-]{1,32})\/aws4_request$/
const STAMP = /^\d{8}T\d{6}Z$/
const SIGNATURE = /^[0-9a-f]{64}$/
const EXPIRES = /^[1-9][0-9]{0,5}$/
const MOST_EXPIRES = 604_800
/** Of these two would be two requests. */
const SINGLE = [
  'authorization',
  'host',
  'content-type',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]

/** Reads the signature of a request: in Authorization or in the query, never both. */
export function readSignature(request: ReceivedRequest): ReadSignature {
  const { headers } = request
  const inHeader = headers.get('authorization')
  const inQuery = request.query.filter(([name]) => QUERY_LOWER.has(name.toLowerCase()))
  if (inHeader === undefined && inQuery.length === 0) return refuse('request_unsigned')
  if (SINGLE.some((name) => (headers.get(name)?.length ?? 0) > 1)) return refuse('signature_malformed')
  if (inHeader === undefined) return readQuery(headers, inQuery)
  if (inQuery.length > 0) return refuse('signature_malformed')
  const parts = AUTHORIZATION.exec(inHeader[0] ?? '')
  if (parts === null) return refuse('signature_malformed')
  return claimOf(headers, {
    form: 'header',
    credential: parts[1] ?? '',
    signedHeaders: parts[2] ?? '',
    signature: parts[3] ?? '',
    stamp: headers.get('x-amz-date')?.[0] ?? '',
    sessionToken: headers.get('x-amz-security-token')?.[0] ?? '',
    expiresSeconds: null,
  })
}

/** Exactly these, once each and in this case; other `X-Amz-` names are signed with the rest and mean nothing. */
const QUERY_NAMES = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
]
const QUERY_LOWER = new Set(QUERY_NAMES.map((name) => name.toLowerCase()))

function readQuery(headers: HeaderMap, found: readonly Pair[]): ReadSignature {
  const query = new Map(found)
  const expires = query.get('X-Amz-Expires') ?? ''
  const signature = query.get('X-Amz-Signature') ?? ''
  const strange = query.size !== found.length || found.some(([name]) => !QUERY_NAMES.includes(name))
  if (strange || query.get('X-Amz-Algorithm') !== ALGORITHM) return refuse('signature_malformed')
  if (!SIGNATURE.test(signature) || !EXPIRES.test(expires) || Number(expires) > MOST_EXPIRES) {
    return refuse('signature_malformed')
  }
  return claimOf(headers, {
    form: 'query',
    credential: query.get('X-Amz-Credential') ?? '',
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature,
    stamp: query.get('X-Amz-Date') ?? '',
    sessionToken: query.get('X-Amz-Security-Token') ?? '',
    expiresSeconds: Number(expires),
  })
}

type Raw = Pick<SignatureClaim, 'form' | 'signature' | 'stamp' | 'sessionToken' | 'expiresSeconds'> & {
  readonly credential: string
  readonly signedHeaders: string
}

function claimOf(headers: HeaderMap, raw: Raw): ReadSignature {
  const { credential, signedHeaders: listed, ...rest } = raw
  const scope = CREDENTIAL.exec(credential)
  const stampMs = instantOf(raw.stamp)
  if (scope === null || stampMs === null) return refuse('signature_malformed')
  const [, accessKeyId = '', date = '', region = '', service = ''] = scope
  if (!raw.stamp.startsWith(`${date}T`)) return refuse('signature_scope_refused')
  const signedHeaders = listed.split(';')
  if (!isSignedWell(headers, signedHeaders)) return refuse('signature_malformed')
  return { ok: true, claim: { ...rest, accessKeyId, date, region, service, stampMs, signedHeaders } }
}

/**
 * Sorted, once each, the host among them, all of them there, and no `x-amz-` header outside: an unsigned one could be put
 * in on the way and would be believed.
 */
function isSignedWell(sent: HeaderMap, signed: readonly string[]): boolean {
  const inOrder = signed.every((name, at) => at === 0 || (signed[at - 1] ?? '') < name)
  // One that was sent is a header name, so no other grammar of it is looked at.
  if (!inOrder || !signed.includes('host') || !signed.every((name) => sent.has(name))) return false
  for (const name of sent.keys()) if (name.startsWith('x-amz-') && !signed.includes(name)) return false
  return true
}

/**
 * The canonical request (AWS General Reference, "Create a canonical request"), and whether the body's hash is the one that
 * the request itself names, where it names one.
 */
export function canonicalRequest(
  request: ReceivedRequest,
  claim: Pick<SignatureClaim, 'signedHeaders'>,
  bodySha256: string,
): string | null {
  const { headers } = request
  const named = headers.get('x-amz-content-sha256')?.[0]
  if (named !== undefined && named !== bodySha256) return null
  const lines = claim.signedHeaders.map(
    (name) => `${name}:${(headers.get(name) ?? []).map(trimmed).join(',')}`,
  )
  return [
    request.method,
    request.path.replace(/[^A-Za-z0-9\-._~/]/g, encoded),
    canonicalQuery(request.query.filter(([name]) => name !== 'X-Amz-Signature')),
    ...lines,
    '',
    claim.signedHeaders.join(';'),
    bodySha256,
  ].join('\n')
}

/** The text whose HMAC is the signature. */
export function stringToSign(
  claim: Pick<SignatureClaim, 'stamp' | 'date' | 'region' | 'service'>,
  canonicalSha256: string,
): string {
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`
  return [ALGORITHM, claim.stamp, scope, canonicalSha256].join('\n')
}

/** Names and values encoded as RFC 3986 and sorted by the encoded name, then value. */
export function canonicalQuery(query: readonly Pair[]): string {
  if (query.length === 0) return ''
  const pairs = query.map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
  return pairs
    .toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Only unreserved characters stand as they are. A lone surrogate, which no text of a request has, becomes U+FFFD. */
function uriEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, encoded)
}

function encoded(character: string): string {
  const code = character.charCodeAt(0)
  if (code > 0x7f) return encodeURIComponent(character.toWellFormed())
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** Without white space at its ends, and one blank for each run inside. */
function trimmed(value: string): string {
  const text = value.trim()
  return text.includes('  ') ? text.replace(/ {2,}/g, ' ') : text
}

type HeaderMap = ReceivedRequest['headers']

/** Milliseconds since 1970, or null for what is no instant. */
function instantOf(stamp: string): number | null {
  if (!STAMP.test(stamp)) return null
  const part = (from: number, to: number) => Number(stamp.slice(from, to))
  const [month, day, hour] = [part(4, 6), part(6, 8), part(9, 11)]
  const [minute, second] = [part(11, 13), part(13, 15)]
  const ms = Date.UTC(part(0, 4), month - 1, day, hour, minute, second)
  const read = new Date(ms)
  // 31 February is no day, and 24 no hour: the date must read back as it was written.
  const isDay = read.getUTCMonth() === month - 1 && read.getUTCDate() === day
  return isDay && hour < 24 && minute < 60 && second < 60 ? ms : null
}

function refuse(code: Extract<ReadSignature, { ok: false }>['code']): ReadSignature {
  return { ok: false, code }
}
