import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partPath } from '../../scripts/parts/part-path.ts'
import { ROLE_ARN, sts } from '../support/doors.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { runProgram } from '../support/run-program.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

// The signed operations, asked by the programs that people type: the AWS CLI, botocore, and our own.

const ASSUMED = new RegExp(`^arn:aws:sts::${ACCOUNT}:assumed-role/app-artifacts/[\\w+=,.@-]{2,64}$`)
const STINT = join(import.meta.dirname, '../../packages/sts-client/src/node/main.ts')
const PRESIGN = join(import.meta.dirname, '../clients/python/presign_identity.py')

let store: FakeSts
let vendor: ChildVendor
let folder: string
let python: string

beforeAll(async () => {
  ;[store, folder, python] = await Promise.all([
    startFakeSts(),
    mkdtemp(join(tmpdir(), 'stint-identity-')),
    partPath('python-aws', (line) => console.error(line)),
  ])
  vendor = await startVendor()
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
})
afterAll(async () => {
  await vendor?.stop()
  await store?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Nothing of this machine's own settings; each call is a home of its own, because the CLI keeps what it got. */
async function base(): Promise<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: await mkdtemp(join(folder, 'home-')),
    // The name that botocore reads.
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_STS: vendor.url,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
  }
}

async function webIdentity(): Promise<Record<string, string>> {
  const env = await base()
  const file = join(env['HOME'] ?? '', 'token')
  await writeFile(file, vendor.token())
  return { ...env, AWS_ROLE_ARN: ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE: file }
}

type Given = { readonly AccessKeyId: string; readonly SecretAccessKey: string; readonly SessionToken: string }
const asKeys = (given: Given) => ({
  AWS_ACCESS_KEY_ID: given.AccessKeyId,
  AWS_SECRET_ACCESS_KEY: given.SecretAccessKey,
  AWS_SESSION_TOKEN: given.SessionToken,
})

const aws = (env: Record<string, string>, ...args: string[]) =>
  runProgram([python, '-m', 'awscli', ...args, '--output', 'json'], { env })

