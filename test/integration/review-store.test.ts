import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningMinio } from '../support/minio-server.ts'
import { reviewClient, reviewedConfiguration } from '../support/reviews.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let minio: RunningMinio
let client: ReturnType<typeof reviewClient>

/** A mapping a test, told apart by `repository_id`. */
const IDS = ['1', '2', '3']
const configure = (endpoint: string) => {
  const base = reviewedConfiguration(vendor, endpoint)
  const mappings = Object.fromEntries(
    IDS.map((id) => [
      `map-${id}`,
      { ...base.mappings['app-main'], when: [{ claim: ['repository_id'], equals: id }] },
    ]),
  )
  return { ...base, mappings }
}

beforeAll(async () => {
  vendor = await startVendor()
  client = reviewClient(vendor)
  minio = await startTrustingMinio(vendor, configure)
})
afterAll(async () => {
  await minio?.stop()
  await vendor?.stop()
})

const ask = (id: string) => vendor.exchange(vendor.token({ repository_id: id }))

/** A session, and what the store says to it. */
async function session(id: string): Promise<() => Promise<string>> {
  const { status, body } = await ask(id)
  expect(status).toBe(200)
  const found = body['credentials'] as Record<string, string>
  const caller = s3Caller(minio.endpoint, {
    accessKeyId: found['access_key_id'] ?? '',
    secretAccessKey: found['secret_access_key'] ?? '',
    sessionToken: found['session_token'] ?? '',
  })
  const code = async () => (await caller('GET', '/artifacts/acme/app/none')).code ?? ''
  // A session that never lived would be dead for no reason of ours.
  expect(ALIVE).toContain(await code())
  return code
}

// Without the right to list, a missing key is AccessDenied: the session lives, and that is all that is asked.
const ALIVE = ['NoSuchKey', 'AccessDenied']
const DEAD = 'InvalidAccessKeyId'
const of = (id: string) => ({ scope: { kinds: ['mapping'], mappings: [`map-${id}`] } })

test('what is revoked is dead at the store before the reviewer has an answer, and stays refused', async () => {
  const [one, two, other] = [await session('1'), await session('1'), await session('2')]
  const id = await client.running(of('1'))
  const { item } = await client.item(id, 'map-1')
  const { status, body } = await client.decide(id, item.n, { verdict: 'revoke' })
  expect([await one(), await two()]).toEqual([DEAD, DEAD])
  expect(ALIVE).toContain(await other())
  expect([status, body]).toMatchObject([
    200,
    {
      now: { state: 'disabled' },
      standing: {
        state: 'verified',
        remediation: { how: 'disable', sessions: { found: 2, proved: 2, latestExpiry: null }, detail: null },
        proof: { by: 'decided', control: true, outcome: 'refused', holds: true, live: 0, admittedBy: [] },
      },
    },
  ])
  expect((await ask('1')).body).toMatchObject({ error: 'invalid_target' })
})

test('what the store cannot show to be over is not said to be: it is tried again until it is', async () => {
  const one = await session('3')
  const id = await client.running(of('3'))
  const { item } = await client.item(id, 'map-3')
  await minio.kill()
  const asked = await client.decide(id, item.n, { verdict: 'revoke' })
  expect(asked.body).toMatchObject({
    now: { state: 'disabled' },
    standing: { state: 'applied', remediation: { sessions: { found: 1, proved: 0 } }, proof: null },
  })
  expect((await ask('3')).status).toBe(400)
  // Nobody can close a review over it.
  const { body: running } = await client.get(`/${id}`)
  const close = () => client.post(`/${id}/close`, {}, { revision: Number(running['revision']) })
  expect((await close()).body).toMatchObject({ code: 'review_state' })

  await minio.restart()
  const again = () => client.post(`/${id}/items/${item.n}/apply`, {})
  await expect
    .poll(async () => (await again()).body, { timeout: 30_000, interval: 500 })
    .toMatchObject({ standing: { state: 'verified', proof: { holds: true, live: 0 } } })
  expect(await one()).toBe(DEAD)
}, 60_000)
