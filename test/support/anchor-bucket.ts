import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { RunningMinio } from './minio-server.ts'

/** A bucket with object lock for checkpoints, who is allowed everything there, and the settings of a service that writes them to it. */
export async function anchorBucket(minio: Pick<RunningMinio, 'endpoint' | 'root'>, folder: string) {
  const { accessKeyId, secretAccessKey } = minio.root
  const s3 = new S3Client({
    ...{ endpoint: minio.endpoint, region: 'us-east-1', forcePathStyle: true },
    credentials: { accessKeyId, secretAccessKey },
  })
  await s3.send(new CreateBucketCommand({ Bucket: 'anchors', ObjectLockEnabledForBucket: true }))
  const credentials = join(folder, 'anchor-key.json')
  writeFileSync(credentials, JSON.stringify({ accessKeyId, secretAccessKey }), { mode: 0o400 })
  const env = {
    STINT_ANCHORS: `s3:${minio.endpoint}/anchors/stint`,
    STINT_ANCHOR_S3_CREDENTIALS: credentials,
    STINT_ANCHOR_S3_LOCK_DAYS: '1',
  }
  return { s3, env }
}
