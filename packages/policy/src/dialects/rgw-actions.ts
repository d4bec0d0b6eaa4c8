import { actionTable, bucket, object, service } from '../action-table.ts'

const LISTING = ['s3:delimiter', 's3:max-keys', 's3:prefix']
const TAG = 's3:ExistingObjectTag'
const REQUEST_TAGS = ['s3:RequestObjectTag', 's3:RequestObjectTagKeys']
const ACL = [
  's3:x-amz-acl',
  's3:x-amz-grant-full-control',
  's3:x-amz-grant-read',
  's3:x-amz-grant-read-acp',
  's3:x-amz-grant-write',
  's3:x-amz-grant-write-acp',
]
const WRITING = [
  's3:x-amz-copy-source',
  's3:x-amz-metadata-directive',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-storage-class',
]

/**
 * The S3 actions that every Ceph RGW from 16.2 on reads (facts of src/rgw/rgw_iam_policy.cc). It refuses a policy that
 * names another one, so what only newer releases know is left out.
 */
export const RGW_ACTIONS = actionTable({
  AbortMultipartUpload: object(),
  BypassGovernanceRetention: object(),
  DeleteObject: object(),
  DeleteObjectTagging: object(TAG),
  DeleteObjectVersion: object(),
  DeleteObjectVersionTagging: object(TAG),
  GetObject: object(TAG),
  GetObjectAcl: object(TAG),
  GetObjectLegalHold: object(),
  GetObjectRetention: object(),
  GetObjectTagging: object(TAG),
  GetObjectTorrent: object(),
  GetObjectVersion: object(TAG),
  GetObjectVersionAcl: object(TAG),
  GetObjectVersionTagging: object(TAG),
  GetObjectVersionTorrent: object(),
  ListMultipartUploadParts: object(),
  PutObject: object(...ACL, ...REQUEST_TAGS, ...WRITING),
  PutObjectAcl: object(...ACL, TAG),
  PutObjectLegalHold: object(),
  PutObjectRetention: object(),
  PutObjectTagging: object(TAG, ...REQUEST_TAGS),
  PutObjectVersionAcl: object(...ACL, TAG),
  PutObjectVersionTagging: object(TAG, ...REQUEST_TAGS),
  RestoreObject: object(),

  CreateBucket: bucket(...ACL),
  DeleteBucket: bucket(),
  DeleteBucketPolicy: bucket(),
  DeleteBucketWebsite: bucket(),
  DeleteReplicationConfiguration: bucket(),
  GetAccelerateConfiguration: bucket(),
  GetBucketAcl: bucket(),
  GetBucketCORS: bucket(),
  GetBucketLocation: bucket(),
  GetBucketLogging: bucket(),
  GetBucketNotification: bucket(),
  GetBucketObjectLockConfiguration: bucket(),
  GetBucketPolicy: bucket(),
  GetBucketPolicyStatus: bucket(),
  GetBucketRequestPayment: bucket(),
  GetBucketTagging: bucket(),
  GetBucketVersioning: bucket(),
  GetBucketWebsite: bucket(),
  GetLifecycleConfiguration: bucket(),
  GetReplicationConfiguration: bucket(),
  ListBucket: bucket(...LISTING),
  ListBucketMultipartUploads: bucket(),
  ListBucketVersions: bucket(...LISTING),
  PutAccelerateConfiguration: bucket(),
  PutBucketAcl: bucket(...ACL),
  PutBucketCORS: bucket(),
  PutBucketLogging: bucket(),
  PutBucketNotification: bucket(),
  PutBucketObjectLockConfiguration: bucket(),
  PutBucketPolicy: bucket(),
  PutBucketRequestPayment: bucket(),
  PutBucketTagging: bucket(),
  PutBucketVersioning: bucket(),
  PutBucketWebsite: bucket(),
  PutLifecycleConfiguration: bucket(),
  PutReplicationConfiguration: bucket(),

  ListAllMyBuckets: service(),
})
