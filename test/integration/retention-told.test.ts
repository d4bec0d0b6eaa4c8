import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { replayCommand } from '../../apps/vendor/src/cli/replay.ts'
import { whoCommand } from '../../apps/vendor/src/cli/who.ts'
import { newId } from '../../apps/vendor/src/ids.ts'
import { runCli } from '../support/cli.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { writeSecret } from '../support/minio-user.ts'
import { type GivenSession, newestSession, storeTells } from '../support/store-tells.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const DAY = 86_400_000
const KEPT_DAYS = 2
const INTAKE_SECRET = 'intake-secret-of-a-test'

let store: FakeSts
let vendor: ChildVendor
let ahead = 0
/** A session of the first day, and the request that it was given to. */
let old: GivenSession & { readonly request: string; readonly seq: number }

beforeAll(async () => {
  store = await startFakeSts()
  // The store lives in the same days.
  store.setFault({
    kind: 'rewrite',
    rewrite: (xml) =>
      xml.replace(
        /<Expiration>([^<]*)<\/Expiration>/,
        (_: string, at: string) =>
          `<Expiration>${new Date(Date.parse(at) + ahead).toISOString()}</Expiration>`,
      ),
  })
  const env = { STINT_RETENTION_DAYS: String(KEPT_DAYS) }
  vendor = await startVendor({ env, wallAheadMs: () => ahead })
  await writeSecret(join(vendor.dataFolder, 'secrets'), 'store-intake', INTAKE_SECRET)
  expect((await vendor.apply(configuration('the first'))).status).toBe(200)
  expect((await vendor.exchange(vendor.token({ repository_id: 'nobody' }))).status).toBe(400)
  for (let at = 0; at < 3; at++) expect((await vendor.exchange(vendor.token())).status).toBe(200)
  const [event] = await vendor.events('type=assume.intent&limit=1')
  if (event?.event.type !== 'assume.intent') throw new Error('nothing was given')
  old = { ...(await newestSession(vendor)), request: event.event.request, seq: event.seq }
  expect((await vendor.apply(configuration('the second'))).status).toBe(200)
  ahead = 4 * DAY
  await vendor.restart()
  await until('bodies are gone', async () => (await vendor.events('type=assume.intent')).length === 0)
}, 60_000)
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

function configuration(purpose: string) {
  const base = configurationFor(vendor, store.endpoint)
  const targets = { store: { ...base.targets.store, intake: { secret: 'store-intake' } } }
  const mappings = { ...base.mappings, 'app-main': { ...base.mappings['app-main'], purpose } }
  return { ...base, targets, mappings }
}

async function told(session: GivenSession, key: string, atMs: number): Promise<void> {
  const calls = [{ api: 'GetObject', key, status: 200 }]
  expect(await storeTells(vendor, session, { calls, atMs, secret: INTAKE_SECRET })).toBe(204)
  await until('it is told of', async () => (await accessesTo(key)).length > 0)
}
const accessesTo = async (key: string) =>
  (await vendor.get(`/v1/admin/accesses?bucket=artifacts&key=${encodeURIComponent(key)}`)).body[
    'accesses'
  ] as Record<string, unknown>[] // the admin door's own answer
const ghosts = async () =>
  (await vendor.get('/v1/admin/ghosts?state=all')).body['ghosts'] as Record<string, unknown>[] // as above

test('what people did stays, whatever its age: each change of the configuration, and when a key was made', async () => {
  const purposes = await vendor.events('type=config.changing')
  expect(purposes).toHaveLength(2)
  expect(await vendor.events('type=config.changed')).toHaveLength(2)
  const made = await vendor.events('type=secret.created')
  expect(made.map(({ event }) => event)).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ type: 'secret.created', target: 'store' })]),
  )
  expect(made.length).toBeGreaterThan(1)
})

test('an access of a session that was pruned is no ghost, and is told with its assumption and why there is no more', async () => {
  await told(old, 'acme/app/late', Date.now())
  const [access] = await accessesTo('acme/app/late')
  expect(access).toMatchObject({ ghost: null, by: null, pruned: old.sub })
  const { out } = await runCli((io) => whoCommand(['s3://artifacts/acme/app/late'], io), { vendor })
  expect(out).toContain(`${old.sub}: what the log had of it was pruned`)
})

test('an old id under which somebody uses a session now is a ghost all the same, and so is one of now that nobody gave', async () => {
  const now = Date.now() + ahead
  await told({ accessKey: 'THIEF', sub: old.sub }, 'acme/app/stolen', now)
  const made = newId('asm', now, new Uint8Array(10))
  await told({ accessKey: 'THIEF2', sub: made }, 'acme/app/made', now)
  await until('both are ghosts', async () => (await ghosts()).length === 2)
  expect(await ghosts()).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ accessKeyId: 'THIEF', reason: 'outlived', assumption: null }),
      expect.objectContaining({ accessKeyId: 'THIEF2', reason: 'unknown' }),
    ]),
  )
  expect((await accessesTo('acme/app/late'))[0]).toMatchObject({ ghost: null })
})

test('replay counts what was pruned by itself, over REST and in the terminal', async () => {
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  const wanted = { configuration: configuration('the third') }
  const { body } = await vendor.post('/v1/admin/config:replay?days=30', wanted)
  expect(body).toMatchObject({ decisions: 1, notReplayed: { unverified: 0, pruned: 4 } })
  const files = { 'stint.yaml': stringify(wanted.configuration) }
  const { code, out } = await runCli((io) => replayCommand(['-f', 'stint.yaml'], io), { vendor, files })
  expect([code, out]).toEqual([0, expect.stringContaining('\n4 were pruned by their age')])
})

test('who asks why of what was pruned hears that it was, and of what never was that there is no such thing', async () => {
  for (const id of [old.request, old.sub])
    expect(await vendor.get(`/v1/admin/explain/${id}`)).toMatchObject({ status: 410, body: { code: 'gone' } })
  const never = newId('req', Date.now() + ahead, new Uint8Array(10))
  expect(await vendor.get(`/v1/admin/explain/${never}`)).toMatchObject({ status: 404 })
})

test('a key whose making was recorded before what the log keeps is found by its age', async () => {
  ahead = 500 * DAY
  await vendor.restart()
  const { body } = await vendor.get('/v1/admin/findings?kind=target&name=store&detector=S14')
  expect(body).toMatchObject({ findings: [{ evidence: { what: 'signing key' } }] })
}, 60_000)
