import { hash } from 'node:crypto'
import { VendorError } from '../errors.ts'
import type { Anchor, Anchored, Clock } from '../ports.ts'
import type { BucketCredentials, BucketHttp } from './bucket-http.ts'
import type { ListedVersion } from './listed-versions.ts'
import { readVersions } from './listed-versions.ts'

export type BucketAnchorOptions = {
  readonly endpoint: string
  readonly bucket: string
  readonly prefix: string
  readonly lockDays: number
  /** Read anew for each call, so that a rotated key needs no restart. */
  readonly credentials: () => Promise<BucketCredentials>
  readonly http: BucketHttp
  readonly clock: Clock
}

const DAY_MS = 86_400_000
/** Sizes count down in the names, so that the newest checkpoint is the first that a listing answers. */
const TOP = Number.MAX_SAFE_INTEGER
const DIGITS = 16
/** So many of the newest are read: each is a call. Older ones were held against the log when they were the newest. */
const NEWEST = 64
const AT_ONCE = 4
/** A checkpoint has some hundred bytes. */
const MOST_BYTES = 16 * 1024
/** Of a listing, a thousand versions each: more has nobody who only adds checkpoints to the top. */
const MOST_PAGES = 50
/** Where every one is named: half a year of checkpoints. */
const MOST_PAGES_OF_ALL = 2_000

/**
 * A bucket with object lock, at another store than those that sessions are for: each checkpoint is an object that nobody
 * can change or remove before its time (COMPLIANCE), written with `If-None-Match: *` so that none is overlaid by a newer
 * version either. Where the bucket has no object lock the store refuses, and the anchor fails.
 *
 * COMPLIANCE lets everybody who may delete put a delete marker over an object, and everybody who may write put an old
 * checkpoint under a name that lists first. So versions are read and not what a plain listing shows, and what does not
 * belong under its name is given out under the size of its name, for the log to say so.
 */
export function createBucketAnchor(options: BucketAnchorOptions): Anchor {
  const { endpoint, bucket, prefix, lockDays, credentials, http, clock } = options
  const name = `s3:${endpoint}/${[bucket, prefix].filter((part) => part !== '').join('/')}`
  const fail = (facts: Record<string, string | number>, cause?: unknown) =>
    new VendorError('anchor_unavailable', { cause, facts: { anchor: name, ...facts } })

  /** A log's objects, whatever is in its origin: the hash of it. */
  const folderOf = (origin: string) =>
    `${prefix === '' ? '' : `${prefix}/`}${hash('sha256', origin).slice(0, 16)}/`
  const keyOf = (origin: string, size: number) =>
    `${folderOf(origin)}${String(TOP - size).padStart(DIGITS, '0')}`

  async function call(request: Parameters<BucketHttp['request']>[0]) {
    const key = await credentials().catch((cause: unknown) => {
      const code = cause instanceof VendorError ? cause.code : 'unreadable'
      throw fail({ reason: `key: ${code}` }, cause)
    })
    try {
      return await http.request(request, { ...key, nowMs: clock.nowMs() })
    } catch (cause) {
      throw fail({ reason: 'no answer' }, cause)
    }
  }

  const sizeOf = (origin: string, key: string) => {
    const digits = key.slice(folderOf(origin).length)
    return /^[0-9]{16}$/.test(digits) ? TOP - Number(digits) : -1
  }

  /** The newest versions of checkpoints, whatever lies over them; or all of more events than that. */
  async function versionsOf(origin: string, above: number | undefined): Promise<readonly ListedVersion[]> {
    const found: ListedVersion[] = []
    let from: Record<string, string> = {}
    for (let page = 0; page < (above === undefined ? MOST_PAGES : MOST_PAGES_OF_ALL); page++) {
      const query = { versions: '', 'max-keys': '1000', prefix: folderOf(origin), ...from }
      const listed = await call({ method: 'GET', path: `/${bucket}`, query, headers: {}, body: '' })
      if (listed.status === 404 && codeIn(listed.body) === 'NoSuchBucket') return []
      if (listed.status !== 200) throw fail({ status: listed.status, reason: 'not listed' })
      const { versions, next } = readVersions(listed.body)
      const larger = versions.filter(({ key }) => above === undefined || sizeOf(origin, key) > above)
      found.push(...larger)
      if (above === undefined && (next === null || found.length >= NEWEST)) return found.slice(0, NEWEST)
      // Sizes count down in a listing: behind one that is smaller stand only such.
      if (next === null || larger.length < versions.length) return found
      from = { 'key-marker': next.key, 'version-id-marker': next.version }
    }
    if (above !== undefined) throw fail({ reason: 'too many versions' })
    // Nothing but delete markers: somebody wants what is behind them not to be read.
    return [{ key: folderOf(origin), version: '', bytes: Number.POSITIVE_INFINITY }]
  }

  async function readVersion(origin: string, { key, version, bytes }: ListedVersion): Promise<Anchored> {
    const size = sizeOf(origin, key)
    // Nobody signed that, so it is `foreign`: an object that is not one of ours must not end the reading.
    if (size < 0 || bytes > MOST_BYTES) return { note: `no checkpoint: ${key}\n`, size: Math.max(size, 0) }
    const query = { versionId: version }
    const got = await call({ method: 'GET', path: `/${bucket}/${key}`, query, headers: {}, body: '' })
    if (got.status !== 200) throw fail({ status: got.status, reason: 'not read' })
    return { note: got.body, size }
  }

  async function read(origin: string, above?: number): Promise<readonly Anchored[]> {
    const versions = await versionsOf(origin, above)
    const notes: Anchored[] = []
    for (let at = 0; at < versions.length; at += AT_ONCE) {
      const some = versions.slice(at, at + AT_ONCE).map((one) => readVersion(origin, one))
      notes.push(...(await Promise.all(some)))
    }
    return notes.sort((a, b) => b.size - a.size)
  }

  return {
    name,
    isOwn: false,
    read,
    async write({ size, note }) {
      const until = new Date(clock.nowMs() + lockDays * DAY_MS)
      const headers = {
        'content-type': 'text/plain; charset=utf-8',
        'if-none-match': '*',
        'x-amz-checksum-sha256': hash('sha256', note, 'base64'),
        'x-amz-object-lock-mode': 'COMPLIANCE',
        'x-amz-object-lock-retain-until-date': `${until.toISOString().slice(0, 19)}Z`,
      }
      const path = `/${bucket}/${keyOf(note.split('\n')[0] ?? '', size)}`
      const { status, body } = await call({ method: 'PUT', path, query: {}, headers, body: note })
      if (status === 200) return
      const code = codeIn(body)
      if (status === 412) return requireSame({ path, note })
      throw fail({ status, reason: code === '' ? 'refused' : code })
    },
  }

  /** There is one of that size already: the same, or this is another history. */
  async function requireSame({
    path,
    note,
  }: {
    readonly path: string
    readonly note: string
  }): Promise<void> {
    const got = await call({ method: 'GET', path, query: {}, headers: {}, body: '' })
    if (got.status !== 200 || textOf(got.body) !== textOf(note))
      throw fail({ status: got.status, reason: 'another checkpoint of this size' })
  }
}

/** What a checkpoint says, without who signed it. */
function textOf(note: string): string {
  return note.slice(0, note.indexOf('\n\n'))
}

function codeIn(body: string): string {
  return /<Code>(\w{1,64})<\/Code>/.exec(body)?.[1] ?? ''
}
