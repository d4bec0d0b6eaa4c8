import { randomBytes } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sealAdminBody } from './madmin.ts'
import type { RunningMinio } from './minio-server.ts'
import { s3Caller } from './s3.ts'
import type { AwsCredentials } from './sigv4.ts'

/** Makes a plain user at a MinIO, with a policy of its own. */
export async function addMinioUser(
  minio: RunningMinio,
  user: { readonly name: string; readonly policy: object },
): Promise<AwsCredentials> {
  const { name } = user
  const secretKey = randomBytes(20).toString('base64url')
  const root = s3Caller(minio.endpoint, minio.root)
  const sealed = sealAdminBody(minio.rootPassword, JSON.stringify({ secretKey, status: 'enabled' }))
  const attach = { policyName: name, userOrGroup: name, isGroup: 'false' }
  for (const answer of [
    await root('PUT', '/minio/admin/v3/add-canned-policy', {
      query: { name },
      body: JSON.stringify(user.policy),
    }),
    await root('PUT', '/minio/admin/v3/add-user', { query: { accessKey: name }, body: sealed }),
    await root('PUT', '/minio/admin/v3/set-user-or-group-policy', { query: attach }),
  ]) {
    if (answer.status !== 200) throw new Error(`MinIO made no user: ${answer.status} ${answer.code}`)
  }
  return { accessKeyId: name, secretAccessKey: secretKey }
}

/** Writes a secret as a target may name it. */
export async function writeSecret(folder: string, name: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  await writeFile(path, text)
  await chmod(path, 0o400)
  return path
}
