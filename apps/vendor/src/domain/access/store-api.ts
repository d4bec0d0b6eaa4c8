/** What was done to what it was done to: for `stint who`. */
export type Deed = 'read' | 'wrote' | 'deleted' | 'listed' | 'other'

type Row = {
  readonly actions: readonly string[]
  readonly deed: Deed
  readonly of: 'object' | 'bucket' | 'store'
}

const object = (deed: Deed, ...actions: readonly string[]): Row => ({ actions, deed, of: 'object' })
const bucket = (deed: Deed, ...actions: readonly string[]): Row => ({ actions, deed, of: 'bucket' })

/**
 * The names under which MinIO's audit entries tell what was asked (`api.name`), and the actions that it asks IAM about for
 * them (minio/minio `cmd/api-router.go` and the handlers of each). A name that is not here is counted as itself.
 */
const APIS: Readonly<Record<string, Row>> = {
  GetObject: object('read', 's3:GetObject'),
  HeadObject: object('read', 's3:GetObject'),
  SelectObjectContent: object('read', 's3:GetObject'),
  GetObjectLambda: object('read', 's3:GetObject'),
  // It asks about both.
  GetObjectAttributes: object('read', 's3:GetObjectAttributes', 's3:GetObject'),
  GetObjectTagging: object('read', 's3:GetObjectTagging'),
  GetObjectRetention: object('read', 's3:GetObjectRetention'),
  GetObjectLegalHold: object('read', 's3:GetObjectLegalHold'),
  PutObject: object('wrote', 's3:PutObject'),
  PutObjectExtract: object('wrote', 's3:PutObject'),
  PostPolicyBucket: object('wrote', 's3:PutObject'),
  CopyObject: object('wrote', 's3:PutObject'),
  NewMultipartUpload: object('wrote', 's3:PutObject'),
  PutObjectPart: object('wrote', 's3:PutObject'),
  CopyObjectPart: object('wrote', 's3:PutObject'),
  CompleteMultipartUpload: object('wrote', 's3:PutObject'),
  AbortMultipartUpload: object('other', 's3:AbortMultipartUpload'),
  ListObjectParts: object('listed', 's3:ListMultipartUploadParts'),
  PutObjectTagging: object('wrote', 's3:PutObjectTagging'),
  PutObjectRetention: object('wrote', 's3:PutObjectRetention'),
  PutObjectLegalHold: object('wrote', 's3:PutObjectLegalHold'),
  PostRestoreObject: object('other', 's3:RestoreObject'),
  DeleteObject: object('deleted', 's3:DeleteObject'),
  DeleteMultipleObjects: object('deleted', 's3:DeleteObject'),
  DeleteObjectTagging: object('deleted', 's3:DeleteObjectTagging'),
  ListObjectsV1: bucket('listed', 's3:ListBucket'),
  ListObjectsV2: bucket('listed', 's3:ListBucket'),
  ListObjectsV2M: bucket('listed', 's3:ListBucket'),
  ListObjectVersions: bucket('listed', 's3:ListBucketVersions'),
  ListObjectVersionsM: bucket('listed', 's3:ListBucketVersions'),
  ListMultipartUploads: bucket('listed', 's3:ListBucketMultipartUploads'),
  HeadBucket: bucket('read', 's3:ListBucket'),
  GetBucketLocation: bucket('read', 's3:GetBucketLocation'),
  GetBucketPolicy: bucket('read', 's3:GetBucketPolicy'),
  GetBucketTagging: bucket('read', 's3:GetBucketTagging'),
  GetBucketVersioning: bucket('read', 's3:GetBucketVersioning'),
  GetBucketNotification: bucket('read', 's3:GetBucketNotification'),
  GetBucketLifecycle: bucket('read', 's3:GetLifecycleConfiguration'),
  GetBucketEncryption: bucket('read', 's3:GetEncryptionConfiguration'),
  GetBucketReplicationConfig: bucket('read', 's3:GetReplicationConfiguration'),
  GetBucketObjectLockConfig: bucket('read', 's3:GetBucketObjectLockConfiguration'),
  GetBucketCors: bucket('read', 's3:GetBucketCors'),
  PutBucket: bucket('wrote', 's3:CreateBucket'),
  PutBucketPolicy: bucket('wrote', 's3:PutBucketPolicy'),
  PutBucketTagging: bucket('wrote', 's3:PutBucketTagging'),
  PutBucketVersioning: bucket('wrote', 's3:PutBucketVersioning'),
  PutBucketNotification: bucket('wrote', 's3:PutBucketNotification'),
  PutBucketLifecycle: bucket('wrote', 's3:PutLifecycleConfiguration'),
  PutBucketEncryption: bucket('wrote', 's3:PutEncryptionConfiguration'),
  PutBucketReplicationConfig: bucket('wrote', 's3:PutReplicationConfiguration'),
  PutBucketObjectLockConfig: bucket('wrote', 's3:PutBucketObjectLockConfiguration'),
  PutBucketCors: bucket('wrote', 's3:PutBucketCors'),
  DeleteBucket: bucket('deleted', 's3:DeleteBucket'),
  DeleteBucketPolicy: bucket('deleted', 's3:DeleteBucketPolicy'),
  DeleteBucketTagging: bucket('deleted', 's3:PutBucketTagging'),
  DeleteBucketLifecycle: bucket('deleted', 's3:PutLifecycleConfiguration'),
  DeleteBucketEncryption: bucket('deleted', 's3:PutEncryptionConfiguration'),
  ListBuckets: { actions: ['s3:ListAllMyBuckets'], deed: 'listed', of: 'store' },
}

const UNKNOWN = { deed: 'other', of: 'object' } as const

/** What an API name of the store means; one that we do not know is an action of its own name. */
export function apiRow(name: string): Row {
  return (Object.hasOwn(APIS, name) ? APIS[name] : undefined) ?? { ...UNKNOWN, actions: [`api:${name}`] }
}

/** A `PutObject` asks about these by its headers, and its entry has the name of neither. */
const BY_HEADER = ['s3:PutObjectTagging', 's3:PutObjectRetention', 's3:PutObjectLegalHold']
const TOLD: ReadonlySet<string> = new Set(
  Object.values(APIS)
    .flatMap(({ actions }) => actions)
    .filter((action) => !BY_HEADER.includes(action)),
)

/**
 * Whether entries tell of every use of that action. Of another one that nobody was seen to use nothing can be said:
 * `s3:GetObjectVersion` is asked about as `s3:GetObject`, which it implies, `s3:DeleteObjectVersion` only for a Deny.
 */
export function isTold(action: string): boolean {
  return TOLD.has(action)
}

/**
 * How a session ends its own kind (`revoke-tokens`): the one thing that the sessions do by which we end others. Whoever does
 * nothing else has touched nothing.
 */
export function endsSessions(api: string): boolean {
  return api.startsWith('RevokeTokens')
}

/** A session is given by one of these; the entry's claims are those of the new session. */
export function givesSession(api: string): boolean {
  return api.startsWith('AssumeRole')
}
