/**
 * Policies and roles for the lint: the statements of one policy `p@1`, which a role of one target pins. Each rule has rows
 * in which it finds something and rows in which it does not.
 */
export type PolicyLintRow = {
  readonly rule: string
  readonly finds: boolean
  readonly name: string
  /** Left out: minio. */
  readonly kind?: 'minio' | 'rgw' | 'aws'
  readonly statements: readonly object[]
  readonly placeholders?: Readonly<Record<string, unknown>>
  readonly with?: Readonly<Record<string, unknown>>
  /** Members over the role `a`. */
  readonly role?: object
  /** More policies, by name, each its statements. */
  readonly policies?: Readonly<Record<string, readonly object[]>>
  /** More roles, each over `a`. */
  readonly roles?: Readonly<Record<string, object>>
}
type Cells = Omit<PolicyLintRow, 'rule' | 'finds' | 'name'>
type Named = Readonly<Record<string, Cells>>

function rule(id: string, finds: Named, not: Named): PolicyLintRow[] {
  const rows = (named: Named, does: boolean) =>
    Object.entries(named).map(([name, cells]) => ({ rule: id, finds: does, name, ...cells }))
  return [...rows(finds, true), ...rows(not, false)]
}

const arn = (path: string) => (path === '*' || path.startsWith('arn:') ? path : `arn:aws:s3:::${path}`)
const list = (text: string) => text.split(' ')
const s3 = (names: string) => list(names).map((name) => (name.includes(':') ? name : `s3:${name}`))
const say = (Effect: string) => (actions: string, resources: string, Condition?: object) => ({
  Effect,
  Action: s3(actions),
  Resource: list(resources).map(arn),
  ...(Condition === undefined ? {} : { Condition }),
})
const allow = say('Allow')
const deny = say('Deny')
const of = (...statements: object[]): Cells => ({ statements })
const on = (kind: 'minio' | 'rgw' | 'aws', ...statements: object[]): Cells => ({ kind, statements })
const holes = (
  cells: Cells,
  placeholders: Record<string, unknown>,
  claims: Record<string, string>,
): Cells => ({
  ...cells,
  placeholders,
  with: Object.fromEntries(Object.entries(claims).map(([name, claim]) => [name, { claim: [claim] }])),
})

const READ = allow('GetObject', 'b1a/team/*')
const WRITE = allow('PutObject AbortMultipartUpload ListMultipartUploadParts', 'b1a/team/*')
const LIST = allow('ListBucket', 'b1a')
const PREFIX = { StringLike: { 's3:prefix': ['team/*', 'team/'] } }
const agent = (operator: string, ...values: string[]) => ({ [operator]: { 'aws:UserAgent': values } })

