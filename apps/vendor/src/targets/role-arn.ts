import { createHash } from 'node:crypto'

/** The OAuth client id under which a store knows us. */
export function clientIdOf(target: string): string {
  return `stint-${target}`
}

/** The base policy's name at the store. */
export function basePolicyName(target: string): string {
  return `stint-${target}`
}

/**
 * MinIO's own name for the role of a provider: `arn:minio:iam:<region>::role/<base64url(SHA-1(client id))>`
 * (minio/minio `internal/config/identity/openid`, GetRoleARN). SHA-1 here names, it protects nothing.
 */
export function minioRoleArn(clientId: string, region: string): string {
  const digest = createHash('sha1').update(clientId).digest('base64url')
  return `arn:minio:iam:${region}::role/${digest}`
}
