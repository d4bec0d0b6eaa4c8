import { hash } from 'node:crypto'
import { VendorError } from '../errors.ts'
import type { Anchor, Anchored, Clock } from '../ports.ts'
import type { BucketCredentials, BucketHttp } from './bucket-http.ts'

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

/**
 * A bucket with object lock, at another store than those that sessions are for: each checkpoint is an object that nobody
 * can change or remove before its time (COMPLIANCE), written with `If-None-Match: *` so that none is overlaid by a newer
 * version either. Where the bucket has no object lock the store refuses, and the anchor fails.
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
    try {
      return await http.request(request, { ...(await credentials()), nowMs: clock.nowMs() })
    } catch (cause) {
      throw fail({ reason: 'no answer' }, cause)
    }
  }

  async function newest(origin: string): Promise<Anchored | null> {
    const query = { 'list-type': '2', 'max-keys': '1', prefix: folderOf(origin) }
    const listed = await call({ method: 'GET', path: `/${bucket}`, query, headers: {}, body: '' })
    if (listed.status !== 200) throw fail({ status: listed.status, reason: 'not listed' })
    const key = /<Key>([^<&]+)<\/Key>/.exec(listed.body)?.[1]
    if (key === undefined) return null
    const got = await call({ method: 'GET', path: `/${bucket}/${key}`, query: {}, headers: {}, body: '' })
    if (got.status !== 200) throw fail({ status: got.status, reason: 'not read' })
    return { note: got.body, size: Number(got.body.split('\n')[1]) }
  }

  return {
    name,
    newest,
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
      const code = /<Code>(\w{1,64})<\/Code>/.exec(body)?.[1] ?? ''
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
