import type { TargetProbe } from '../domain/resource.ts'
import type { Reach } from './adapter.ts'

const ARN = 'arn:aws:s3:::'

export type WallStatement = {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
}

/**
 * The outer wall that the store itself keeps: the buckets and verbs of the target's roles, one statement a bucket. It
 * holds even where what we show the store is replayed without a session policy.
 */
export function wallOf(reaches: readonly Reach[]): readonly WallStatement[] {
  const byResource = new Map<string, Set<string>>()
  for (const { statements } of reaches) {
    for (const { effect, actions, resources } of statements) {
      if (effect === 'Deny') continue // a role's own Deny stands in its session policy; the wall only says what is possible
      for (const resource of resources) {
        const wall = fixed(resource)
        byResource.set(wall, new Set([...(byResource.get(wall) ?? []), ...actions]))
      }
    }
  }
  return [...byResource].map(([resource, actions]) => ({
    Effect: 'Allow',
    Action: [...actions].toSorted(),
    Resource: [resource],
  }))
}

/** What the probe may do in its own bucket: the tries of docs/probe.md, and nothing where it has none. */
export function wallOfProbe({ bucket, prefix }: TargetProbe): readonly WallStatement[] {
  if (bucket === null) return []
  const allow = (Action: readonly string[], resource: string) =>
    ({ Effect: 'Allow', Action, Resource: [`${ARN}${bucket}${resource}`] }) as const
  const objects = ['s3:DeleteObject', 's3:GetObject', 's3:PutObject']
  return [allow(objects, `/${prefix}/*`), allow(['s3:ListBucket'], '')]
}

/** And what a person should know of that. */
export function probeNotes({ bucket }: TargetProbe): readonly string[] {
  if (bucket === null) return []
  return [`bucket ${bucket} is for the probe alone: create it, and keep nothing else in it`]
}

/** What a person should know of it, whichever store keeps it. */
export function wallNotes(reaches: readonly Reach[]): readonly string[] {
  const open = reaches.filter(({ statements }) =>
    statements.some(({ resources }) => resources.some(opensEveryBucket)),
  )
  return [
    ...(reaches.length === 0 ? ['no role uses this target yet: the wall allows nothing'] : []),
    ...open.map(({ role }) => `role ${role} takes its bucket from a claim: the wall cannot name the buckets`),
    'run it again and replace the policy whenever a role of this target changes',
  ]
}

/** A bucket that comes from a claim can be any bucket: the fixed wall cannot name it. */
function opensEveryBucket(resource: string): boolean {
  return resource.slice(ARN.length).split('/')[0]?.includes('{{') === true
}

/** A resource with placeholders becomes the whole bucket's objects: what varies by claim cannot stand in a fixed wall. */
function fixed(resource: string): string {
  const [bucket = '', ...rest] = resource.slice(ARN.length).split('/')
  const name = bucket.includes('{{') ? '*' : bucket
  return rest.length === 0 ? `${ARN}${name}` : `${ARN}${name}/*`
}
