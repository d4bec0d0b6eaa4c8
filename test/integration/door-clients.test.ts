import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { fromHttp, fromProcess, fromTemporaryCredentials, fromTokenFile } from '@aws-sdk/credential-providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROLE_ARN } from '../support/doors.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let minio: RunningMinio
let folder: string

beforeAll(async () => {
  vendor = await startVendor()
  minio = await startTrustingMinio(vendor)
  folder = await mkdtemp(join(tmpdir(), 'stint-clients-'))
})
afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
  await rm(folder, { recursive: true, force: true })
})

type Provider = NonNullable<NonNullable<ConstructorParameters<typeof S3Client>[0]>['credentials']>

/** Writes and reads one object with what a provider gets. */
async function throughS3(credentials: Provider, key: string): Promise<string> {
  const s3 = new S3Client({
    endpoint: minio.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
  })
  try {
    await s3.send(new PutObjectCommand({ Bucket: 'artifacts', Key: key, Body: key }))
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: 'artifacts', Key: key }))
    return (await body?.transformToString()) ?? ''
  } finally {
    s3.destroy()
  }
}

async function tokenFile(text: string): Promise<string> {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.jwt`)
  await writeFile(file, text)
  return file
}

/** One region and no second try: what is tested is the answer, not the waiting. */
const clientConfig = () => ({ endpoint: vendor.url, region: 'us-east-1', maxAttempts: 1 })

test.each(['', '\n'])('AWS SDK for JavaScript: fromTokenFile with a file that ends in %j', async (end) => {
  const webIdentityTokenFile = await tokenFile(vendor.token() + end)
  const provider = fromTokenFile({ webIdentityTokenFile, roleArn: ROLE_ARN, clientConfig: clientConfig() })
  const key = `acme/app/token-file${end.length}`
  expect(await throughS3(provider, key)).toBe(key)
  const { accountId, expiration } = await provider()
  expect(accountId).toBe('123456789012')
  expect(Number(expiration) - Date.now()).toBeGreaterThan(3_500_000)
})

test('AWS SDK for JavaScript: fromHttp at the container door, role in the path', async () => {
  const awsContainerCredentialsFullUri = `${vendor.url}/v1/credentials/app-artifacts`
  const awsContainerAuthorizationTokenFile = await tokenFile(vendor.token())
  const provider = fromHttp({
    awsContainerCredentialsFullUri,
    awsContainerAuthorizationTokenFile,
    maxRetries: 0,
    timeout: 5_000,
  })
  expect(await throughS3(provider, 'acme/app/container')).toBe('acme/app/container')
})

test('AWS SDK for JavaScript: credential_process of curl alone, by ?format=process', async () => {
  const header = await tokenFile(`Authorization: ${vendor.token()}`)
  const url = `${vendor.url}/v1/credentials/app-artifacts?format=process`
  const config = join(folder, 'config')
  await writeFile(config, `[profile ci]\ncredential_process = curl -fsS -H @${header} "${url}"\n`)
  const provider = fromProcess({ profile: 'ci', configFilepath: config, filepath: join(folder, 'none') })
  expect(await throughS3(provider, 'acme/app/process')).toBe('acme/app/process')
})

const REFUSED = [
  { name: 'a wrong branch', claims: { ref: 'x' }, error: 'AccessDenied' },
  {
    name: 'an expired token',
    claims: { iat: 1_000_000_000, exp: 1_000_000_300 },
    error: 'ExpiredTokenException',
  },
  {
    name: 'another audience',
    claims: { aud: 'https://other.example.com' },
    error: 'IDPRejectedClaimException',
  },
  {
    name: 'an unknown issuer',
    claims: { iss: 'https://evil.example.com' },
    error: 'InvalidIdentityTokenException',
  },
]

test.each(REFUSED)(
  'AWS SDK for JavaScript reads the refusal of $name as $error',
  async ({ claims, error }) => {
    const client = new STSClient(clientConfig())
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: ROLE_ARN,
      RoleSessionName: 'test',
      WebIdentityToken: vendor.token(claims),
    })
    const thrown: unknown = await client.send(command).catch((caught: unknown) => caught)
    expect(thrown).toMatchObject({
      name: error,
      message: expect.stringContaining('req_'),
      $metadata: { attempts: 1, requestId: expect.stringMatching(/^req_/) },
    })
  },
)

test('AWS SDK for JavaScript: GetCallerIdentity with what it was vended, as the GitHub action asks it', async () => {
  const webIdentityTokenFile = await tokenFile(vendor.token())
  const credentials = await fromTokenFile({
    webIdentityTokenFile,
    roleArn: ROLE_ARN,
    clientConfig: clientConfig(),
  })()
  const client = new STSClient({ ...clientConfig(), credentials })
  const { Account: account, Arn: arn } = await client.send(new GetCallerIdentityCommand({}))
  expect(account).toBe('123456789012')
  expect(arn).toMatch(/^arn:aws:sts::123456789012:assumed-role\/app-artifacts\//)
  const stranger = new STSClient({
    ...clientConfig(),
    credentials: { ...credentials, secretAccessKey: 'another' },
  })
  await expect(stranger.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  })
})

test('AWS SDK for JavaScript: a session is narrowed by AssumeRole, and MinIO holds it to that', async () => {
  const webIdentityTokenFile = await tokenFile(vendor.token())
  const masterCredentials = fromTokenFile({
    webIdentityTokenFile,
    roleArn: ROLE_ARN,
    clientConfig: clientConfig(),
  })
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: ['arn:aws:s3:::artifacts/acme/app/child/*'],
      },
    ],
  }
  const provider = fromTemporaryCredentials({
    masterCredentials,
    clientConfig: clientConfig(),
    params: { RoleArn: ROLE_ARN, RoleSessionName: 'child', Policy: JSON.stringify(policy) },
  })
  expect(await throughS3(provider, 'acme/app/child/x')).toBe('acme/app/child/x')
  await expect(throughS3(provider, 'acme/app/elsewhere')).rejects.toMatchObject({ name: 'AccessDenied' })
  // What comes from the narrowed session is as narrow, and cannot be made wider.
  const child = new STSClient({ ...clientConfig(), credentials: provider })
  const again = await child.send(new AssumeRoleCommand({ RoleArn: ROLE_ARN, RoleSessionName: 'again' }))
  const {
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
    SessionToken: sessionToken = '',
  } = again.Credentials ?? {}
  const grandchild = { accessKeyId, secretAccessKey, sessionToken }
  expect(await throughS3(grandchild, 'acme/app/child/y')).toBe('acme/app/child/y')
  await expect(throughS3(grandchild, 'acme/app/elsewhere')).rejects.toMatchObject({ name: 'AccessDenied' })
  const wider = {
    ...policy,
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::artifacts/acme/app/*' }],
  }
  const asked = { RoleArn: ROLE_ARN, RoleSessionName: 'wider', Policy: JSON.stringify(wider) }
  const given = await child.send(new AssumeRoleCommand(asked))
  const widened = {
    accessKeyId: given.Credentials?.AccessKeyId ?? '',
    secretAccessKey: given.Credentials?.SecretAccessKey ?? '',
    sessionToken: given.Credentials?.SessionToken ?? '',
  }
  await expect(throughS3(widened, 'acme/app/elsewhere')).rejects.toMatchObject({ name: 'AccessDenied' })
})
