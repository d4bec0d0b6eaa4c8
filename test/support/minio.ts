import { minio } from '../../scripts/parts/minio.ts'
import { ensurePart } from '../../scripts/parts/part.ts'
import { launchMinio, type MinioOptions, type RunningMinio } from './minio-server.ts'

/** Starts the MinIO of the parts table on 127.0.0.1. A part that cannot be had fails the test with its reason. */
export async function startMinio(options: MinioOptions = {}): Promise<RunningMinio> {
  return launchMinio(await ensurePart(minio, (line) => console.error(line)), options)
}