async function said(run: ReturnType<typeof aws>) {
  const { code, stdout, stderr } = await run
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

test('aws sts get-caller-identity, by web identity and by the container door', async () => {
  const byToken = await said(aws(await webIdentity(), 'sts', 'get-caller-identity'))
  expect(byToken).toEqual({
    UserId: expect.stringMatching(/:/),
    Account: ACCOUNT,
    Arn: expect.stringMatching(ASSUMED),
  })
  const env = {
    ...(await base()),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${vendor.url}/v1/credentials/app-artifacts`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: vendor.token(),
  }
  expect(await said(aws(env, 'sts', 'get-caller-identity'))).toEqual(byToken)
})

test('aws sts assume-role-with-web-identity shows every member of the answer', async () => {
  const env = await webIdentity()
  const named = ['--role-arn', ROLE_ARN, '--role-session-name', 'job-1', '--duration-seconds', '900']
  const shown = await said(
    aws(env, 'sts', 'assume-role-with-web-identity', ...named, '--web-identity-token', vendor.token()),
  )
  expect(shown).toEqual({
    Credentials: {
      AccessKeyId: expect.any(String),
      SecretAccessKey: expect.any(String),
      SessionToken: expect.any(String),
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/),
    },
    SubjectFromWebIdentityToken: 'repo:acme/app',
    AssumedRoleUser: { AssumedRoleId: expect.any(String), Arn: expect.stringMatching(ASSUMED) },
    PackedPolicySize: expect.any(Number),
    Provider: vendor.ci.url,
    Audience: vendor.url,
  })
})

test('aws sts assume-role narrows a session that we vended, and what comes of it says who it is', async () => {
  const env = await webIdentity()
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::artifacts/acme/app/child/*' },
    ],
  }
  const asked = ['--role-arn', ROLE_ARN, '--role-session-name', 'child', '--policy', JSON.stringify(policy)]
  const { Credentials: given } = await said(aws(env, 'sts', 'assume-role', ...asked))
  const sent = store.sessions.find(({ accessKeyId }) => accessKeyId === given.AccessKeyId)
  expect(JSON.parse(sent?.policy ?? '')).toMatchObject({
    Statement: [{ Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::artifacts/acme/app/child/*'] }],
  })
  const child = { ...(await base()), ...asKeys(given) }
  expect((await said(aws(child, 'sts', 'get-caller-identity'))).Arn).toMatch(ASSUMED)
  const other = ROLE_ARN.replace('app-artifacts', 'quick-look')
  const refused = await aws(child, 'sts', 'assume-role', '--role-arn', other, '--role-session-name', 'other')
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('(AccessDenied) when calling the AssumeRole operation')
})

test('botocore’s presigned GetCallerIdentity is answered to whoever holds the URL, and to no other URL', async () => {
  const { code, stdout, stderr } = await runProgram([python, PRESIGN, '60'], { env: await webIdentity() })
  expect([code, stderr]).toEqual([0, ''])
  const url = stdout.trim()
  expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('60')
  const reply = await sts(url, {})
  expect([reply.status, reply.root]).toEqual([200, 'GetCallerIdentityResponse'])
  expect(reply.text).toMatch(/:assumed-role\/app-artifacts\//)
  const later = await sts(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'), {})
  expect([later.status, later.code]).toEqual([403, 'SignatureDoesNotMatch'])
  const asPost = await sts(url, { method: 'POST' })
  expect([asPost.status, asPost.code]).toEqual([403, 'SignatureDoesNotMatch'])
})

test('keys of nobody, and a secret that is not the session’s, are refused by name', async () => {
  const { Credentials: given } = await said(
    aws(await webIdentity(), 'sts', 'assume-role', '--role-arn', ROLE_ARN, '--role-session-name', 'child'),
  )
  const rows = [
    [{ AWS_SECRET_ACCESS_KEY: 'another' }, 'SignatureDoesNotMatch'],
    [{ AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' }, 'InvalidClientTokenId'],
  ] as const
  await Promise.all(
    rows.map(async ([over, code]) => {
      const env = { ...(await base()), ...asKeys(given), ...over }
      const { stderr } = await aws(env, 'sts', 'get-caller-identity')
      expect(stderr).toContain(`(${code}) when calling the GetCallerIdentity operation`)
    }),
  )
})

test('stint whoami says who the session is, from the very door', async () => {
  const env = { HOME: folder, STINT_SERVER: vendor.url, STINT_TOKEN: vendor.token() }
  const whoami = (...more: string[]) =>
    runProgram([process.execPath, STINT, 'whoami', '--role', ROLE_ARN, ...more], { env })
  const { code, stdout, stderr } = await whoami('--json')
  expect([code, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toMatchObject({
    token: { sub: 'repo:acme/app', iss: vendor.ci.url },
    session: {
      role: ROLE_ARN,
      caller_identity: { account: ACCOUNT, arn: expect.stringMatching(ASSUMED) },
    },
  })
  expect((await whoami()).stdout).toMatch(/ arn {9}arn:aws:sts::123456789012:assumed-role\/app-artifacts\//)
})

test('stint doctor finds nothing in the way of a server that is well, and the fix of an audience that is not its own', async () => {
  const env = { HOME: await mkdtemp(join(folder, 'home-')), STINT_SERVER: vendor.url }
  const doctor = (token: string) =>
    runProgram([process.execPath, STINT, 'doctor', '--role', ROLE_ARN], {
      env: { ...env, STINT_TOKEN: token },
    })
  expect(await doctor(vendor.token())).toEqual({ code: 0, stdout: 'nothing stands in the way\n', stderr: '' })
  const { code, stdout } = await doctor(vendor.token({ aud: 'https://elsewhere.example.com' }))
  expect(code).toBe(1)
  expect(stdout).toMatch(/^error {4}audience_mismatch: [^\n]+\n {9}ask the platform for the audience/)
  expect(stdout).toMatch(/exchange_refused: identity_claim_rejected: [^\n]*\(request req_[\w-]+\)/)
})
