import { expect, test } from 'vitest'
import { minioSetup } from './setup.ts'

const BODY = {
  kind: 'minio',
  mode: 'issued-identity',
  endpoint: 'https://store.example.com',
  region: '',
  allowPrivateAddresses: [],
  subjectBudget: null,
  probe: { bucket: null, prefix: 'stint-probe', everySeconds: null },
} as const

const setup = (resources: readonly string[], maxLifetimeSeconds = 3600) =>
  minioSetup({
    target: 'store',
    body: BODY,
    publicUrl: 'https://stint.example.com',
    reaches: [
      {
        role: 'a',
        maxLifetimeSeconds,
        statements: [{ effect: 'Allow', actions: ['s3:GetObject'], resources }],
      },
    ],
  })

test('the wall names the bucket and the verbs of the role, and opens the whole bucket where a prefix varies by claim', () => {
  expect(setup(['arn:aws:s3:::artifacts/{{prefix}}/*']).basePolicy).toEqual({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::artifacts/*'] },
      {
        Effect: 'Deny',
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Condition: { NumericGreaterThan: { 'sts:DurationSeconds': 3600 } },
      },
    ],
  })
})

test('says so where the bucket itself varies by claim', () => {
  expect(setup(['arn:aws:s3:::{{bucket}}/*']).notes.join(' ')).toContain(
    'role a takes its bucket from a claim',
  )
  expect(setup(['arn:aws:s3:::artifacts/*']).notes.join(' ')).not.toContain('from a claim')
})

test('the longest session is the longest of the roles, and never below the store’s own floor', () => {
  const longest = (seconds: number) => JSON.stringify(setup(['arn:aws:s3:::artifacts/*'], seconds).basePolicy)
  expect(longest(10)).toContain('"sts:DurationSeconds":900')
  expect(longest(43_200)).toContain('"sts:DurationSeconds":43200')
})
