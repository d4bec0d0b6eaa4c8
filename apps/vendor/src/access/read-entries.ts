import type { AccessEntry, EntrySession } from '../domain/access/access-entry.ts'
import { givesSession } from '../domain/access/store-api.ts'

/** Of one post: what is kept of its entries, and how many there were that tell nothing. null: it is not JSON. */
export type ReadEntries = { readonly entries: readonly AccessEntry[]; readonly ignored: number }

const MOST_OBJECTS = 1_000
const MOST_ENTRIES = 10_000
const MAX_KEY = 1_024
const MAX_NAME = 256

/**
 * Reads what MinIO's audit webhook posts: one JSON entry, or several with a newline after each, or a list. Only what
 * `AccessEntry` names is taken, each text bounded: headers, tokens, queries and answers of the entry go nowhere. An entry
 * that tells of no request, and a line that is broken beside whole ones, is ignored and not refused, because a store sends
 * a refused batch again for ever, and nothing behind it.
 */
export function readEntries(body: Uint8Array): ReadEntries | null {
  const values = valuesOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  if (values === null) return null
  const entries: AccessEntry[] = []
  for (const value of values.slice(0, MOST_ENTRIES)) {
    const entry = entryOf(value)
    if (entry !== null) entries.push(entry)
  }
  return { entries, ignored: values.length - entries.length }
}

function valuesOf(text: string): readonly unknown[] | null {
  const whole = parsed(text)
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole]
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const values = lines.map(parsed)
  return values.every((value) => value === undefined) ? null : values
}

/** undefined where it is none: JSON has no such value. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Json = Readonly<Record<string, unknown>>

function entryOf(value: unknown): AccessEntry | null {
  const entry = objectOf(value)
  const api = objectOf(entry?.['api'])
  const atMs = Date.parse(textOf(entry?.['time'], 64) ?? '')
  const name = textOf(api?.['name'], 64)
  const status = api?.['statusCode']
  if (entry === null || api === null || name === null || !/^\w+$/.test(name)) return null
  if (!Number.isSafeInteger(atMs) || typeof status !== 'number' || !Number.isInteger(status)) return null
  const given = givesSession(name) && status === 200
  const session = sessionOf(entry, given)
  // A birth whose child is not told, or a key that was not believed: nothing that anybody did.
  if (session === null && (given || status >= 400)) return null
  const path = textOf(entry['requestPath'], MAX_KEY + MAX_NAME) ?? ''
  // The store's own administration is no access to what it holds.
  const bucket = path.startsWith('/minio/') ? '' : (textOf(api['bucket'], MAX_NAME) ?? '')
  return {
    id: textOf(entry['requestID'], 64),
    atMs,
    api: name,
    bucket,
    objects: bucket === '' ? [] : objectsOf(api, { name, bucket, path }),
    copiedFrom: name.startsWith('Copy') ? copiedFrom(entry) : null,
    status,
    session,
    given,
    source: textOf(entry['remotehost'], 64) ?? '',
  }
}

/** Whose it was: the store names the key at the top once it believes the signature. Of a birth the claims tell. */
function sessionOf(entry: Json, given: boolean): EntrySession | null {
  const claims = objectOf(entry['requestClaims'])
  const accessKeyId = textOf(given ? claims?.['accessKey'] : entry['accessKey'], 128)
  if (accessKeyId === null) return null
  const exp = claims?.['exp']
  return {
    accessKeyId,
    // A session of AssumeRole has no `sub`: it is minted under our name for it.
    sub: textOf(claims?.['sub'], MAX_NAME) ?? textOf(claims?.['tokenRevokeType'], MAX_NAME),
    roleArn: textOf(claims?.['roleArn'], MAX_NAME),
    issuer: textOf(claims?.['iss'], MAX_NAME),
    parent: textOf(entry['parentUser'], MAX_NAME) ?? textOf(claims?.['parent'], MAX_NAME),
    expiresMs: typeof exp === 'number' && exp > 0 && exp < 1e11 ? Math.trunc(exp) * 1000 : null,
  }
}

function objectsOf(
  api: Json,
  { name, bucket, path }: { readonly name: string; readonly bucket: string; readonly path: string },
): readonly string[] {
  const several = api['objects']
  if (Array.isArray(several)) {
    const names = several.slice(0, MOST_OBJECTS).map((one) => keyOf(objectOf(one)?.['objectName']))
    return [...new Set(names.filter((one) => one !== null))]
  }
  // Of a copy MinIO tells the source as the object; what is written stands in the path, where the bucket stands there.
  const written =
    name.startsWith('Copy') && path.startsWith(`/${bucket}/`) ? path.slice(bucket.length + 2) : null
  const one = keyOf(written ?? api['object'])
  return one === null ? [] : [one]
}

/** `x-amz-copy-source`, the one header that is read: `/bucket/key?versionId=…`, percent-encoded. */
function copiedFrom(entry: Json): AccessEntry['copiedFrom'] {
  const text = textOf(objectOf(entry['requestHeader'])?.['X-Amz-Copy-Source'], 2 * MAX_KEY)
  const path = decoded((text ?? '').replace(/\?versionId=.*$/, '')).replace(/^\//, '')
  const slash = path.indexOf('/')
  const object = slash < 1 ? null : keyOf(path.slice(slash + 1))
  return object === null ? null : { bucket: path.slice(0, Math.min(slash, MAX_NAME)), object }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function objectOf(value: unknown): Json | null {
  // Read member by member below, each as what it may be.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
}

/** A text that is not empty, cut at a length. */
function textOf(value: unknown, most: number): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, most).toWellFormed() : null
}

/** An object's key: longer than the store takes one is none. */
function keyOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || Buffer.byteLength(value) > MAX_KEY) return null
  return value.toWellFormed()
}