export const POLICY_LINT: readonly PolicyLintRow[] = [
  ...rule(
    'every-action',
    { 's3:*': on('aws', allow('*', 'b1a b1a/*')) },
    {
      names: of(READ),
      'a pattern': on('aws', allow('Get*', 'b1a/*')),
      'a Deny of all': of(READ, deny('*', 'b1a/x/*')),
    },
  ),
  ...rule(
    'action-pattern',
    { 'a verb': of(allow('GetObject*', 'b1a/team/*')), 'an ending': of(allow('*Object', 'b1a/team/*')) },
    {
      names: of(READ, WRITE),
      everything: on('aws', allow('*', 'b1a/team/*')),
      'in a Deny': of(READ, deny('Get*', 'b1a/x/*')),
    },
  ),
  ...rule(
    'whole-bucket',
    {
      'writing everywhere': of(allow('PutObject', 'b1a/*')),
      'deleting everywhere': of(allow('DeleteObject', 'b1a/*')),
    },
    { 'reading everywhere': of(allow('GetObject', 'b1a/*')), 'a prefix': of(WRITE) },
  ),
  ...rule(
    'bucket-from-claim',
    { 'a claim': holes(of(allow('GetObject', '{{b}}/x/*')), { b: 'bucket' }, { b: 'bucket' }) },
    {
      'a bucket': of(READ),
      'a fixed value': {
        ...of(allow('GetObject', '{{b}}/x/*')),
        placeholders: { b: 'bucket' },
        with: { b: 'b1a' },
      },
      'a prefix': holes(of(allow('GetObject', 'b1a/{{s}}/*')), { s: 'segment' }, { s: 'repository_id' }),
    },
  ),
  ...rule(
    'star-without-slash',
    {
      'a beginning': of(allow('GetObject', 'b1a/team*')),
      'a beginning deeper': of(allow('GetObject', 'b1a/x/team-*')),
    },
    {
      'a folder': of(READ),
      'the whole bucket': of(allow('GetObject', 'b1a/*')),
      'an escaped star on AWS': on('aws', allow('GetObject', `b1a/x\${*}`)),
    },
  ),
  ...rule(
    'star-in-front',
    {
      'any tenant': of(allow('GetObject', 'b1a/*/public/x')),
      'an ending': of(allow('GetObject', 'b1a/*.txt')),
    },
    { 'a folder': of(READ), 'an escaped star on AWS': on('aws', allow('GetObject', `b1a/\${*}/x`)) },
  ),
  ...rule(
    'prefix-collision',
    {
      'a longer name of another': holes(
        of(allow('GetObject', 'b1a/ci-{{a}}/* b1a/ci-{{a}}-x/*')),
        { a: 'segment' },
        { a: 'repository_id' },
      ),
      'a fixed name beside a placeholder': holes(
        of(allow('PutObject', 'b1a/{{a}}/*'), allow('GetObject', 'b1a/shared/*')),
        { a: 'segment' },
        { a: 'repository_id' },
      ),
      'two claims in one place': holes(
        of(allow('PutObject', 'b1a/{{a}}/*'), allow('GetObject', 'b1a/{{b}}/*')),
        { a: 'segment', b: 'segment' },
        { a: 'repository_id', b: 'sub' },
      ),
    },
    {
      'one place': holes(
        of(allow('GetObject', 'b1a/{{a}}/*'), allow('PutObject', 'b1a/{{a}}/out/*')),
        { a: 'segment' },
        { a: 'repository_id' },
      ),
      'places of their own': holes(
        of(allow('GetObject', 'b1a/runs/{{a}}/* b1a/caches/{{a}}/*')),
        { a: 'segment' },
        { a: 'repository_id' },
      ),
      'fixed names that differ': holes(
        of(allow('GetObject', 'b1a/ci-{{a}}/* b1a/shared/*')),
        { a: 'segment' },
        { a: 'repository_id' },
      ),
      'no placeholder': of(allow('GetObject', 'b1a/x/* b1a/y/*')),
      'another bucket': holes(
        of(allow('GetObject', 'b1a/ci-{{a}}/* b1b/ci-{{a}}-x/*')),
        { a: 'segment' },
        { a: 'repository_id' },
      ),
    },
  ),
  ...rule(
    'list-without-prefix',
    { 'a listing': of(READ, LIST), 'a listing of versions': of(READ, allow('ListBucketVersions', 'b1a')) },
    { 'a prefix': on('aws', READ, allow('ListBucket', 'b1a', PREFIX)), 'no listing': of(READ) },
  ),
  ...rule(
    'list-all-buckets',
    { 'all buckets': of(READ, allow('ListAllMyBuckets', '*')) },
    { 'one bucket': of(READ, LIST) },
  ),
  ...rule(
    'key-for-everything',
    { 'a key': on('aws', READ, allow('kms:Decrypt', 'arn:aws:kms:eu-west-1:111122223333:key/k-1')) },
    {
      'through s3 alone': on(
        'aws',
        READ,
        allow('kms:Decrypt', 'arn:aws:kms:eu-west-1:111122223333:key/k-1', {
          StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' },
        }),
      ),
      'no key': on('aws', READ),
    },
  ),
  ...rule(
    'bucket-policy',
    {
      'its policy': of(allow('PutBucketPolicy', 'b1a')),
      'the end of it': of(allow('DeleteBucketPolicy', 'b1a')),
    },
    { 'reading it': of(allow('GetBucketPolicy', 'b1a')), 'a Deny': of(LIST, deny('PutBucketPolicy', 'b1a')) },
  ),
  ...rule(
    'access-list',
    {
      'of an object': on('aws', allow('PutObjectAcl', 'b1a/team/*')),
      'of the bucket': on('rgw', allow('PutBucketAcl', 'b1a')),
    },
    { 'reading it': on('aws', allow('GetObjectAcl', 'b1a/team/*')) },
  ),
  ...rule(
    'bucket-itself',
    { made: of(allow('CreateBucket', 'b1a')), 'ended by force': of(allow('ForceDeleteBucket', 'b1a')) },
    { 'looked at': of(allow('HeadBucket', 'b1a')) },
  ),
  ...rule(
    'copies-elsewhere',
    {
      'set up': of(allow('PutReplicationConfiguration', 'b1a')),
      done: of(allow('ReplicateObject', 'b1a/team/*')),
      'an inventory': on('aws', allow('PutInventoryConfiguration', 'b1a')),
    },
    { 'looked at': of(allow('GetReplicationConfiguration', 'b1a')) },
  ),
  ...rule(
    'tells-elsewhere',
    {
      sent: of(allow('PutBucketNotification', 'b1a')),
      'listened to': of(allow('ListenBucketNotification', 'b1a')),
    },
    { 'looked at': of(allow('GetBucketNotification', 'b1a')) },
  ),
  ...rule(
    'deletes-later',
    { 'a rule': of(allow('PutLifecycleConfiguration', 'b1a')) },
    { 'looked at': of(allow('GetLifecycleConfiguration', 'b1a')) },
  ),
  ...rule(
    'lock-undone',
    {
      'passed by': of(allow('BypassGovernanceRetention', 'b1a/team/*')),
      written: of(allow('PutObjectRetention', 'b1a/team/*')),
    },
    { 'looked at': of(allow('GetObjectRetention', 'b1a/team/*')) },
  ),
  ...rule(
    'versioning-off',
    { switched: of(allow('PutBucketVersioning', 'b1a')) },
    { 'looked at': of(allow('GetBucketVersioning', 'b1a')) },
  ),
  ...rule(
    'bucket-settings',
    {
      encryption: of(allow('PutEncryptionConfiguration', 'b1a')),
      'a website': on('aws', allow('PutBucketWebsite', 'b1a')),
    },
    { 'looked at': of(allow('GetEncryptionConfiguration', 'b1a')) },
  ),
  ...rule(
    'delete-for-good',
    {
      versions: of(allow('DeleteObjectVersion', 'b1a/team/*')),
      'by a pattern': of(allow('Delete*Version', 'b1a/team/*')),
    },
    {
      objects: of(allow('DeleteObject', 'b1a/team/*')),
      denied: of(READ, deny('DeleteObjectVersion', 'b1a/team/*')),
    },
  ),
  ...rule(
    'delete-beside-deny',
    {
      'versions left': of(
        allow('DeleteObject DeleteObjectVersion', 'b1a/team/*'),
        deny('DeleteObject', 'b1a/team/keep/*'),
      ),
      'reading left': on(
        'aws',
        allow('GetObject GetObjectVersion', 'b1a/team/*'),
        deny('GetObject', 'b1a/team/secret/*'),
      ),
    },
    {
      'both denied': of(
        allow('DeleteObject DeleteObjectVersion', 'b1a/team/*'),
        deny('DeleteObject DeleteObjectVersion', 'b1a/team/keep/*'),
      ),
      'versions not allowed': of(
        allow('DeleteObject', 'b1a/team/*'),
        deny('DeleteObject', 'b1a/team/keep/*'),
      ),
      'versions elsewhere': of(
        allow('DeleteObject', 'b1a/team/*'),
        allow('DeleteObjectVersion', 'b1a/other/*'),
        deny('DeleteObject', 'b1a/team/keep/*'),
      ),
    },
  ),
  ...rule(
    'overwrite-beside-deny',
    {
      'writing left': of(
        allow('PutObject DeleteObject', 'b1a/team/*'),
        deny('DeleteObject', 'b1a/team/keep/*'),
      ),
    },
    {
      'both denied': of(
        allow('PutObject DeleteObject', 'b1a/team/*'),
        deny('PutObject DeleteObject', 'b1a/team/keep/*'),
      ),
      'no writing': of(READ, deny('DeleteObject', 'b1a/team/keep/*')),
    },
  ),
  ...rule(
    'tag-by-itself',
    {
      'its own tags': on(
        'aws',
        allow('GetObject', 'b1a/team/*', { StringEquals: { 's3:ExistingObjectTag/public': 'yes' } }),
        allow('PutObjectTagging', 'b1a/*'),
      ),
    },
    {
      'tags of others': on(
        'aws',
        allow('GetObject', 'b1a/team/*', { StringEquals: { 's3:ExistingObjectTag/public': 'yes' } }),
        allow('PutObjectTagging', 'b1a/mine/*'),
      ),
      'no tagging': on(
        'aws',
        allow('GetObject', 'b1a/team/*', { StringEquals: { 's3:ExistingObjectTag/public': 'yes' } }),
      ),
    },
  ),
  ...rule(
    'version-reads-object',
    { 'on MinIO': of(allow('GetObjectVersion', 'b1a/team/*')) },
    {
      'both written': of(allow('GetObject GetObjectVersion', 'b1a/team/*')),
      'on AWS': on('aws', allow('GetObjectVersion', 'b1a/team/*')),
    },
  ),
  ...rule(
    'write-without-parts',
    {
      neither: of(allow('PutObject', 'b1a/team/*')),
      'one of them': of(allow('PutObject AbortMultipartUpload', 'b1a/team/*')),
    },
    {
      both: of(WRITE),
      'in another statement': of(
        allow('PutObject', 'b1a/team/*'),
        allow('AbortMultipartUpload ListMultipartUploadParts', 'b1a/team/*'),
      ),
      reading: of(READ),
    },
  ),
  ...rule(
    'key-of-some',
    {
      'a prefix for reads': on('aws', allow('GetObject ListBucket', 'b1a b1a/team/*', PREFIX)),
      'in a Deny': on('rgw', READ, deny('GetObject ListBucket', 'b1a b1a/x/*', PREFIX)),
    },
    {
      'listing alone': on('aws', allow('ListBucket', 'b1a', PREFIX)),
      'a key of all': on(
        'aws',
        allow('GetObject ListBucket', 'b1a b1a/team/*', { Bool: { 'aws:SecureTransport': 'true' } }),
      ),
    },
  ),
  ...rule(
    'star-in-equals',
    { 'a star': on('aws', allow('ListBucket', 'b1a', { StringEquals: { 's3:prefix': 'team/*' } })) },
    {
      'a pattern': on('aws', allow('ListBucket', 'b1a', PREFIX)),
      'an escaped star': on('aws', allow('ListBucket', 'b1a', { StringEquals: { 's3:prefix': `a\${*}` } })),
    },
  ),
  ...rule(
    'matches-everything',
    { 'a star': on('aws', allow('ListBucket', 'b1a', { StringLike: { 's3:prefix': ['a/', '*'] } })) },
    {
      'a beginning': on('aws', allow('ListBucket', 'b1a', PREFIX)),
      'what must not be': on('aws', allow('ListBucket', 'b1a', { StringNotLike: { 's3:prefix': '*' } })),
    },
  ),
  ...rule(
    'list-prefix-wide',
    { 'without a slash': on('aws', allow('ListBucket', 'b1a', { StringLike: { 's3:prefix': 'team*' } })) },
    {
      'with one': on('aws', allow('ListBucket', 'b1a', PREFIX)),
      'another key': on('aws', { ...READ, Condition: agent('StringLike', 'x*') }),
    },
  ),
  ...rule(
    'for-all-values',
    {
      alone: on(
        'aws',
        allow('PutObjectTagging', 'b1a/team/*', {
          'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a'] },
        }),
      ),
    },
    {
      'with Null': on(
        'aws',
        allow('PutObjectTagging', 'b1a/team/*', {
          'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a'] },
          Null: { 's3:RequestObjectTagKeys': 'false' },
        }),
      ),
      'any value': on(
        'aws',
        allow('PutObjectTagging', 'b1a/team/*', {
          'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['a'] },
        }),
      ),
      'in a Deny': on(
        'aws',
        WRITE,
        deny('PutObjectTagging', 'b1a/team/*', {
          'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a'] },
        }),
      ),
    },
  ),
  ...rule(
    'if-exists',
    {
      'in an Allow': on('aws', {
        ...READ,
        Condition: { StringEqualsIfExists: { 'aws:SourceVpce': 'vpce-1' } },
      }),
    },
    {
      plain: on('aws', { ...READ, Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } }),
      'in a Deny': on('aws', READ, {
        ...READ,
        Effect: 'Deny',
        Condition: { StringNotEqualsIfExists: { 'aws:SourceVpce': 'vpce-1' } },
      }),
    },
  ),
  ...rule(
    'not-in-allow',
    { 'in an Allow': on('aws', { ...READ, Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } }) },
    {
      'in a Deny': on('aws', READ, {
        ...READ,
        Effect: 'Deny',
        Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } },
      }),
    },
  ),
  ...rule(
    'deny-needs-key',
    { 'an agent': on('aws', READ, { ...READ, Effect: 'Deny', Condition: agent('StringEquals', 'x') }) },
    {
      'what differs': on('aws', READ, { ...READ, Effect: 'Deny', Condition: agent('StringNotEquals', 'x') }),
      'a key that is always there': on('aws', READ, {
        ...READ,
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      'in an Allow': on('aws', { ...READ, Condition: agent('StringEquals', 'x') }),
    },
  ),
  ...rule(
    'deny-not-on-rgw',
    {
      'what differs': on('rgw', READ, { ...READ, Effect: 'Deny', Condition: agent('StringNotEquals', 'x') }),
    },
    {
      'with IfExists': on('rgw', READ, {
        ...READ,
        Effect: 'Deny',
        Condition: agent('StringNotEqualsIfExists', 'x'),
      }),
      'on AWS': on('aws', READ, { ...READ, Effect: 'Deny', Condition: agent('StringNotEquals', 'x') }),
    },
  ),
  ...rule(
    'set-operator-missing',
    {
      'tag keys': on(
        'aws',
        allow('PutObjectTagging', 'b1a/team/*', { StringEquals: { 's3:RequestObjectTagKeys': 'a' } }),
      ),
    },
    {
      'with one': on(
        'aws',
        allow('PutObjectTagging', 'b1a/team/*', {
          'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': 'a' },
        }),
      ),
      'a key with one value': on('aws', allow('ListBucket', 'b1a', PREFIX)),
    },
  ),
  ...rule(
    'set-operator-needless',
    {
      'a prefix': on('aws', allow('ListBucket', 'b1a', { 'ForAnyValue:StringLike': { 's3:prefix': 'a/*' } })),
    },
    {
      'tag keys': on(
        'aws',
        allow('PutObjectTagging', 'b1a/team/*', {
          'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': 'a' },
        }),
      ),
      plain: on('aws', allow('ListBucket', 'b1a', PREFIX)),
    },
  ),
  ...rule(
    'address',
    { 'an address': on('aws', { ...READ, Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } }) },
    { 'an endpoint': on('aws', { ...READ, Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } }) },
  ),
  ...rule(
    'time',
    {
      'a date': on('aws', {
        ...READ,
        Condition: { DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } },
      }),
    },
    {
      'the issue of the session': on('aws', {
        ...READ,
        Condition: { DateGreaterThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' } },
      }),
    },
  ),
  ...rule(
    'statement-twice',
    {
      'the same': of(READ, READ),
      'in another order': of(
        allow('GetObject PutObject', 'b1a/x/*'),
        allow('PutObject GetObject', 'b1a/x/*'),
      ),
    },
    { another: of(READ, WRITE), 'the same and denied': of(READ, { ...READ, Effect: 'Deny' }) },
  ),
  ...rule(
    'statement-covered',
    { 'a narrower one': of(allow('GetObject', 'b1a/*'), READ) },
    { 'beside it': of(READ, allow('GetObject', 'b1a/other/*')), 'the same': of(READ, READ) },
  ),
  ...rule(
    'entry-covered',
    {
      'a resource': of(allow('GetObject', 'b1a/* b1a/x/*')),
      'an action': of(allow('GetObject* GetObjectTagging', 'b1a/x/*')),
    },
    { 'two of each': of(allow('GetObject PutObject', 'b1a/x/* b1a/y/*')) },
  ),
  ...rule(
    'deny-in-part',
    { 'a pattern': of(allow('GetObject*', 'b1a/team/*'), deny('GetObject', 'b1a/team/*')) },
    {
      'the whole pattern': of(allow('GetObject*', 'b1a/team/*'), deny('GetObject*', 'b1a/team/x/*')),
      names: of(READ, deny('GetObject', 'b1a/team/x/*')),
    },
  ),
  ...rule(
    'pattern-half-empty',
    { 'Get* on objects': on('aws', allow('Get*', 'b1a/team/*')) },
    {
      'both resources': on('aws', allow('Get*', 'b1a b1a/team/*')),
      'one kind': on('aws', allow('GetObject*', 'b1a/team/*')),
      'on MinIO, where it is refused': of(allow('GetObject*', 'b1a/team/*')),
    },
  ),
  ...rule(
    'deny-by-condition-alone',
    { 'on MinIO': of(READ, { ...READ, Effect: 'Deny', Condition: agent('StringEquals', 'x') }) },
    {
      unconditional: of(READ, deny('GetObject', 'b1a/team/x/*')),
      'on AWS': on('aws', READ, {
        ...READ,
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    },
  ),
  ...rule(
    'policy-unused',
    { 'nobody pins it': { ...of(READ), policies: { 'q@1': [READ] } } },
    { 'a role pins it': of(READ) },
  ),
  ...rule(
    'deny-misses',
    {
      'another prefix': of(READ, deny('GetObject', 'b1a/other/*')),
      'another action': of(READ, deny('PutObject', 'b1a/team/*')),
    },
    {
      'it meets': of(READ, deny('GetObject', 'b1a/team/x/*')),
      'it meets another policy of the role': {
        ...of(READ, deny('PutObject', 'b1a/team/x/*')),
        policies: { 'q@1': [WRITE] },
        role: { policies: [{ use: 'p@1' }, { use: 'q@1' }] },
      },
    },
  ),
  ...rule(
    'allow-denied',
    { whole: of(READ, WRITE, deny('GetObject', 'b1a/*')) },
    { 'in part': of(READ, WRITE, deny('GetObject', 'b1a/team/x/*')) },
  ),
  ...rule(
    'policy-needless',
    {
      'the others say it': {
        ...of(allow('GetObject', 'b1a/*')),
        policies: { 'q@1': [READ] },
        role: { policies: [{ use: 'p@1' }, { use: 'q@1' }] },
      },
    },
    {
      'it adds': {
        ...of(READ),
        policies: { 'q@1': [WRITE] },
        role: { policies: [{ use: 'p@1' }, { use: 'q@1' }] },
      },
    },
  ),
  ...rule(
    'policy-superseded',
    { 'a newer one stands': { ...of(READ), policies: { 'p@2': [WRITE] } } },
    { 'another policy': { ...of(READ), policies: { 'q@2': [WRITE] } } },
  ),
  ...rule(
    'lives-with',
    {
      'a condition': {
        ...of(READ, allow('ListBucket', 'b1a', PREFIX)),
        role: { accept: ['condition_forgeable'] },
      },
    },
    {
      'nothing accepted': of(READ),
      'accepted and not there': { ...of(READ), role: { accept: ['condition_forgeable'] } },
    },
  ),
  ...rule(
    'accept-needless',
    { 'nothing of it': { ...of(READ), role: { accept: ['condition_forgeable'] } } },
    {
      'it is there': {
        ...of(READ, allow('ListBucket', 'b1a', PREFIX)),
        role: { accept: ['condition_forgeable'] },
      },
    },
  ),
  ...rule(
    'size-near-limit',
    {
      'nearly full': holes(
        of(allow('GetObject', 'b1a/{{p}}/* b1a/x/{{p}}')),
        { p: { type: 'path', maxBytes: 900 } },
        { p: 'repository' },
      ),
    },
    { small: of(READ) },
  ),
  ...rule(
    'packed-size',
    {
      'half of it': holes(
        on('aws', allow('GetObject', 'b1a/{{p}}/*')),
        { p: { type: 'path', maxBytes: 1000 } },
        { p: 'repository' },
      ),
    },
    {
      small: on('aws', READ),
      'on MinIO, which packs nothing': holes(
        of(allow('GetObject', 'b1a/{{p}}/*')),
        { p: { type: 'path', maxBytes: 1000 } },
        { p: 'repository' },
      ),
    },
  ),
  ...rule(
    'lifetime-long',
    { 'half a day': { ...of(READ), role: { lifetime: { default: '1h', max: '12h' } } } },
    { 'four hours': { ...of(READ), role: { lifetime: { default: '1h', max: '4h' } } } },
  ),
  ...rule(
    'claim-chosen',
    { 'a branch first': holes(of(allow('GetObject', 'b1a/{{r}}/*')), { r: 'path' }, { r: 'ref' }) },
    {
      'an id': holes(of(allow('GetObject', 'b1a/{{r}}/*')), { r: 'segment' }, { r: 'repository_id' }),
      'an id before it': holes(
        of(allow('GetObject', 'b1a/{{i}}/{{r}}/*')),
        { i: 'segment', r: 'path' },
        { i: 'repository_id', r: 'ref' },
      ),
    },
  ),
  ...rule(
    'path-nests',
    {
      'a path of groups': holes(
        of(allow('GetObject', 'b1a/{{g}}/*')),
        { g: 'path' },
        { g: 'namespace_path' },
      ),
    },
    {
      'a repository': holes(of(allow('GetObject', 'b1a/{{g}}/*')), { g: 'path' }, { g: 'repository' }),
      'ended by a segment': holes(
        of(allow('GetObject', 'b1a/{{g}}/_/*')),
        { g: 'path' },
        { g: 'namespace_path' },
      ),
      'a segment': holes(of(allow('GetObject', 'b1a/{{g}}/*')), { g: 'segment' }, { g: 'namespace_path' }),
    },
  ),
  ...rule(
    'roles-collide',
    {
      'two claims in one place': {
        ...holes(of(allow('GetObject', 'b1a/{{a}}/*')), { a: 'path' }, { a: 'repository' }),
        roles: { b: { policies: [{ use: 'p@1', with: { a: { claim: ['project_path'] } } }] } },
      },
      'a fixed place beside a claim': {
        ...holes(of(allow('GetObject', 'b1a/{{a}}/*')), { a: 'segment' }, { a: 'sub' }),
        policies: { 'q@1': [allow('GetObject', 'b1a/shared/*')] },
        roles: { b: { policies: [{ use: 'q@1' }] } },
      },
    },
    {
      'the same place': {
        ...holes(of(allow('GetObject', 'b1a/{{a}}/*')), { a: 'path' }, { a: 'repository' }),
        roles: { b: {} },
      },
      'places of their own': {
        ...holes(of(allow('GetObject', 'b1a/gh/{{a}}/*')), { a: 'path' }, { a: 'repository' }),
        policies: { 'q@1': [allow('GetObject', 'b1a/gl/shared/*')] },
        roles: { b: { policies: [{ use: 'q@1' }] } },
      },
      'two stores': {
        ...holes(of(allow('GetObject', 'b1a/{{a}}/*')), { a: 'path' }, { a: 'repository' }),
        roles: {
          b: { target: 'other', policies: [{ use: 'p@1', with: { a: { claim: ['project_path'] } } }] },
        },
      },
    },
  ),
]
