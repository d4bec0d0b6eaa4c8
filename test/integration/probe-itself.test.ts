import { expect, test } from 'vitest'
import { verifyAuditLog } from '../../apps/vendor/src/audit/verify.ts'
import type { StoredEvent } from '../../apps/vendor/src/ports.ts'
import { startCleanProxy } from '../support/clean-proxy.ts'
import { storedSessions } from '../support/minio-sessions.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { configurationFor, startVendor, type TestVendor } from '../support/vendor.ts'
import { until } from '../support/wait.ts'

const DAY_MS = 86_400_000

type Event = StoredEvent['event']
const eventsOf = async <T extends Event['type']>(vendor: TestVendor, type: T) =>
  (await vendor.events(`type=${type}&limit=500`)).flatMap(({ seq, event }) =>
    event.type === type ? [{ seq, event: event as Extract<Event, { type: T }> }] : [],
  )
const schedule = async (vendor: TestVendor) => {
  const { body } = await vendor.get('/v1/admin/probe-schedule')
  const [target] = body['targets'] as { due: string; running: boolean; newest: { outcome: string } | null }[] // the door's own answer
  return target
}

const withBucket = (
  vendor: { readonly url: string } & Parameters<typeof configurationFor>[0],
  endpoint: string,
) => {
  const base = configurationFor(vendor, endpoint)
  return { ...base, targets: { store: { ...base.targets.store, probe: { bucket: 'stint-probe' } } } }
}

test('a new target is probed by itself, in the background, and once', async () => {
  await using vendor = await startVendor({ env: { STINT_PROBES: 'on' } })
  await using proxy = await startCleanProxy()
  await using minio = await startTrustingMinio(vendor, (endpoint) => withBucket(vendor, endpoint))
  await s3Caller(minio.endpoint, minio.root)('PUT', '/stint-probe')
  proxy.forwardTo(minio.port)
  // Another endpoint is another store, whatever was known of the one before.
  expect((await vendor.apply(withBucket(vendor, proxy.endpoint))).status).toBe(200)
  const [changed] = await eventsOf(vendor, 'config.changed')
  const ofProxy = async () =>
    (await eventsOf(vendor, 'probe.finished')).filter(({ event }) => event.store.endpoint === proxy.endpoint)
  await until('it is probed', async () => (await ofProxy()).length > 0, { timeoutMs: 60_000 })
  const [begun] = await eventsOf(vendor, 'probe.begun')
  expect(begun?.seq).toBeGreaterThan(changed?.seq ?? 0)
  expect(begun?.event).toMatchObject({
    trigger: 'new_target',
    actor: null,
    target: { name: 'store', version: 2 },
  })
  const [finished] = await ofProxy()
  expect(finished?.event).toMatchObject({ outcome: 'completed', trigger: 'new_target', code: null })
  const stands = await schedule(vendor)
  const ahead = Date.parse(stands?.due ?? '') - Date.parse(finished?.event.ended ?? '')
  expect(ahead).toBeGreaterThan(0.89 * DAY_MS)
  expect(ahead).toBeLessThanOrEqual(DAY_MS)
  // Due times follow from the sheets: a restart neither forgets nor repeats.
  const before = (await eventsOf(vendor, 'probe.begun')).length
  await vendor.restart()
  expect((await schedule(vendor))?.due).toBe(stands?.due)
  expect(await eventsOf(vendor, 'probe.begun')).toHaveLength(before)
}, 120_000)

test('a store that is not there yet is asked again after a minute, and the apply did not wait for it', async () => {
  await using vendor = await startVendor({ env: { STINT_PROBES: 'on' } })
  expect((await vendor.apply(configurationFor(vendor, 'http://127.0.0.1:9'))).status).toBe(200)
  await until('it failed', async () => (await eventsOf(vendor, 'probe.finished')).length > 0)
  const [changed] = await eventsOf(vendor, 'config.changed')
  const [begun] = await eventsOf(vendor, 'probe.begun')
  expect(begun?.seq).toBeGreaterThan(changed?.seq ?? 0)
  const [finished] = await eventsOf(vendor, 'probe.finished')
  expect(finished?.event).toMatchObject({ outcome: 'failed', code: 'target_unavailable' })
  const { due } = (await schedule(vendor)) ?? { due: '' }
  expect(Date.parse(due) - Date.parse(finished?.event.ended ?? '')).toBe(60_000)
}, 60_000)

