import { actionTable, bucket, object, service } from '../action-table.ts'

const SSE = [
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-server-side-encryption-customer-algorithm',
]
const LISTING = ['s3:delimiter', 's3:max-keys', 's3:prefix']
const REQUEST_TAGS = ['s3:RequestObjectTag', 's3:RequestObjectTagKeys']
const VERSION = ['s3:versionid']
const VERSION_AND_TAG = ['s3:ExistingObjectTag', ...VERSION]
const VERSION_AND_TAGS = [...VERSION_AND_TAG, ...REQUEST_TAGS]
const LOCK = ['s3:object-lock-mode', 's3:object-lock-retain-until-date']
const HOLD = ['s3:object-lock-legal-hold']
const REMAINING = ['s3:object-lock-remaining-retention-days']
const COPY = ['s3:x-amz-copy-source', 's3:x-amz-metadata-directive', 's3:x-amz-storage-class']

/**
 * The S3 actions that community MinIO knows (facts of its pkg/policy v3.1.3), what each acts on, and the condition keys
 * that it takes besides the common ones. A session policy that names another action is refused whole by the store.
 */
export const MINIO_ACTIONS = actionTable({
  AbortMultipartUpload: object(),
  BypassGovernanceRetention: object(...VERSION, ...LOCK, ...HOLD, ...REMAINING, ...REQUEST_TAGS),
  DeleteObject: object(...VERSION),
  DeleteObjectTagging: object(...VERSION_AND_TAG),
  DeleteObjectVersion: object(...VERSION),
  DeleteObjectVersionTagging: object(...VERSION_AND_TAG),
  GetObject: object(...SSE, ...VERSION_AND_TAG),
  GetObjectAttributes: object('s3:ExistingObjectTag'),
  GetObjectLegalHold: object(),
  GetObjectRetention: object(...SSE, ...VERSION),
  GetObjectTagging: object(...VERSION_AND_TAG),
  GetObjectVersion: object(...VERSION_AND_TAG),
  GetObjectVersionAttributes: object(...VERSION_AND_TAG),
  GetObjectVersionForReplication: object(...VERSION_AND_TAG),
  GetObjectVersionTagging: object(...VERSION_AND_TAG),
  ListMultipartUploadParts: object(),
  PutObject: object(...SSE, ...COPY, ...VERSION, ...LOCK, ...HOLD, ...REQUEST_TAGS),
  PutObjectFanOut: object(),
  PutObjectLegalHold: object(...SSE, ...HOLD, ...VERSION),
  PutObjectRetention: object(...SSE, ...LOCK, ...REMAINING, ...VERSION),
  PutObjectTagging: object(...VERSION_AND_TAGS),
  PutObjectVersionTagging: object(...VERSION_AND_TAGS),
  ReplicateDelete: object(...VERSION_AND_TAG),
  ReplicateObject: object(...VERSION_AND_TAG),
  ReplicateTags: object(...VERSION_AND_TAG),
  RestoreObject: object(),

  CreateBucket: bucket(),
  DeleteBucket: bucket(),
  DeleteBucketCors: bucket(),
  DeleteBucketPolicy: bucket(),
  ForceDeleteBucket: bucket(),
  GetBucketCors: bucket(),
  GetBucketLocation: bucket(),
  GetBucketNotification: bucket(),
  GetBucketObjectLockConfiguration: bucket(),
  GetBucketPolicy: bucket(),
  GetBucketPolicyStatus: bucket(),
  GetBucketTagging: bucket(),
  GetBucketVersioning: bucket(),
  GetEncryptionConfiguration: bucket(),
  GetLifecycleConfiguration: bucket(),
  GetReplicationConfiguration: bucket(),
  HeadBucket: bucket(),
  ListBucket: bucket(...LISTING),
  ListBucketMultipartUploads: bucket(),
  ListBucketVersions: bucket(...LISTING),
  ListenBucketNotification: bucket(),
  PutBucketCors: bucket(),
  PutBucketNotification: bucket(),
  PutBucketObjectLockConfiguration: bucket(),
  PutBucketPolicy: bucket(),
  PutBucketTagging: bucket(...REQUEST_TAGS),
  PutBucketVersioning: bucket(),
  PutEncryptionConfiguration: bucket(),
  PutLifecycleConfiguration: bucket(),
  PutReplicationConfiguration: bucket(),
  ResetBucketReplicationState: bucket(),

  // Asked for without any bucket: only `arn:aws:s3:::*` matches them.
  ListAllMyBuckets: service(),
  ListenNotification: service(),
})
