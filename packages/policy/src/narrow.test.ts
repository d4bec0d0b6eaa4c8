import { expect, test } from 'vitest'
import type { Diagnostic, DialectName, Statement } from './index.ts'
import { DIALECTS, narrow, POLICY_VERSION, parsePolicy } from './index.ts'

const ARN = 'arn:aws:s3:::'
type Said = Partial<Record<'Effect' | 'Action' | 'Resource' | 'Condition', unknown>>
const READ: Said = { Action: ['s3:GetObject', 's3:PutObject'], Resource: `${ARN}b1a/team/*` }
const LIST: Said = { Action: 's3:ListBucket', Resource: `${ARN}b1a` }
const PREFIX = { StringLike: { 's3:prefix': ['team/*'] } }

function documentOf(statements: readonly Said[]) {
  const Statement = statements.map((one) => ({ Effect: 'Allow', ...one }))
  const parsed = parsePolicy({ Version: POLICY_VERSION, Statement })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  return parsed.value
}

type Row = {
  readonly name: string
  readonly dialect?: DialectName
  readonly accept?: readonly string[]
  readonly role?: readonly Said[]
  readonly asked: readonly Said[]
} & (
  | { readonly expect: readonly (Partial<Statement> & { readonly Effect?: 'Allow' | 'Deny' })[] }
  | { readonly refused: readonly [code: Diagnostic['code'], path: string][] }
)

