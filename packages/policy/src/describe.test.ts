import { expect, test } from 'vitest'
import { DIALECTS, describePolicy, type Statement } from './index.ts'

const ARN = 'arn:aws:s3:::'
const read = (Condition: Statement['Condition'], more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: ['s3:GetObject'],
  Resource: [`${ARN}b1a/x/*`],
  ...(Condition === undefined ? {} : { Condition }),
  ...more,
})
const list = (Condition: Statement['Condition']) =>
  read(Condition, { Action: ['s3:ListBucket'], Resource: [`${ARN}b1a`] })

/** What a reader of a plan is told, word for word: each row is a form that must never be lost in the telling. */
const ROWS: readonly (readonly [says: string, statement: Statement, dialect?: keyof typeof DIALECTS])[] = [
  ['read b1a/x/*', read(undefined)],
  [
    'list all buckets of the whole store',
    read(undefined, { Action: ['s3:ListAllMyBuckets'], Resource: [`${ARN}*`] }),
  ],
  [
    'write, upload in parts and s3:PutObjectRetention a/* and b/*',
    read(undefined, {
      Action: [
        's3:PutObjectRetention',
        's3:PutObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      Resource: [`${ARN}a/*`, `${ARN}b/*`],
    }),
  ],
  ['never read b1a/x/*', read(undefined, { Effect: 'Deny' })],
  [
    'never read b1a/x/*, if TLS is off',
    read({ Bool: { 'aws:SecureTransport': ['false'] } }, { Effect: 'Deny' }),
  ],
  [
    'list bucket b1a, if the prefix listed is like a/* or nothing',
    list({ StringLike: { 's3:prefix': ['a/*', ''] } }),
  ],
  [
    'list bucket b1a, if the prefix listed is like a/* (the caller answers s3:prefix itself)',
    list({ StringLike: { 's3:prefix': ['a/*'] } }),
    'minio',
  ],
  [
    'list bucket b1a, if the prefix listed is like a/*',
    list({ StringLike: { 's3:prefix': ['a/*'] } }),
    'aws',
  ],
  [
    'read b1a/x/*, if the caller’s address is not in 203.0.113.0/24 nor 198.51.100.0/24',
    read({ NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '198.51.100.0/24'] } }),
  ],
  [
    'read b1a/x/*, if the time is before 2027-01-01T00:00:00Z and TLS is on',
    read({
      DateLessThan: { 'aws:CurrentTime': ['2027-01-01T00:00:00Z'] },
      Bool: { 'aws:SecureTransport': ['true'] },
    }),
  ],
  [
    'list bucket b1a, if the number of keys asked for is at most 10',
    list({ NumericLessThanEquals: { 's3:max-keys': ['10'] } }),
  ],
  [
    'read b1a/x/*, if the VPC endpoint is vpce-1 or is not there',
    read({ StringEqualsIfExists: { 'aws:SourceVpce': ['vpce-1'] } }),
  ],
  ['read b1a/x/*, if the VPC endpoint is not there', read({ Null: { 'aws:SourceVpce': ['true'] } })],
  ['read b1a/x/*, if the VPC endpoint is there', read({ Null: { 'aws:SourceVpce': ['false'] } })],
  [
    'read b1a/x/*, if any of aws:TagKeys is a or b',
    read({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }),
  ],
  [
    'read b1a/x/*, if all of aws:TagKeys is a or is not there',
    read({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }),
  ],
  [
    'read b1a/x/*, if s3:ExistingObjectTag/team is {{team}}',
    read({ StringEquals: { 's3:ExistingObjectTag/team': ['{{team}}'] } }),
  ],
  ['read b1a/x/*, if aws:UserAgent StringMaybe x', read({ StringMaybe: { 'aws:UserAgent': ['x'] } })],
  ['s3:GetObject* (9 actions) b1a/x/*', read(undefined, { Action: ['s3:GetObject*'] }), 'minio'],
  [
    'do everything in bucket b1a and b1a/*',
    read(undefined, { Action: ['s3:*'], Resource: [`${ARN}b1a`, `${ARN}b1a/*`] }),
    'aws',
  ],
  ['delete for good versions of b1a/x/*', read(undefined, { Action: ['s3:DeleteObjectVersion'] })],
  [
    'decrypt with the key k-1',
    read(undefined, { Action: ['kms:Decrypt'], Resource: ['arn:aws:kms:eu-west-1:111122223333:key/k-1'] }),
  ],
]

test.each(ROWS.map(([says, statement, dialect]) => ({ says, statement, dialect })))(
  'says: $says',
  ({ says, statement, dialect }) => {
    expect(describePolicy([statement], dialect === undefined ? null : DIALECTS[dialect])).toEqual([says])
  },
)
