import { randomBytes, randomUUID } from 'node:crypto'
import { sealAdminBody } from '../../test/support/madmin.ts'
import { launchMinio, type RunningMinio } from '../../test/support/minio-server.ts'
import { minioWebIdentity } from '../../test/support/minio-sts.ts'
import { type S3Caller, s3Caller } from '../../test/support/s3.ts'
import type { AwsCredentials } from '../../test/support/sigv4.ts'
import { startTestIssuer } from '../../test/support/test-issuer.ts'

const CLIENT_ID = 'stint-probe'
const BASE_POLICY = 'stint-probe'

const allow = (actions: readonly string[], resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: [`arn:aws:s3:::${resource}`] }],
})

/**
 * Throws, with the reason as its message, unless this MinIO program takes an identity issued by us, holds a
 * session to its inline policy, and lets a confined session make no unconfined key of its own (CVE-2025-62506).
 * It asks the running program: a version text says nothing (`go install` builds say `DEVELOPMENT.GOGET`).
 */
export async function probeMinio(program: string): Promise<void> {
  await using issuer = await startTestIssuer({ alg: 'ES256' })
  const clientSecret = randomBytes(24).toString('base64url')
  const openid = { configUrl: issuer.configUrl, clientId: CLIENT_ID, clientSecret, rolePolicy: BASE_POLICY }
  await using minio = await launchMinio(program, { openid, readyTimeoutMs: 20_000 })
  await prepare(minio)
  const token = issuer.sign({ sub: randomUUID(), aud: CLIENT_ID })
  const policy = allow(['s3:GetObject', 's3:PutObject'], 'probe-a/in/*')
  const answer = await minioWebIdentity(minio.endpoint, { token, clientId: CLIENT_ID, policy })
  if (!answer.ok) throw new Error(`it refused an identity issued by us (${answer.status} ${answer.code})`)
  const session = s3Caller(minio.endpoint, answer.credentials)
  await expectConfined(session)
  await expectNoSelfMadeKey(minio, answer.credentials)
}

async function prepare(minio: RunningMinio): Promise<void> {
  const root = s3Caller(minio.endpoint, minio.root)
  const base = allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], 'probe-*/*')
  const policy = { query: { name: BASE_POLICY }, body: JSON.stringify(base) }
  const answers = [
    await root('PUT', '/minio/admin/v3/add-canned-policy', policy),
    await root('PUT', '/probe-a'),
    await root('PUT', '/probe-b'),
    await root('PUT', '/probe-b/in/object', { body: 'x' }),
    await root('PUT', '/probe-a/out/object', { body: 'x' }),
  ]
  const failed = answers.find(({ status }) => status !== 200)
  if (failed) throw new Error(`it could not be set up by its root user (${failed.status} ${failed.code})`)
}

/** Each row is allowed by the base policy, so that only the inline policy can refuse it. */
const REQUESTS = [
  { method: 'PUT', path: '/probe-a/in/object', body: 'x', status: 200, what: 'a write inside' },
  { method: 'GET', path: '/probe-a/in/object', status: 200, what: 'a read inside' },
  { method: 'GET', path: '/probe-a/out/object', status: 403, what: 'a read outside the prefix' },
  { method: 'PUT', path: '/probe-a/out/object', body: 'x', status: 403, what: 'a write outside the prefix' },
  { method: 'GET', path: '/probe-b/in/object', status: 403, what: 'a read in another bucket' },
  { method: 'DELETE', path: '/probe-a/in/object', status: 403, what: 'another verb' },
] as const

async function expectConfined(session: S3Caller): Promise<void> {
  for (const { method, path, status, what, ...rest } of REQUESTS) {
    const answer = await session(method, path, rest)
    if (answer.status !== status) {
      throw new Error(
        `a session's inline policy does not hold: ${what} was answered ${answer.status}, not ${status}`,
      )
    }
  }
}

/**
 * Root makes a key by the same request first: else a 403 could mean that the request was never understood.
 * Builds before 2025-10-15 answer 200 to the confined session too, with a key that has the whole base policy.
 */
async function expectNoSelfMadeKey(minio: RunningMinio, session: AwsCredentials): Promise<void> {
  const byRoot = await addServiceAccount(minio, minio.root)
  if (byRoot.status !== 200) {
    throw new Error(`its root user could not make a service account (${byRoot.status} ${byRoot.code})`)
  }
  const bySession = await addServiceAccount(minio, session)
  if (bySession.status !== 403) {
    const answered = `${bySession.status} ${bySession.code ?? ''}`.trim()
    throw new Error(`a confined session may make itself a key (CVE-2025-62506): it was answered ${answered}`)
  }
}

function addServiceAccount(minio: RunningMinio, by: AwsCredentials) {
  const body = sealAdminBody(by.secretAccessKey, '{}')
  return s3Caller(minio.endpoint, by)('PUT', '/minio/admin/v3/add-service-account', { body })
}