const ROWS: readonly Row[] = [
  {
    name: 'one prefix below that of the role',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/x/*` }],
    expect: [{ Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/x/*`] }],
  },
  {
    name: 'more than the role gives, of which the rest is what it gives',
    asked: [{ Action: 's3:*', Resource: '*' }],
    expect: [{ Action: ['s3:GetObject', 's3:PutObject'], Resource: [`${ARN}b1a/team/*`] }],
  },
  {
    name: 'actions of other services beside',
    asked: [{ Action: ['s3:GetObject', 'sqs:SendMessage', 's3:GetObjectAcl'], Resource: '*' }],
    expect: [{ Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/*`] }],
  },
  {
    name: 'both kinds in one statement, as everybody writes it for AWS',
    role: [READ, LIST],
    asked: [{ Action: ['s3:GetObject', 's3:ListBucket'], Resource: [`${ARN}b1a`, `${ARN}b1a/*`] }],
    expect: [
      { Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/*`] },
      { Action: ['s3:ListBucket'], Resource: [`${ARN}b1a`] },
    ],
  },
  {
    name: 'an ending within the prefix of the role',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/*.txt` }],
    expect: [{ Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/*.txt`] }],
  },
  {
    name: 'a listing on the objects, which AWS reads as nothing',
    role: [LIST],
    asked: [{ Action: 's3:ListBucket', Resource: `${ARN}b1a/*` }],
    refused: [['narrow_nothing', '$']],
  },
  {
    name: 'another bucket',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1b/*` }],
    refused: [['narrow_nothing', '$']],
  },
  {
    name: 'a Deny alone, which would be nothing and must never be all',
    asked: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }],
    refused: [['narrow_nothing', '$']],
  },
  {
    name: 'a Deny of everything that it allows',
    asked: [
      { Action: 's3:*', Resource: '*' },
      { Effect: 'Deny', Action: '*', Resource: '*' },
    ],
    refused: [['narrow_nothing', '$']],
  },
  {
    name: 'a Deny within, for the kinds and actions that are there',
    asked: [
      { Action: 's3:*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', Resource: `${ARN}b1a/team/secret/*` },
    ],
    expect: [
      { Action: ['s3:GetObject', 's3:PutObject'], Resource: [`${ARN}b1a/team/*`] },
      { Effect: 'Deny', Action: ['s3:GetObject', 's3:PutObject'], Resource: [`${ARN}b1a/team/secret/*`] },
    ],
  },
  {
    name: 'a Deny that meets nothing',
    asked: [
      { Action: 's3:GetObject', Resource: '*' },
      { Effect: 'Deny', Action: 's3:GetObject', Resource: `${ARN}b1b/*` },
    ],
    expect: [{ Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/*`] }],
  },
  {
    name: 'a role with a Deny keeps it',
    role: [READ, { Effect: 'Deny', Action: 's3:PutObject', Resource: `${ARN}b1a/team/keep/*` }],
    asked: [{ Action: 's3:PutObject', Resource: `${ARN}b1a/team/*` }],
    expect: [
      { Action: ['s3:PutObject'], Resource: [`${ARN}b1a/team/*`] },
      { Effect: 'Deny', Action: ['s3:PutObject'], Resource: [`${ARN}b1a/team/keep/*`] },
    ],
  },
  {
    name: 'a role with a Deny that the narrowed meets no more',
    role: [READ, { Effect: 'Deny', Action: 's3:PutObject', Resource: `${ARN}b1a/team/keep/*` }],
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/*` }],
    expect: [{ Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/*`] }],
  },
  {
    name: 'actions in another case, which AWS reads alike',
    asked: [{ Action: ['S3:getobject', 's3:put*'], Resource: `${ARN}b1a/team/x` }],
    expect: [{ Action: ['s3:GetObject', 's3:PutObject'], Resource: [`${ARN}b1a/team/x`] }],
  },
  {
    name: 'versions on MinIO, which are the object as well',
    role: [{ Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: `${ARN}b1a/*` }],
    asked: [{ Action: 's3:GetObjectVersion', Resource: `${ARN}b1a/*` }],
    refused: [['narrow_action', '$.Statement[0]']],
  },
  {
    name: 'versions on AWS',
    dialect: 'aws',
    role: [{ Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: `${ARN}b1a/*` }],
    asked: [{ Action: 's3:GetObjectVersion', Resource: `${ARN}b1a/*` }],
    expect: [{ Action: ['s3:GetObjectVersion'], Resource: [`${ARN}b1a/*`] }],
  },
  {
    name: 'a star in the middle of both',
    role: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/*/x` }],
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/a*x` }],
    refused: [['narrow_resource', '$.Statement[0]']],
  },
  {
    name: 'a condition of its own, where the role lives with forgeable ones',
    accept: ['condition_forgeable'],
    role: [LIST],
    asked: [{ ...LIST, Condition: PREFIX }],
    expect: [{ Action: ['s3:ListBucket'], Resource: [`${ARN}b1a`], Condition: PREFIX }],
  },
  {
    name: 'a condition that the caller itself could answer',
    role: [LIST],
    asked: [LIST, { ...LIST, Condition: PREFIX }],
    refused: [['condition_forgeable', '$.Statement[1]']],
  },
  {
    name: 'the same condition on AWS, where it holds',
    dialect: 'aws',
    role: [LIST],
    asked: [{ ...LIST, Condition: PREFIX }],
    expect: [{ Action: ['s3:ListBucket'], Resource: [`${ARN}b1a`], Condition: PREFIX }],
  },
  {
    name: 'a prefix below that of the role',
    dialect: 'aws',
    role: [{ ...LIST, Condition: PREFIX }],
    asked: [{ ...LIST, Condition: { StringLike: { 's3:prefix': ['team/x/*', 'other/*'] } } }],
    expect: [
      {
        Action: ['s3:ListBucket'],
        Resource: [`${ARN}b1a`],
        Condition: { StringLike: { 's3:prefix': ['team/x/*'] } },
      },
    ],
  },
  {
    name: 'a prefix that the role denies, as nobody could list it',
    dialect: 'aws',
    role: [{ ...LIST, Condition: PREFIX }],
    asked: [{ ...LIST, Condition: { StringLike: { 's3:prefix': ['other/*'] } } }],
    refused: [['narrow_nothing', '$']],
  },
  {
    name: 'two bounds on one number',
    dialect: 'aws',
    role: [{ ...LIST, Condition: { NumericLessThan: { 's3:max-keys': '10' } } }],
    asked: [{ ...LIST, Condition: { NumericLessThan: { 's3:max-keys': '20' } } }],
    refused: [['narrow_condition', '$.Statement[0]']],
  },
  {
    name: 'a condition key of no action',
    dialect: 'aws',
    asked: [{ ...READ, Condition: { StringEquals: { 's3:nonsense': 'x' } } }],
    refused: [['condition_key', '$.Statement[0]']],
  },
  {
    name: 'a Deny of what differs on RGW, which lets a missing key pass',
    dialect: 'rgw',
    accept: ['condition_forgeable'],
    asked: [READ, { ...READ, Effect: 'Deny', Condition: { StringNotEquals: { 'aws:UserAgent': 'x' } } }],
    refused: [['narrow_condition', '$.Statement[1]']],
  },
  {
    name: 'a question mark on MinIO, where it is a byte',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/a?` }],
    refused: [['resource_character', '$.Statement[0]']],
  },
  {
    name: 'a question mark on AWS',
    dialect: 'aws',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/a?` }],
    expect: [{ Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/a?`] }],
  },
  {
    name: 'an escaped star on AWS',
    dialect: 'aws',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/\${*}/x` }],
    expect: [{ Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/\${*}/x`] }],
  },
  {
    name: 'an escaped star on MinIO, which has none',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/\${*}/x` }],
    refused: [['resource_character', '$.Statement[0]']],
  },
  {
    name: 'a policy variable, which the store would fill in',
    dialect: 'aws',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/\${aws:username}/*` }],
    refused: [['policy_variable', '$.Statement[0]']],
  },
  {
    name: 'a placeholder of ours',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/{{x}}/*` }],
    refused: [['placeholder_syntax', '$.Statement[0]']],
  },
  {
    name: 'a character that cannot be written',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/\u0141` }],
    refused: [['resource_character', '$.Statement[0]']],
  },
  {
    name: 'a path that MinIO would clean',
    asked: [{ Action: 's3:GetObject', Resource: `${ARN}b1a/team/../x` }],
    refused: [['resource_segment', '$.Statement[0]']],
  },
  {
    name: 'an ARN of something else',
    asked: [{ Action: 's3:GetObject', Resource: 'arn:aws:sqs:eu:1:q' }],
    refused: [['resource_arn', '$.Statement[0].Resource[0]']],
  },
  {
    name: 'more than the target takes',
    asked: Array.from({ length: 16 }, (_, at) => ({
      Action: 's3:GetObject',
      Resource: [1, 2].map((one) => `${ARN}b1a/team/${at}/${one}${'x'.repeat(60)}`),
    })),
    refused: [['policy_too_large', '$']],
  },
  {
    name: 'more statements than are held against a role',
    asked: Array.from({ length: 17 }, () => READ),
    refused: [['narrow_too_many', '$']],
  },
  {
    name: 'more entries than are held against a role',
    asked: [{ ...READ, Resource: Array.from({ length: 64 }, (_, at) => `${ARN}b1a/team/${at}`) }],
    refused: [['narrow_too_many', '$']],
  },
  {
    name: 'many statements that are one',
    asked: Array.from({ length: 16 }, () => ({
      Action: 's3:GetObject',
      Resource: `${ARN}b1a/team/${'x'.repeat(60)}`,
    })),
    expect: [{ Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/${'x'.repeat(60)}`] }],
  },
  {
    name: 'a key of KMS that the role names',
    dialect: 'aws',
    role: [READ, { Action: 'kms:Decrypt', Resource: 'arn:aws:kms:eu-west-1:111122223333:key/k-1' }],
    asked: [{ Action: ['s3:GetObject', 'kms:*'], Resource: '*' }],
    expect: [
      { Action: ['s3:GetObject'], Resource: [`${ARN}b1a/team/*`] },
      { Action: ['kms:Decrypt'], Resource: ['arn:aws:kms:eu-west-1:111122223333:key/k-1'] },
    ],
  },
]

test.each(ROWS)('$name', (row) => {
  const { dialect = 'minio', accept = [], role = [READ], asked } = row
  const result = narrow(documentOf(role), documentOf(asked), { dialect: DIALECTS[dialect], accept })
  if ('refused' in row) {
    expect(result.diagnostics.map(({ code, path }) => [code, path])).toEqual(row.refused)
    expect(result.ok).toBe(false)
  } else {
    expect(result.diagnostics).toEqual([])
    expect(result.ok && result.value.Statement).toEqual(
      row.expect.map((one) => ({ Effect: 'Allow', ...one })),
    )
  }
})
