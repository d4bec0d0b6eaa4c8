import { DIALECTS } from '@stint/policy'
import { describe, expect, test } from 'vitest'
import { deedsOf, policyChanges } from './action-deeds.ts'

const READS = { writes: false, deletes: false }
const WRITES = { writes: true, deletes: false }
const DELETES = { writes: false, deletes: true }
const BOTH = { writes: true, deletes: true }

test.each([
  ['s3:GetObject', READS],
  ['s3:G*', READS],
  ['S3:LISTBUCKET', READS],
  ['kms:Decrypt', READS],
  ['s3:PutObject', WRITES],
  ['s3:P*', WRITES],
  ['s3:R*', BOTH],
  ['s3:?utObject', WRITES],
  ['s3:UpdateObjectEncryption', WRITES],
  ['s3:PauseReplication', WRITES],
  ['s3:SomethingThatComesNextYear', WRITES],
  ['s3:DeleteObject', DELETES],
  ['s3:De*', DELETES],
  ['s3:F*', DELETES],
  ['s3:ForceDeleteBucket', DELETES],
  ['s3:BypassGovernanceRetention', DELETES],
  ['s3:ReplicateDelete', BOTH],
  ['s3:*Object', BOTH],
  ['s3:*', BOTH],
  ['*', BOTH],
])('what %s may do: %o', (action, expected) => {
  expect(deedsOf([action])).toEqual(expected)
})

describe.each(Object.values(DIALECTS))('the actions of $name', ({ actions }) => {
  const names = [...actions.kinds.keys()]

  test('change nothing exactly where they get, list, or use a key', () => {
    const reading = names.filter((name) => Object.values(deedsOf([name])).every((does) => !does))
    expect(reading).toEqual(names.filter((name) => /^(s3:(Get|List|Head)|kms:)/.test(name)))
  })

  test('a pattern does at least what each action that it matches does', () => {
    for (const name of names)
      for (let length = 'x:'.length; length < name.length; length++) {
        const [one, pattern] = [deedsOf([name]), deedsOf([`${name.slice(0, length)}*`])]
        expect([name, length, !one.writes || pattern.writes, !one.deletes || pattern.deletes]).toEqual([
          ...[name, length, true, true],
        ])
      }
  })
})

test('what a policy denies it does not allow', () => {
  const statement = (Effect: string, Action: string) => ({
    ...{ Effect, Action },
    Resource: 'arn:aws:s3:::bucket/*',
  })
  const policy = (...Statement: object[]) => ({
    document: { Version: '2012-10-17', Statement },
    placeholders: {},
  })
  expect(policyChanges(policy(statement('Allow', 's3:GetObject')))).toBe(false)
  expect(
    policyChanges(policy(statement('Allow', 's3:GetObject'), statement('Deny', 's3:DeleteObject'))),
  ).toBe(false)
  expect(policyChanges(policy(statement('Allow', 's3:De*')))).toBe(true)
})
