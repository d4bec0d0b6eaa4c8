import { statementsMeet } from '../minimise.ts'
import type { PolicyRule } from './rule.ts'
import { actionsOf, allowing, conditionsOf, forbidding, listed, statementsOf } from './rule.ts'

/** Rules about actions that undo what confines a session, or outlast it. */
export const UNDOING_RULES: readonly PolicyRule[] = [
  forbidding(
    {
      id: 'bucket-policy',
      severity: 'warning',
      about: 'a bucket’s policy may be changed: it can open the bucket to anybody, and outlives the session',
      fix: 'take it away; whoever owns the bucket changes its policy',
    },
    ['PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketPublicAccessBlock', 'PutBucketAbac'],
    'opens buckets',
  ),
  forbidding(
    {
      id: 'access-list',
      severity: 'warning',
      about: 'access lists may be written: each opens an object or bucket to others, beside every policy',
      fix: 'take it away; `s3:PutObject` alone writes objects',
    },
    ['PutBucketAcl', 'PutObjectAcl', 'PutObjectVersionAcl', 'PutBucketOwnershipControls'],
    'gives access to others',
  ),
  forbidding(
    {
      id: 'bucket-itself',
      severity: 'warning',
      about: 'buckets may be made or ended',
      fix: 'take it away; a session works in a bucket that stands',
    },
    ['CreateBucket', 'DeleteBucket', 'ForceDeleteBucket'],
    'makes or ends buckets',
  ),
  forbidding(
    {
      id: 'copies-elsewhere',
      severity: 'warning',
      about: 'replication may be set up or done: objects are copied elsewhere, long after the session',
      fix: 'take it away; replication is set up by who runs the store',
    },
    [
      'PutReplicationConfiguration',
      'DeleteReplicationConfiguration',
      'InitiateReplication',
      'ReplicateObject',
      'ReplicateDelete',
      'ReplicateTags',
      'PutInventoryConfiguration',
      'PutBucketLogging',
    ],
    'sends data elsewhere',
  ),
  forbidding(
    {
      id: 'tells-elsewhere',
      severity: 'warning',
      about:
        'events may be listened to or sent elsewhere: the names of everybody’s objects as they are written',
      fix: 'take it away',
    },
    ['PutBucketNotification', 'ListenNotification', 'ListenBucketNotification'],
    'tells of every object',
  ),
  forbidding(
    {
      id: 'deletes-later',
      severity: 'warning',
      about: 'a lifecycle rule may be written: the store then deletes by itself, whatever a Deny says',
      fix: 'take it away',
    },
    ['PutLifecycleConfiguration'],
    'lets the store delete',
  ),
  forbidding(
    {
      id: 'lock-undone',
      severity: 'warning',
      about: 'object locks may be written or passed by: what was to be kept can be deleted, or nothing ever',
      fix: 'take it away from roles that write',
    },
    [
      'BypassGovernanceRetention',
      'PutBucketObjectLockConfiguration',
      'PutObjectRetention',
      'PutObjectLegalHold',
    ],
    'changes what is kept',
  ),
  forbidding(
    {
      id: 'versioning-off',
      severity: 'warning',
      about: 'versioning may be switched off: from then on what is overwritten or deleted is gone',
      fix: 'take it away',
    },
    ['PutBucketVersioning'],
    'ends versioning',
  ),
  forbidding(
    {
      id: 'bucket-settings',
      severity: 'notice',
      about: 'settings of a bucket may be changed, for everybody who uses it',
      fix: 'leave them to who runs the store',
    },
    [
      'PutAccelerateConfiguration',
      'PutAnalyticsConfiguration',
      'PutBucketCORS',
      'PutBucketCors',
      'DeleteBucketCors',
      'PutBucketRequestPayment',
      'PutBucketTagging',
      'PutBucketWebsite',
      'DeleteBucketWebsite',
      'PutEncryptionConfiguration',
      'PutIntelligentTieringConfiguration',
      'PutMetricsConfiguration',
      'ResetBucketReplicationState',
    ],
    'changes the bucket',
  ),
  forbidding(
    {
      id: 'delete-for-good',
      severity: 'warning',
      about: 'versions may be deleted: what versioning keeps is gone for good',
      fix: 'allow `s3:DeleteObject` alone, which leaves the versions',
    },
    ['DeleteObjectVersion'],
    'takes versions away',
  ),
  {
    id: 'delete-beside-deny',
    severity: 'warning',
    about:
      'deleting, reading or tagging is denied by the name of the object alone, and allowed by that of its versions',
    fix: 'deny the action on versions as well',
    find: (input) =>
      statementsOf(input, 'Deny').flatMap(({ statement, index }) => {
        const denied = actionsOf(input, statement)
        const open = TWINS.filter(([object, version]) => denied.has(object) && !denied.has(version)).map(
          ([, version]) => version,
        )
        const left = open.filter((version) =>
          statementsOf(input, 'Allow').some(({ statement: allow }) =>
            statementsMeet(input.dialect, allow, { ...statement, Action: [version] }),
          ),
        )
        return left.length === 0
          ? []
          : [{ at: ['Statement', index], says: `${listed(left)} is allowed beside it` }]
      }),
  },
  {
    id: 'overwrite-beside-deny',
    severity: 'notice',
    about: 'deleting is denied and writing allowed: what is overwritten is gone all the same',
    fix: 'turn versioning on for the bucket, or deny `s3:PutObject` there, too',
    find: (input) =>
      statementsOf(input, 'Deny').flatMap(({ statement, index }) => {
        const denied = actionsOf(input, statement)
        if (!denied.has('s3:DeleteObject') || denied.has('s3:PutObject')) return []
        const written = statementsOf(input, 'Allow').some(({ statement: allow }) =>
          statementsMeet(input.dialect, allow, { ...statement, Action: ['s3:PutObject'] }),
        )
        return written ? [{ at: ['Statement', index], says: '`s3:PutObject` is allowed there' }] : []
      }),
  },
  {
    id: 'tag-by-itself',
    severity: 'warning',
    about: 'a tag of the object decides, and whoever it decides about may write tags',
    fix: 'take the tagging actions away, or decide by the key',
    find: (input) => {
      const decides = input.statements.flatMap((statement, index) =>
        conditionsOf(statement).some(({ key }) => key.startsWith('s3:ExistingObjectTag/'))
          ? [{ statement, index }]
          : [],
      )
      const writes = allowing(input, TAGGING)
      return decides.flatMap(({ statement, index }) => {
        const found = writes.find(({ names, statement: allow }) =>
          statementsMeet(input.dialect, { ...allow, Action: names }, { ...statement, Action: names }),
        )
        return found === undefined
          ? []
          : [{ at: ['Statement', index, 'Condition'], says: `${listed(found.names)} is allowed there` }]
      })
    },
  },
  {
    id: 'version-reads-object',
    severity: 'notice',
    about: '`s3:GetObjectVersion` without `s3:GetObject`: on MinIO it allows both',
    fix: 'write `s3:GetObject` beside it, so that everybody reads what it does',
    dialects: ['minio'],
    find: (input) =>
      input.statements.flatMap((statement, index) =>
        statement.Action.includes('s3:GetObjectVersion') &&
        !actionsOf(input, {
          ...statement,
          Action: statement.Action.filter((text) => text !== 's3:GetObjectVersion'),
        }).has('s3:GetObject')
          ? [{ at: ['Statement', index, 'Action'], says: '`s3:GetObject` comes with it' }]
          : [],
      ),
  },
  {
    id: 'write-without-parts',
    severity: 'notice',
    about:
      'objects may be written and their parts neither listed nor given up: a large upload that breaks off cannot be resumed, and its parts stay and cost',
    fix: 'add `s3:AbortMultipartUpload` and `s3:ListMultipartUploadParts` to the statement',
    find: (input) =>
      statementsOf(input, 'Allow').flatMap(({ statement, index }) => {
        const names = actionsOf(input, statement)
        if (!names.has('s3:PutObject')) return []
        const all = new Set(
          statementsOf(input, 'Allow')
            .filter(({ statement: other }) =>
              statement.Resource.every((text) => other.Resource.includes(text)),
            )
            .flatMap(({ statement: other }) => [...actionsOf(input, other)]),
        )
        const missing = PARTS.filter((name) => !all.has(name))
        return missing.length === 0
          ? []
          : [{ at: ['Statement', index, 'Action'], says: `without ${listed(missing)}` }]
      }),
  },
]

const PARTS = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
const TAGGING = new Set(['s3:PutObjectTagging', 's3:PutObjectVersionTagging', 's3:DeleteObjectTagging'])
const TWINS: readonly (readonly [object: string, version: string])[] = [
  ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  ['s3:GetObject', 's3:GetObjectVersion'],
  ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
  ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
]
