type Statement = Readonly<Record<string, unknown>>

const policy = (...Statement: readonly Statement[]) => ({ Version: '2012-10-17', Statement })
const allow = (Action: unknown, Resource: unknown, more: Statement = {}) =>
  policy({ Effect: 'Allow', Action, Resource, ...more })
const arn = (path: string) => `arn:aws:s3:::${path}`
/** A variable as a policy writes it. */
const variable = (name: string) => `$${'{'}${name}}`

/** A policy that a real MinIO takes, and what an import makes of it. */
export type ZooPolicy = {
  readonly name: string
  readonly document: object
  /** The codes for which it is left out; null where it is written. */
  readonly leftOut: string | null
}

const ALL_OBJECTS = Array.from({ length: 60 }, (_, nth) => arn(`bucket-${nth}/some/long/prefix/of/a/team/*`))

export const ZOO: readonly ZooPolicy[] = [
  { name: 'read-reports', document: allow(['s3:GetObject'], [arn('reports/*')]), leftOut: null },
  {
    name: 'Team.Reports_RW',
    document: allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [arn('reports/team/*')]),
    leftOut: null,
  },
  { name: 'team-reports-rw', document: allow(['s3:GetObject'], [arn('reports/other/*')]), leftOut: null },
  {
    name: 'mixed',
    document: allow(
      ['s3:GetObject', 's3:ListBucket', 's3:GetBucketLocation'],
      [arn('reports'), arn('reports/*')],
    ),
    leftOut: null,
  },
  { name: 'everything-in-one', document: allow(['s3:*'], [arn('scratch/*')]), leftOut: null },
  { name: 'list-by-star', document: allow(['s3:ListBucket'], [arn('reports/*')]), leftOut: null },
  { name: 'slash-bucket', document: allow(['s3:ListBucket'], [arn('reports/')]), leftOut: null },
  {
    name: 'home',
    document: allow(['s3:*Object'], [arn(`home/${variable('aws:username')}/*`)]),
    leftOut: null,
  },
  {
    name: 'own-bucket',
    document: allow(
      ['s3:ListBucket', 's3:GetObject'],
      [arn(variable('jwt:preferred_username')), arn(`${variable('jwt:preferred_username')}/*`)],
    ),
    leftOut: null,
  },
  {
    name: 'with-deny',
    document: policy(
      { Sid: 'A1', Effect: 'Allow', Action: ['s3:GetObject'], Resource: [arn('reports/*')] },
      { Effect: 'Deny', Action: ['s3:GetObject'], Resource: [arn('reports/secret/*')] },
    ),
    leftOut: null,
  },
  { name: 'list-all', document: allow(['s3:ListAllMyBuckets'], [arn('*')]), leftOut: null },
  {
    name: 'odd-sid',
    document: allow(['s3:GetObject'], [arn('reports/*')], { Sid: 'not a sid' }),
    leftOut: null,
  },
  {
    name: 'with-id',
    document: { Id: 'an-id', ...allow(['s3:GetObject'], [arn('reports/*')]) },
    leftOut: null,
  },
  {
    name: 'prefix-condition',
    document: allow(['s3:ListBucket'], [arn('reports')], {
      Condition: { StringLike: { 's3:prefix': [`${variable('aws:username')}/*`] } },
    }),
    leftOut: null,
  },
  {
    name: 'ip-condition',
    document: allow(['s3:GetObject'], [arn('reports/*')], {
      Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } },
    }),
    leftOut: null,
  },
  {
    name: 'principal-ignored',
    document: policy({
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject'],
      Resource: [arn('reports/*')],
    }),
    leftOut: null,
  },
  { name: 'unicode-key', document: allow(['s3:GetObject'], [arn('reports/grün/*')]), leftOut: null },
  { name: 'everything', document: allow(['s3:*'], [arn('*')]), leftOut: 'resource_bucket' },
  { name: 'bucket-glob', document: allow(['s3:GetObject'], [arn('team-*/*')]), leftOut: 'resource_bucket' },
  { name: 'admin', document: allow(['admin:*'], [arn('*')]), leftOut: 'action_service' },
  { name: 'kms', document: policy({ Effect: 'Allow', Action: ['kms:ListKeys'] }), leftOut: 'action_service' },
  { name: 'bare-star', document: allow(['*'], [arn('reports/*')]), leftOut: 'action_star' },
  {
    name: 'not-resource',
    document: policy({ Effect: 'Allow', Action: ['s3:GetObject'], NotResource: [arn('reports/*')] }),
    leftOut: 'element_unsupported',
  },
  {
    name: 'question-mark',
    document: allow(['s3:GetObject'], [arn('reports/20??/*')]),
    leftOut: 'resource_character',
  },
  {
    name: 'cyrillic',
    document: allow(['s3:GetObject'], [arn('reports/отчёты/*')]),
    leftOut: 'resource_character',
  },
  {
    name: 'groups-variable',
    document: allow(['s3:GetObject'], [arn(`reports/${variable('aws:groups')}/*`)]),
    leftOut: 'policy_variable',
  },
  {
    name: 'half-a-bucket',
    document: allow(['s3:GetObject'], [arn(`${variable('aws:username')}-data/*`)]),
    leftOut: 'resource_bucket',
  },
  {
    name: 'our-braces',
    document: allow(['s3:GetObject'], [arn(`reports/{{username}}/${variable('aws:username')}/*`)]),
    leftOut: 'placeholder_syntax',
  },
  {
    name: 'huge',
    document: policy(
      ...ALL_OBJECTS.map((Resource, nth) => ({
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
          's3:GetObjectTagging',
          's3:PutObjectTagging',
        ],
        Resource: [Resource, arn(`bucket-${nth}/again/*`)],
      })),
    ),
    leftOut: 'policy_too_large',
  },
  { name: 'dead', document: allow(['s3:ListBucket'], [arn('reports/x/*')]), leftOut: 'action_resource_kind' },
  {
    name: 'only-deny',
    document: policy({ Effect: 'Deny', Action: ['s3:GetObject'], Resource: [arn('reports/*')] }),
    leftOut: 'allows_nothing',
  },
  { name: '__proto__', document: allow(['s3:GetObject'], [arn('reports/proto/*')]), leftOut: null },
  { name: 'null', document: allow(['s3:GetObject'], [arn('reports/null/*')]), leftOut: null },
  { name: '- "x": # {y}', document: allow(['s3:GetObject'], [arn('reports/yaml/*')]), leftOut: null },
  { name: 'отчёты', document: allow(['s3:GetObject'], [arn('reports/named/*')]), leftOut: null },
]
