import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { credentialProvider, exchangeToken, StsClientError } from '@stint/sts-client'
import { Client } from 'minio'
import type { RunningMinio } from '../../test/support/minio-server.ts'
import type { RunningProvider } from '../../test/support/oidc-provider.ts'
import { ACCOUNT, BUCKET, FEATURE_BUILD, MAIN_BUILD, MINIO_PORT, STINT_URL } from './programs.ts'
import { expected, type Steps } from './steps.ts'

const ARTIFACT = 'acme/app/build-7.txt'
const OUTSIDE = 'acme/other/secret.txt'
const CONTENT = 'built by the demo'
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`
const POLL_MS = 250
const LATE_MS = 5_000

export type Job = { readonly provider: RunningProvider; readonly store: RunningMinio; readonly steps: Steps }

/** A CI job of the main branch: a token, credentials, an artifact written and read by two SDKs, and the wall around it. */
export async function playMainBuild({ provider, store, steps }: Job): Promise<void> {
  const { step } = steps
  const subjectToken = await step('CI job: a token of the provider', async () => {
    const token = await provider.token(MAIN_BUILD, STINT_URL)
    return { said: `openid-client got ${token.length} bytes for ${MAIN_BUILD}`, value: token }
  })
  const session = await step('exchange it for app-artifacts', async () => {
    const given = await exchangeToken({ server: STINT_URL, subjectToken, role: roleArn('app-artifacts') })
    return {
      said: `key ${given.credentials.accessKeyId} until ${given.credentials.expiration.toISOString()}`,
      value: given,
    }
  })
  const s3 = new S3Client({
    endpoint: store.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: credentialProvider({
      server: STINT_URL,
      role: roleArn('app-artifacts'),
      subjectToken: () => provider.token(MAIN_BUILD, STINT_URL),
    }),
  })
  await step('write and read with @aws-sdk/client-s3', async () => {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: ARTIFACT, Body: CONTENT }))
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: ARTIFACT }))
    expected((await Body?.transformToString()) === CONTENT, 'what was read is not what was written')
    return { said: `s3://${BUCKET}/${ARTIFACT}`, value: null }
  })
  await step('write and read with minio', async () => {
    const { accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken } = session.credentials
    // Without a region it asks for the bucket's location first, which least privilege refuses.
    const client = new Client({
      endPoint: '127.0.0.1',
      port: MINIO_PORT,
      useSSL: false,
      region: 'us-east-1',
      accessKey,
      secretKey,
      sessionToken,
    })
    await client.putObject(BUCKET, `${ARTIFACT}.2`, Buffer.from(CONTENT))
    const read = await (await client.getObject(BUCKET, `${ARTIFACT}.2`)).toArray()
    expected(Buffer.concat(read).toString() === CONTENT, 'what was read is not what was written')
    return { said: `s3://${BUCKET}/${ARTIFACT}.2`, value: null }
  })
  await step('outside its prefix: refused by MinIO itself', async () => {
    const answer = await statusOf(s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: OUTSIDE, Body: 'no' })))
    expected(answer === 'AccessDenied', `MinIO answered ${answer} for s3://${BUCKET}/${OUTSIDE}`)
    return { said: `AccessDenied for s3://${BUCKET}/${OUTSIDE}`, value: null }
  })
}

/** A job of another branch: Stint refuses the role, and gives ten seconds of another. */
export async function playFeatureBuild({ provider, store, steps }: Job): Promise<void> {
  const { step } = steps
  const subjectToken = await provider.token(FEATURE_BUILD, STINT_URL)
  await step('another branch: refused by Stint', async () => {
    const refusal = await exchangeToken({
      server: STINT_URL,
      subjectToken,
      role: roleArn('app-artifacts'),
    }).catch((error: unknown) => error)
    expected(
      refusal instanceof StsClientError && refusal.code === 'access_denied',
      'the wrong branch was not refused',
    )
    return { said: `${refusal.code}, ${refusal.requestId}`, value: null }
  })
  await step('a ten-second role ends on time', async () => {
    const { credentials } = await exchangeToken({
      server: STINT_URL,
      subjectToken,
      role: roleArn('quick-look'),
    })
    const s3 = new S3Client({
      endpoint: store.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials,
    })
    const read = () => statusOf(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: ARTIFACT })))
    expected((await read()) === 'ok', 'it could not read while it lived')
    const endsMs = credentials.expiration.getTime()
    let last = 'ok'
    while (last === 'ok' && Date.now() < endsMs + LATE_MS) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      last = await read()
      expected(last === 'ok' || Date.now() >= endsMs - POLL_MS, 'it ended early')
    }
    expected(last === 'InvalidAccessKeyId', `after its end MinIO answered ${last}`)
    return {
      said: `${last}, ${((Date.now() - endsMs) / 1000).toFixed(1)} s after its Expiration`,
      value: null,
    }
  })
}

async function statusOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (thrown) {
    if (thrown instanceof S3ServiceException) return thrown.name
    throw thrown
  }
}
