import { MAX_LIFETIME_SECONDS, STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import type { Reach, SetupInput } from './adapter.ts'
import { basePolicyName, clientIdOf } from './role-arn.ts'
import { issuerUrlOf } from './target-key.ts'

export type TargetSetup = {
  readonly target: string
  readonly endpoint: string
  readonly configUrl: string
  readonly clientId: string
  readonly policyName: string
  readonly basePolicy: object
  /** What a person should know before using it. */
  readonly notes: readonly string[]
}

/**
 * What makes an existing MinIO trust Stint: its environment and the base policy, the outer wall that holds even where
 * our token is replayed without a session policy. It lists the buckets and verbs of the target's roles and denies any
 * session longer than their longest.
 */
export function minioSetup(input: SetupInput): TargetSetup {
  const { target, body, publicUrl, reaches } = input
  const open = reaches.filter(({ statements }) =>
    statements.some(({ resources }) => resources.some(opensEveryBucket)),
  )
  return {
    target,
    endpoint: body.endpoint,
    configUrl: `${issuerUrlOf(publicUrl, target)}/.well-known/openid-configuration`,
    clientId: clientIdOf(target),
    policyName: basePolicyName(target),
    basePolicy: basePolicy(reaches, ofProbe(body)),
    notes: [
      ...(body.probe.bucket === null
        ? []
        : [`bucket ${body.probe.bucket} is for the probe alone: create it, and keep nothing else in it`]),
      ...(reaches.length === 0 ? ['no role uses this target yet: the base policy allows nothing'] : []),
      ...open.map(
        ({ role }) => `role ${role} takes its bucket from a claim: the base policy cannot name the buckets`,
      ),
      'the store must trust no other identity provider: one key map of MinIO serves all of them',
      'run it again and replace the policy whenever a role of this target changes',
    ],
  }
}

const ARN = 'arn:aws:s3:::'

/** What the probe may do in its own bucket: the tries of docs/probe.md, and nothing where it has none. */
function ofProbe({ probe }: SetupInput['body']): readonly object[] {
  const { bucket, prefix } = probe
  if (bucket === null) return []
  const allow = (Action: readonly string[], resource: string) => ({
    Effect: 'Allow',
    Action,
    Resource: [`${ARN}${bucket}${resource}`],
  })
  const objects = ['s3:DeleteObject', 's3:GetObject', 's3:PutObject']
  return [allow(objects, `/${prefix}/*`), allow(['s3:ListBucket'], '')]
}

/** A bucket that comes from a claim can be any bucket: the fixed wall cannot name it. */
function opensEveryBucket(resource: string): boolean {
  return resource.slice(ARN.length).split('/')[0]?.includes('{{') === true
}

function basePolicy(reaches: readonly Reach[], more: readonly object[]): object {
  const byResource = new Map<string, Set<string>>()
  for (const { statements } of reaches) {
    for (const { effect, actions, resources } of statements) {
      if (effect === 'Deny') continue // a role's own Deny stands in its session policy; the wall only says what is possible
      for (const resource of resources) {
        const wall = wallOf(resource)
        byResource.set(wall, new Set([...(byResource.get(wall) ?? []), ...actions]))
      }
    }
  }
  const longest = Math.max(
    STORE_FLOOR_SECONDS,
    ...reaches.map(({ maxLifetimeSeconds }) => maxLifetimeSeconds),
  )
  return {
    Version: '2012-10-17',
    Statement: [
      ...[...byResource].map(([resource, actions]) => ({
        Effect: 'Allow',
        Action: [...actions].toSorted(),
        Resource: [resource],
      })),
      ...more,
      {
        Effect: 'Deny',
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Condition: { NumericGreaterThan: { 'sts:DurationSeconds': Math.min(longest, MAX_LIFETIME_SECONDS) } },
      },
    ],
  }
}

/** A resource with placeholders becomes the whole bucket's objects: what varies by claim cannot stand in a fixed wall. */
function wallOf(resource: string): string {
  const [bucket = '', ...rest] = resource.slice(ARN.length).split('/')
  const name = bucket.includes('{{') ? '*' : bucket
  return rest.length === 0 ? `${ARN}${name}` : `${ARN}${name}/*`
}
