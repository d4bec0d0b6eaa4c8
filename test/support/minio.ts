import { partPath } from '../../scripts/parts/part-path.ts'
import { launchMinio, type MinioOptions, type RunningMinio } from './minio-server.ts'

/** Starts the MinIO of the parts table on 127.0.0.1. A part that cannot be had fails the test with its reason. */
export async function startMinio(options: MinioOptions = {}): Promise<RunningMinio> {
  return launchMinio(await partPath('minio', (line) => console.error(line)), options)
}
