export type ResourceKind = 'bucket' | 'object'

/**
 * The S3 actions that community MinIO knows (a fact of its pkg/policy, held against the live program by a test), and
 * what each acts on. A session policy that names another one is refused whole by the store.
 */
const OBJECT_ACTIONS = [
  'AbortMultipartUpload',
  'BypassGovernanceRetention',
  'DeleteObject',
  'DeleteObjectTagging',
  'DeleteObjectVersion',
  'DeleteObjectVersionTagging',
  'GetObject',
  'GetObjectAttributes',
  'GetObjectLegalHold',
  'GetObjectRetention',
  'GetObjectTagging',
  'GetObjectVersion',
  'GetObjectVersionAttributes',
  'GetObjectVersionForReplication',
  'GetObjectVersionTagging',
  'ListMultipartUploadParts',
  'PutObject',
  'PutObjectFanOut',
  'PutObjectLegalHold',
  'PutObjectRetention',
  'PutObjectTagging',
  'PutObjectVersionTagging',
  'ReplicateDelete',
  'ReplicateObject',
  'ReplicateTags',
  'RestoreObject',
] as const

const BUCKET_ACTIONS = [
  'CreateBucket',
  'DeleteBucket',
  'DeleteBucketCors',
  'DeleteBucketPolicy',
  'ForceDeleteBucket',
  'GetBucketCors',
  'GetBucketLocation',
  'GetBucketNotification',
  'GetBucketObjectLockConfiguration',
  'GetBucketPolicy',
  'GetBucketPolicyStatus',
  'GetBucketTagging',
  'GetBucketVersioning',
  'GetEncryptionConfiguration',
  'GetLifecycleConfiguration',
  'GetReplicationConfiguration',
  'HeadBucket',
  'ListAllMyBuckets',
  'ListBucket',
  'ListBucketMultipartUploads',
  'ListBucketVersions',
  'ListenBucketNotification',
  'ListenNotification',
  'PutBucketCors',
  'PutBucketNotification',
  'PutBucketObjectLockConfiguration',
  'PutBucketPolicy',
  'PutBucketTagging',
  'PutBucketVersioning',
  'PutEncryptionConfiguration',
  'PutLifecycleConfiguration',
  'PutReplicationConfiguration',
  'ResetBucketReplicationState',
] as const

/** Every action by its full name, and what it acts on. */
export const ACTIONS: ReadonlyMap<string, ResourceKind> = new Map([
  ...OBJECT_ACTIONS.map((name) => [`s3:${name}`, 'object'] as const),
  ...BUCKET_ACTIONS.map((name) => [`s3:${name}`, 'bucket'] as const),
])

/** The spelling that the store knows for a name in another case, or null. */
export function canonicalAction(name: string): string | null {
  const folded = name.toLowerCase()
  return [...ACTIONS.keys()].find((known) => known.toLowerCase() === folded) ?? null
}
