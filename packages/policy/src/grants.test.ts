import { expect, test } from 'vitest'
import { DIALECTS } from './dialects/dialects.ts'
import type { Statement } from './document.ts'
import { grantsOf } from './grants.ts'

const allow = (Action: readonly string[], Resource: readonly string[]): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
})
const deny = (Action: readonly string[], Resource: readonly string[]): Statement => ({
  ...allow(Action, Resource),
  Effect: 'Deny',
})
const OBJECTS = 'arn:aws:s3:::artifacts/{{prefix}}/*'
const BUCKET = 'arn:aws:s3:::artifacts'

test('each action stands with the resources of its kind, by name', () => {
  const statements = [allow(['s3:GetObject', 's3:ListBucket'], [OBJECTS, BUCKET])]
  expect(grantsOf(statements, DIALECTS.aws)).toEqual([
    { action: 's3:GetObject', resources: [OBJECTS] },
    { action: 's3:ListBucket', resources: [BUCKET] },
  ])
})

test('a pattern is all the actions of the table that it matches', () => {
  const names = grantsOf([allow(['s3:Delete*'], [OBJECTS])], DIALECTS.minio).map(({ action }) => action)
  expect(names).toEqual([
    's3:DeleteObject',
    's3:DeleteObjectTagging',
    's3:DeleteObjectVersion',
    's3:DeleteObjectVersionTagging',
  ])
})

test('what is named in two statements stands once, with the resources of both', () => {
  const other = 'arn:aws:s3:::other/*'
  const statements = [allow(['s3:GetObject'], [OBJECTS]), allow(['s3:Get*'], [other, OBJECTS])]
  const found = grantsOf(statements, DIALECTS.minio).find(({ action }) => action === 's3:GetObject')
  expect(found?.resources).toEqual([OBJECTS, other])
})

test('a Deny takes away what it covers whole, and a Deny with a condition nothing', () => {
  const statements = [allow(['s3:GetObject', 's3:PutObject'], [OBJECTS])]
  const of = (denied: Statement) =>
    grantsOf([...statements, denied], DIALECTS.minio).map(({ action }) => action)
  expect(of(deny(['s3:PutObject'], ['arn:aws:s3:::artifacts/*']))).toEqual(['s3:GetObject'])
  expect(of(deny(['s3:PutObject'], ['arn:aws:s3:::artifacts/x/*']))).toEqual(['s3:GetObject', 's3:PutObject'])
  const Condition = { StringEquals: { 's3:prefix': ['a'] } }
  expect(of({ ...deny(['s3:PutObject'], ['arn:aws:s3:::artifacts/*']), Condition })).toHaveLength(2)
})

test('an action that an open table does not know stands by its own name', () => {
  const statements = [allow(['s3:SomethingNew'], [OBJECTS])]
  expect(grantsOf(statements, DIALECTS.aws)).toEqual([{ action: 's3:SomethingNew', resources: [OBJECTS] }])
  expect(grantsOf(statements, DIALECTS.minio)).toEqual([])
})
