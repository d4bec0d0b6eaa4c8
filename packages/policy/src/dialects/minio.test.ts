import { expect, test } from 'vitest'
import STATEMENTS from '../corpus/minio-statements.json' with { type: 'json' }
import { compileSessionPolicy, DIALECTS } from '../index.ts'

const ACTIONS = DIALECTS.minio.actions
const PLACEHOLDERS = { b: 'bucket', s: 'segment', p: 'path', t: 'string' } as const
const ALLOW = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b1a/*' }

/** The statement beside one that allows something, with the placeholders that it names. */
function compile(statement: object, accept: readonly string[] = []) {
  const text = JSON.stringify(statement)
  const named = Object.entries(PLACEHOLDERS).filter(([name]) => text.includes(`{{${name}}}`))
  return compileSessionPolicy({
    dialect: 'minio',
    accept,
    parts: [
      {
        document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }, ALLOW] },
        placeholders: Object.fromEntries(named),
        with: Object.fromEntries(named.map(([name]) => [name, { claim: [name] }])),
        path: '$',
      },
    ],
  })
}

test.each(STATEMENTS)('says what is wrong with $name', ({ statement, expect: wanted }) => {
  const { diagnostics } = compile(statement)
  expect(diagnostics.map(({ code }) => code)).toEqual(wanted)
  expect(diagnostics.filter(({ path }) => !path.startsWith('$.Statement[0]'))).toEqual([])
})

test('a forgeable condition is the only thing that a role can accept', () => {
  for (const { statement, expect: wanted } of STATEMENTS) {
    const result = compile(statement, ['condition_forgeable'])
    expect(result.ok).toBe(wanted.every((code) => code === 'condition_forgeable'))
  }
})

test('knows the 59 actions of community MinIO: 26 of objects, 31 of buckets, 2 of the whole store', () => {
  const kinds = [...ACTIONS.kinds.values()]
  expect(kinds.filter((kind) => kind === 'object')).toHaveLength(26)
  expect(kinds.filter((kind) => kind === 'bucket')).toHaveLength(31)
  expect(kinds.filter((kind) => kind === 'service')).toHaveLength(2)
})

test('gives each action its own condition keys, and an unknown one none', () => {
  expect(ACTIONS.keysOf('s3:ListBucket')).toContain('s3:prefix')
  expect(ACTIONS.keysOf('s3:ListBucketMultipartUploads')).toEqual([])
  expect(ACTIONS.keysOf('s3:PutObject')).not.toContain('s3:ExistingObjectTag')
  expect(ACTIONS.keysOf('s3:Nope')).toEqual([])
})

const resources = {
  object: 'arn:aws:s3:::b1a/*',
  bucket: 'arn:aws:s3:::b1a',
  service: 'arn:aws:s3:::*',
} as const
const pairs = [...ACTIONS.kinds].flatMap(([Action, kind]) =>
  (['object', 'bucket', 'service'] as const).map((other) => ({ Action, kind, other })),
)

test('takes every action with a resource of its kind and with no other', () => {
  const wrong = pairs.filter(
    ({ Action, kind, other }) => compile({ Action, Resource: resources[other] }).ok !== (kind === other),
  )
  expect(wrong).toEqual([])
})