test('a target that nobody looked at says so, and by the setting nobody does', async () => {
  await using vendor = await startVendor()
  await vendor.apply(configurationFor(vendor, 'http://127.0.0.1:9'))
  const { body } = await vendor.get('/v1/admin/findings?rule=never-probed')
  expect(body).toMatchObject({ findings: [{ kind: 'target', name: 'store', message: 'not probed' }] })
  const [started] = await eventsOf(vendor, 'process.start')
  expect(started?.event.weakened).toContain('STINT_PROBES is off')
})

test('a process killed amid a probe leaves nothing: the next start ends its sessions with proof', async () => {
  await using vendor = await startVendor({ child: true })
  await using minio = await startTrustingMinio(vendor, (endpoint) => withBucket(vendor, endpoint))
  await s3Caller(minio.endpoint, minio.root)('PUT', '/stint-probe')
  const asked = vendor.post('/v1/admin/targets/store:probe', {}).catch(() => null)
  // It waits for the end of a session of five seconds: that one is alive.
  await until('a session is waited for', async () => {
    const [last] = await eventsOf(vendor, 'probe.intent')
    return (
      last?.event.try === 'lifetime-short' &&
      (await eventsOf(vendor, 'probe.answered'))[0]?.event.assumption === last.event.assumption
    )
  })
  await vendor.kill()
  expect(await asked).toBe(null)
  await vendor.restart()
  const answered = await eventsOf(vendor, 'probe.answered')
  const last = answered[0]?.event
  await until('it is ended', async () => {
    const revoked = await eventsOf(vendor, 'assume.revoked')
    return revoked.some(({ event }) => event.assumption === last?.assumption && event.proof === 'proved')
  })
  const revoked = await eventsOf(vendor, 'assume.revoked')
  const proved = new Set(
    revoked.filter(({ event }) => event.proof === 'proved').map(({ event }) => event.accessKeyId),
  )
  expect(answered.filter(({ event }) => !proved.has(event.accessKeyId))).toEqual([])
  expect(
    storedSessions(minio.dataDir).filter(({ accessKeyId }) => accessKeyId !== last?.accessKeyId),
  ).toEqual([])
  const { body } = await vendor.get('/v1/admin/probes')
  expect(body).toMatchObject({ probes: [{ outcome: 'cut', target: { name: 'store' } }], next: null })
  // And another one runs as if nothing had been.
  const again = await vendor.post('/v1/admin/targets/store:probe', {})
  expect(again.body).toMatchObject({ outcome: 'completed', broken: [] })
  await vendor.process().stop()
  expect(verifyAuditLog(`${vendor.dataFolder}/audit.db`).seq).toBeGreaterThan(answered.length)
}, 120_000)

test('a process that is told to stop amid a probe stops in time, and the sheet says that it was cut', async () => {
  await using vendor = await startVendor()
  await using minio = await startTrustingMinio(vendor, (endpoint) => withBucket(vendor, endpoint))
  expect(minio.port).toBeGreaterThan(0)
  const asked = vendor.post('/v1/admin/targets/store:probe', {}).catch(() => null)
  await until('it has begun', async () => (await eventsOf(vendor, 'probe.answered')).length > 2)
  await vendor.restart()
  await asked
  const [finished] = await eventsOf(vendor, 'probe.finished')
  expect(finished?.event).toMatchObject({ outcome: 'cut' })
  expect(finished?.event.sessions.unproved).toEqual([])
}, 60_000)
