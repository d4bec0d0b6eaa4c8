import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sts, webIdentityForm } from '../support/doors.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { ACCOUNT, type ChildVendor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let minio: RunningMinio

beforeAll(async () => {
  vendor = await startVendor()
  minio = await startTrustingMinio(vendor)
  const root = s3Caller(minio.endpoint, minio.root)
  for (const key of ['acme/app/x/one', 'acme/app/y/one', 'acme/app/x/secret/one'])
    expect((await root('PUT', `/artifacts/${key}`, { body: key })).status).toBe(200)
})
afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
})

const ARN = 'arn:aws:s3:::artifacts'
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (Action: unknown, Resource: unknown) => ({ Effect: 'Allow', Action, Resource })

async function session(policy?: string) {
  const { status, body } = await vendor.exchange(vendor.token(), policy === undefined ? {} : { policy })
  expect([status, body['code']]).toEqual([200, undefined])
  const found = body['credentials'] as Record<string, string> // our own answer
  const caller = s3Caller(minio.endpoint, {
    accessKeyId: `${found['access_key_id']}`,
    secretAccessKey: `${found['secret_access_key']}`,
    sessionToken: `${found['session_token']}`,
  })
  return async (method: string, key: string) => {
    const answer = await caller(method, `/artifacts/${key}`)
    return answer.code ?? answer.status
  }
}

test('a session that was narrowed to one prefix reads there, and is refused beside it and for every other verb', async () => {
  const whole = await session()
  expect(await whole('GET', 'acme/app/y/one')).toBe(200)
  const narrow = await session(policyOf(allow('s3:GetObject', `${ARN}/acme/app/x/*`)))
  expect(await narrow('GET', 'acme/app/x/one')).toBe(200)
  expect(await narrow('GET', 'acme/app/y/one')).toBe('AccessDenied')
  expect(await narrow('PUT', 'acme/app/x/two')).toBe('AccessDenied')
})

test('a policy as it is written for AWS, both kinds in one statement, a star and a Deny, narrows on MinIO', async () => {
  const narrow = await session(
    policyOf(allow(['s3:Get*', 's3:ListBucket'], [ARN, `${ARN}/acme/app/x/*`]), {
      Effect: 'Deny',
      Action: '*',
      Resource: `${ARN}/acme/app/x/secret/*`,
    }),
  )
  expect(await narrow('GET', 'acme/app/x/one')).toBe(200)
  expect(await narrow('GET', 'acme/app/x/secret/one')).toBe('AccessDenied')
  expect(await narrow('GET', 'acme/app/y/one')).toBe('AccessDenied')
  expect(await narrow('GET', '')).toBe('AccessDenied')
})

test('a policy that asks for more than the role gives only what the role gives', async () => {
  const same = await session(policyOf(allow('s3:*', '*')))
  expect(await same('GET', 'acme/app/y/one')).toBe(200)
  expect(await same('DELETE', 'acme/app/y/one')).toBe('AccessDenied')
  expect(await same('GET', 'another/one')).toBe('AccessDenied')
})

test.each<readonly [name: string, policy: string, code: string, operator: string]>([
  [
    'what lies beside the role',
    policyOf(allow('s3:GetObject', 'arn:aws:s3:::other/*')),
    'caller_policy_refused',
    'asked_policy_empty',
  ],
  [
    'what cannot be proved',
    policyOf(allow('s3:GetObject', `${ARN}/acme/app/a?`)),
    'caller_policy_refused',
    'asked_policy_refused',
  ],
  ['what is no policy', '[]', 'caller_policy_malformed', 'asked_policy_malformed'],
])('refuses %s, tells the caller its class and the operator the place', async (_, policy, code, operator) => {
  const { status, body } = await vendor.exchange(vendor.token(), { policy })
  expect([status, body['error'], body['code']]).toEqual([400, 'invalid_request', code])
  expect(body['credentials']).toBeUndefined()
  const [refused] = await vendor.events(`request=${body['request_id']}`)
  const event = refused?.event.type === 'assume.refused' ? refused.event : null
  expect(event).toMatchObject({
    code: operator,
    decision: {
      narrowedBy: {
        documents: [createHash('sha256').update(policy).digest('hex')],
        refused: { path: expect.stringMatching(/^\$/) },
      },
    },
  })
})

test('a subject that no mapping admits learns nothing of its policy', async () => {
  const token = vendor.token({ repository_id: '43' })
  const [plain, asked] = [await vendor.exchange(token), await vendor.exchange(token, { policy: '[]' })]
  expect([asked.status, asked.body['code']]).toEqual([plain.status, plain.body['code']])
})

const OVER_STS: readonly (readonly [
  name: string,
  parameters: Record<string, string>,
  code: string | undefined,
])[] = [
  ['one prefix', { Policy: policyOf(allow('s3:GetObject', `${ARN}/acme/app/x/*`)) }, undefined],
  [
    'a policy of the role by its name',
    { 'PolicyArns.member.1.arn': policyArn('artifacts-write@1') },
    undefined,
  ],
  [
    'a policy without its version',
    { 'PolicyArns.member.1.arn': policyArn('artifacts-write') },
    'AccessDenied',
  ],
  [
    "a policy of AWS's own",
    { 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
    'AccessDenied',
  ],
  ['a member without a value', { 'PolicyArns.member.1.arn': '' }, 'AccessDenied'],
  ['an empty document', { Policy: '' }, 'MalformedPolicyDocument'],
  ['what is no policy', { Policy: '[]' }, 'MalformedPolicyDocument'],
  ['too much', { Policy: 'x'.repeat(2049) }, 'PackedPolicyTooLarge'],
  ['what lies beside the role', { Policy: policyOf(allow('s3:*', 'arn:aws:s3:::other/*')) }, 'AccessDenied'],
]

function policyArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:policy/${name}`
}

test.each(OVER_STS)('over the STS wire: %s', async (_, parameters, code) => {
  const form = webIdentityForm(vendor.token())
  for (const [name, value] of Object.entries(parameters)) form.append(name, value)
  const answer = await sts(vendor.url, { method: 'POST', body: form })
  expect([answer.status === 200, answer.code]).toEqual([code === undefined, code])
  expect(answer.text.includes('SecretAccessKey')).toBe(code === undefined)
})

test('both doors narrow alike: the decision is the same to the byte', async () => {
  const policy = policyOf(allow('s3:GetObject', `${ARN}/acme/app/x/*`))
  const token = vendor.token()
  expect((await vendor.exchange(token, { policy })).status).toBe(200)
  const form = webIdentityForm(token, { Policy: policy })
  expect((await sts(vendor.url, { method: 'POST', body: form })).status).toBe(200)
  const [first, second] = (await vendor.events('type=assume.intent&limit=2')).map(({ event }) =>
    event.type === 'assume.intent' ? event : null,
  )
  expect([first?.door, second?.door].toSorted()).toEqual(['sts', 'token'])
  expect(JSON.stringify(first?.decision)).toBe(JSON.stringify(second?.decision))
  expect(first?.decision.narrowedBy?.documents).toHaveLength(1)
})
