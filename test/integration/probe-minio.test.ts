import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sheet } from '../../apps/vendor/src/domain/probe/sheet.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let minio: RunningMinio

beforeAll(async () => {
  vendor = await startVendor()
  minio = await startTrustingMinio(vendor, (endpoint) => {
    const base = configurationFor(vendor, endpoint)
    return { ...base, targets: { store: { ...base.targets.store, probe: { bucket: 'stint-probe-bucket' } } } }
  })
  await s3Caller(minio.endpoint, minio.root)('PUT', '/stint-probe-bucket')
})
afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
})

test('x', async () => {
  const t = performance.now()
  const { status, body } = await vendor.post('/v1/admin/targets/store:probe', {})
  console.log(status, performance.now() - t)
  const sheet = body as unknown as Sheet
  if (status !== 200) console.log(body, vendor.logged())
  const { tries, ...head } = sheet
  console.log(JSON.stringify(head, null, 1))
  for (const t of tries) {
    console.log(t.verdict.padEnd(10), t.bears.padEnd(10), t.id, t.reason ?? '', t.ms)
    for (const s of t.steps)
      console.log('     ', s.is, s.says, '|', s.expect, '->', s.meaning, s.status, s.code, s.ms)
  }
  expect(status).toBe(200)
}, 120_000)
