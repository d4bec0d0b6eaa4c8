import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findingsCommand } from '../../apps/vendor/src/cli/findings.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { writeSecret } from '../support/minio-user.ts'
import { type GivenSession, newestSession, storeTells } from '../support/store-tells.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const DAY = 86_400_000
const INTAKE_SECRET = 'intake-secret-of-a-test'

let store: FakeSts
let vendor: ChildVendor
let ahead = 0

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor({ wallAheadMs: () => ahead })
  await writeSecret(join(vendor.dataFolder, 'secrets'), 'store-intake', INTAKE_SECRET)
  const base = configurationFor(vendor, store.endpoint)
  const targets = { store: { ...base.targets.store, intake: { secret: 'store-intake' } } }
  expect((await vendor.apply({ ...base, targets })).status).toBe(200)
  // The store lives in the same year.
  store.setFault({
    kind: 'rewrite',
    rewrite: (xml) =>
      xml.replace(
        /<Expiration>([^<]*)<\/Expiration>/,
        (_: string, at: string) =>
          `<Expiration>${new Date(Date.parse(at) + ahead).toISOString()}</Expiration>`,
      ),
  })
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

async function given(): Promise<GivenSession> {
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  return newestSession(vendor)
}

/** What the store posts of reads by a session. */
async function told(session: GivenSession, reads: number) {
  const calls = Array.from({ length: reads }, (_, at) => ({
    ...{ api: 'GetObject', key: `acme/app/${at}` },
    status: 200,
  }))
  const status = await storeTells(vendor, session, { calls, atMs: Date.now() + ahead, secret: INTAKE_SECRET })
  expect(status).toBe(204)
}

const findings = async (query: string) =>
  (await vendor.get(`/v1/admin/findings?${query}`)).body['findings'] as Record<string, unknown>[] // the admin door's own answer

async function judged(calls: number): Promise<void> {
  await until('the sessions are judged', async () => {
    const { body } = await vendor.get('/v1/admin/roles/app-artifacts/exercised')
    return body['calls'] === calls
  })
}

test('what a role grants and nobody used for 90 days is found by what its store told, and not before', async () => {
  await told(await given(), 15)
  await judged(15)
  expect(await findings('detector=S04')).toEqual([])
  ahead = 45 * DAY
  await told(await given(), 25)
  await judged(40)
  expect(await findings('detector=S04')).toEqual([])
  ahead = 91 * DAY
  expect(await findings('detector=S04')).toMatchObject([
    {
      rule: 'grant-unused',
      kind: 'role',
      name: 'app-artifacts',
      source: 'detector',
      evidence: { actions: 's3:PutObject', places: '', calls: 25, days: 90 },
    },
  ])
})

test('a ghost stands among the findings in their one shape, since it was recorded, until it is put away', async () => {
  await told({ accessKey: 'THIEF', sub: 'nobody' }, 1)
  await told({ accessKey: 'THIEF2', sub: 'nobody' }, 2)
  await until('both are ghosts', async () =>
    (await findings('source=store')).some(
      ({ evidence }) => (evidence as { sessions: number }).sessions === 2,
    ),
  )
  const { body } = await vendor.get('/v1/admin/ghosts')
  const seen = body['ghosts'] as { id: string; at: string }[] // as above
  expect(await findings('source=store')).toMatchObject([
    {
      rule: 'ghost-session',
      severity: 'warning',
      kind: 'target',
      name: 'store',
      detector: null,
      key: 'ghost-session/target/store/unknown',
      evidence: { reason: 'unknown', sessions: 2, ghost: seen[0]?.id, by: 'webhook' },
      firstSeen: seen[1]?.at,
    },
  ])
  const { code, out } = await runCli((io) => findingsCommand(['--source', 'store'], io), { vendor })
  expect([code, out.startsWith('warning ghost-session: target store')]).toEqual([0, true])
  for (const { id } of seen)
    await vendor.post(`/v1/admin/ghosts/${id}:dismiss`, { reason: 'the thief of a test' })
  expect(await findings('source=store')).toEqual([])
})
