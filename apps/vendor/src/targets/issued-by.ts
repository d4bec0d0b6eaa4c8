import type { TargetBody } from '../domain/resource.ts'
import { clientIdOf, minioRoleArn } from './role-arn.ts'
import { issuerUrlOf } from './target-key.ts'

type Told = {
  readonly roleArn: string | null
  readonly issuer: string | null
  readonly parent: string | null
}

/**
 * Which sessions of a store are of the identity that we show it, by what the store says of them; null where nobody can
 * tell, because others may show it the same. Whoever holds our key may write any `iss`, but no other role.
 */
export function issuedBy(
  target: string,
  { kind, mode, region, user }: Pick<TargetBody, 'kind' | 'mode' | 'region' | 'user'>,
  publicUrl: string,
): ((told: Told) => boolean) | null {
  if (kind !== 'minio') return null
  if (mode === 'assume-role') return ({ parent }) => user !== undefined && parent === user.accessKeyId
  if (mode !== 'issued-identity') return null
  const ours = { roleArn: minioRoleArn(clientIdOf(target), region), issuer: issuerUrlOf(publicUrl, target) }
  return ({ roleArn, issuer }) => roleArn === ours.roleArn || issuer === ours.issuer
}
