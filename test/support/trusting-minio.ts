import { startMinio } from './minio.ts'
import type { RunningMinio } from './minio-server.ts'
import { freePort } from './ports.ts'
import { s3Caller } from './s3.ts'
import { type ChildVendor, configurationFor } from './vendor.ts'

/**
 * A real MinIO that trusts this vendor as its only issuer, set up as `stint target setup` says, with the bucket
 * `artifacts`; the vendor's configuration is applied with it as the target `store`.
 */
export async function startTrustingMinio(
  vendor: ChildVendor,
  configure: (endpoint: string) => object = (endpoint) => configurationFor(vendor, endpoint),
  env: Readonly<Record<string, string>> = {},
): Promise<RunningMinio> {
  const port = await freePort()
  const applied = await vendor.apply(configure(`http://127.0.0.1:${port}`))
  if (applied.status !== 200)
    throw new Error(`the configuration was refused: ${JSON.stringify(applied.body)}`)
  const { body } = await vendor.get('/v1/admin/targets/store/setup')
  const minio = await startMinio({
    port,
    env,
    openid: {
      configUrl: String(body['configUrl']),
      clientId: String(body['clientId']),
      clientSecret: 'a-secret-that-nobody-uses',
      rolePolicy: String(body['policyName']),
    },
  })
  const root = s3Caller(minio.endpoint, minio.root)
  const policy = { query: { name: String(body['policyName']) }, body: JSON.stringify(body['basePolicy']) }
  for (const answer of [
    await root('PUT', '/minio/admin/v3/add-canned-policy', policy),
    await root('PUT', '/artifacts'),
  ]) {
    if (answer.status !== 200) throw new Error(`MinIO could not be prepared: ${answer.status} ${answer.code}`)
  }
  return minio
}
