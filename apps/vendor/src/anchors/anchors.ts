import { VendorError } from '../errors.ts'
import { readKeyFile } from '../key-file.ts'
import type { Anchor, Clock, Logger } from '../ports.ts'
import { createBucketAnchor } from './bucket-anchor.ts'
import type { BucketCredentials, BucketHttp } from './bucket-http.ts'
import { createBucketHttp } from './bucket-http.ts'
import { createFileAnchor } from './file-anchor.ts'
import { createKeyAnchor } from './key-anchor.ts'
import { createLogAnchor } from './log-anchor.ts'

export type AnchorPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 's3'; readonly endpoint: string; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'log' }

export type AnchorsOptions = {
  readonly dataFolder: string
  readonly places: readonly AnchorPlace[]
  readonly bucket: {
    readonly credentialsFile: string | null
    readonly region: string
    readonly lockDays: number
  }
  readonly clock: Clock
  readonly log: Logger
}

export type Anchors = { readonly all: readonly Anchor[]; close(): Promise<void> }

/** Builds the anchors of the settings, and the one beside the keys. Throws `settings_invalid` for a bucket without the key to it. */
export function createAnchors({ dataFolder, places, bucket, clock, log }: AnchorsOptions): Anchors {
  const connections: BucketHttp[] = []
  const { credentialsFile, region, lockDays } = bucket
  const all = places.map((place) => {
    if (place.kind === 'file') return createFileAnchor(place.path, clock)
    if (place.kind === 'log') return createLogAnchor(log)
    if (credentialsFile === null)
      throw new VendorError('settings_invalid', {
        facts: { problems: 'STINT_ANCHOR_S3_CREDENTIALS: an s3 anchor needs it' },
      })
    const http = createBucketHttp(place.endpoint, region)
    connections.push(http)
    return createBucketAnchor({
      ...place,
      lockDays,
      http,
      clock,
      credentials: () => readCredentials(credentialsFile),
    })
  })
  return {
    all: [createKeyAnchor(dataFolder), ...all],
    close: async () => void (await Promise.all(connections.map((one) => one.close()))),
  }
}

/** `{"accessKeyId":…,"secretAccessKey":…}`, for nobody else to read; it may be a credential of systemd. */
async function readCredentials(path: string): Promise<BucketCredentials> {
  const value: unknown = JSON.parse(readKeyFile(path, { isGiven: true }))
  const { accessKeyId, secretAccessKey } = Object(value) as Record<string, unknown> // each is looked at below
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw new VendorError('anchor_unavailable', { facts: { file: path, reason: 'not a key' } })
  return { accessKeyId, secretAccessKey }
}
