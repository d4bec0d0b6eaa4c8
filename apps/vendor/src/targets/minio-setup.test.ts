import { expect, test } from 'vitest'
import type { TargetBody } from '../domain/resource.ts'
import { awsSetup } from './aws-setup.ts'
import { type MinioSetup, minioSetup } from './minio-setup.ts'

const BODY: TargetBody = {
  kind: 'minio',
  mode: 'issued-identity',
  endpoint: 'https://store.example.com',
  region: '',
  allowPrivateAddresses: [],
  subjectBudget: null,
  probe: { bucket: null, prefix: 'stint-probe', everySeconds: null },
}
const input = (resources: readonly string[], maxLifetimeSeconds = 3600) => ({
  target: 'store',
  body: BODY,
  publicUrl: 'https://stint.example.com',
  certificate: null,
  reaches: [
    {
      role: 'a',
      maxLifetimeSeconds,
      statements: [{ effect: 'Allow' as const, actions: ['s3:GetObject'], resources }],
    },
  ],
})
const setup = (resources: readonly string[], maxLifetimeSeconds = 3600) =>
  minioSetup(input(resources, maxLifetimeSeconds)) as MinioSetup // its mode is issued identity

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

const text = ({ steps }: { readonly steps: readonly { title: string; text: string }[] }) =>
  steps.map((step) => `${step.title}\n${step.text}`).join('\n')

test('a plain user gets the wall as his only policy, and his secret is made where it is printed', () => {
  const user = { accessKeyId: 'stint-user', secret: 'store-user' }
  const body: TargetBody = { ...BODY, mode: 'assume-role', user }
  const printed = text(minioSetup({ ...input(['arn:aws:s3:::artifacts/x/*']), body }))
  expect(printed).toContain('mc admin user add ALIAS stint-user {{client-secret}}')
  expect(printed).toContain('"arn:aws:s3:::artifacts/*"')
})

test('AWS: the trust policy names our issuer, our audience, and what comes along; a port is told', () => {
  const body: TargetBody = {
    ...BODY,
    kind: 'aws',
    region: 'eu-west-1',
    roleArn: 'arn:aws:iam::123456789012:role/team/stint',
  }
  const said = awsSetup({ ...input(['arn:aws:s3:::artifacts/x/*']), body })
  expect(text(said)).toContain('"arn:aws:iam::123456789012:oidc-provider/stint.example.com/oidc/store"')
  expect(text(said)).toContain('"stint.example.com/oidc/store:aud": "stint-store"')
  expect(text(said)).toContain('sts:SetSourceIdentity')
  expect(text(said)).toContain('--role-name stint ')
  expect(said.notes.join(' ')).toContain('without `admin` no session can be ended')
  expect(said.notes.join(' ')).not.toContain('no port')
  const withPort = awsSetup({
    ...input(['arn:aws:s3:::artifacts/x/*']),
    body,
    publicUrl: 'https://stint.example.com:9400',
  })
  expect(withPort.notes.join(' ')).toContain('no port')
})
