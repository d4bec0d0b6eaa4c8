import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One session as MinIO keeps it on its drive: seen without asking Stint, or MinIO itself. */
export type StoredSession = { readonly accessKeyId: string; readonly parent: string }

/** Every session file of a MinIO with one drive. */
export function storedSessions(dataDir: string): readonly StoredSession[] {
  const folder = join(dataDir, '.minio.sys/config/iam/sts')
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((accessKeyId) => {
    const file = join(folder, accessKeyId, 'identity.json', 'xl.meta')
    if (!existsSync(file)) return []
    const parent = /"parentUser":"([^"]+)"/.exec(readFileSync(file, 'latin1'))?.[1]
    return parent === undefined ? [] : [{ accessKeyId, parent }]
  })
}

/** MinIO's name for the user behind a web identity (minio/minio `cmd/sts-handlers.go`). */
export function parentUserOf(sub: string, iss: string): string {
  return createHash('sha256').update(`openid:${sub}:${iss}`).digest('base64url')
}
