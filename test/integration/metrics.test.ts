import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { METRICS } from '../../apps/vendor/src/metrics/table.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { freePort } from '../support/ports.ts'
import { parsedMetrics, type ReadSample } from '../support/prometheus.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

const CLI = join(import.meta.dirname, '../../apps/vendor/src/cli.ts')

let store: FakeSts
let vendor: ChildVendor
let operations: string

beforeAll(async () => {
  store = await startFakeSts()
  const port = await freePort()
  operations = `http://127.0.0.1:${port}`
  vendor = await startVendor({ env: { STINT_METRICS_LISTEN: `127.0.0.1:${port}` } })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
})

afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

const scrape = async () => parsedMetrics(await (await fetch(`${operations}/metrics`)).text())
const total = (samples: readonly ReadSample[], name: string, labels: Record<string, string> = {}) =>
  samples
    .filter(
      (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0)

test('every exchange is counted once, by how it ended, and its stages are timed', async () => {
  const before = await scrape()
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  expect((await vendor.exchange(vendor.token({ ref: 'refs/heads/x' }))).status).toBe(400)
  expect((await vendor.exchange('a.b.c')).status).toBe(400)
  store.setFault({ kind: 'answer', status: 503, body: '<html>down</html>' })
  expect((await vendor.exchange(vendor.token())).status).toBe(503)
  store.setFault(undefined)
  const after = await scrape()
  const grew = (name: string, labels: Record<string, string> = {}) =>
    total(after, name, labels) - total(before, name, labels)
  expect(grew('stint_exchanges_total', { outcome: 'granted' })).toBe(2)
  expect(grew('stint_exchanges_total', { outcome: 'refused' })).toBe(2)
  expect(grew('stint_exchanges_total', { outcome: 'failed' })).toBe(1)
  expect(grew('stint_refusals_total', { class: 'access_denied', code: 'no_mapping' })).toBe(1)
  expect(grew('stint_refusals_total', { class: 'service_unavailable', code: 'target_unavailable' })).toBe(1)
  expect(grew('stint_exchange_duration_seconds_count')).toBe(5)
  const stages = { verify: 5, decide: 4, intent: 3, mint: 3, outcome: 3, refusal: 2 }
  for (const [stage, count] of Object.entries(stages))
    expect([stage, grew('stint_exchange_stage_duration_seconds_count', { stage })]).toEqual([stage, count])
  expect(grew('stint_target_calls_total', { target: 'store', call: 'mint', outcome: 'ok' })).toBe(2)
  expect(
    grew('stint_target_calls_total', { target: 'store', call: 'mint', outcome: 'target_unavailable' }),
  ).toBe(1)
  expect(grew('stint_sessions_live')).toBe(2)
  expect(grew('stint_audit_events_total')).toBeGreaterThanOrEqual(8)
  expect(grew('stint_audit_commit_duration_seconds_count')).toBeGreaterThan(0)
  expect(total(after, 'stint_exchanges_in_flight')).toBe(0)
  expect(total(after, 'stint_configuration_generation')).toBe(1)
  expect(total(after, 'stint_ready')).toBe(1)
  expect(total(after, 'stint_key_set_fetches_total', { issuer: 'ci', outcome: 'ok' })).toBeGreaterThan(0)
  expect(grew('stint_admin_operations_total')).toBe(0)
})

test('admin operations are counted by the id of the OpenAPI document, answers by status', async () => {
  const before = await scrape()
  await vendor.get('/v1/admin/audit/events?limit=1')
  await vendor.get('/v1/admin/audit/events?limit=1', 'not-a-token')
  const after = await scrape()
  for (const status of ['200', '401'])
    expect(total(after, 'stint_admin_operations_total', { operation: 'listEvents', status })).toBe(1)
  expect(total(after, 'stint_http_answers_total', { status: '401' })).toBe(
    total(before, 'stint_http_answers_total', { status: '401' }) + 1,
  )
})

test('every sample is of a family of the table, and no label is of a token', async () => {
  const token = vendor.token({
    jti: 'canary-jti-5a1c',
    email: 'canary-claim-5a1c',
    ref: 'refs/heads/canary-5a1c',
  })
  await vendor.exchange(token)
  const text = await (await fetch(`${operations}/metrics`)).text()
  expect(text).not.toContain('5a1c')
  expect(text).not.toContain('repo:acme/app')
  const samples = await parsedMetrics(text)
  const known: readonly { name: string; kind: string; labels: readonly string[] }[] = Object.values(METRICS)
  for (const { name, labels } of samples) {
    const family = known.find(
      (one) => name.replace(/_(bucket|sum|count)$/, '') === one.name || one.name === name,
    )
    expect([name, family?.kind]).not.toContain(undefined)
    expect(Object.keys(labels).filter((label) => label !== 'le')).toEqual(family?.labels ?? [])
  }
})

test('metrics and names are at the operations address only', async () => {
  expect((await fetch(`${vendor.url}/metrics`)).status).toBe(404)
  const open = await (await fetch(`${vendor.url}/readyz`)).json()
  const named = await (await fetch(`${operations}/readyz`)).json()
  expect(JSON.stringify(open)).not.toContain('about')
  expect(JSON.stringify(named)).toContain('about')
  expect((await fetch(`${operations}/v1/token`, { method: 'POST' })).status).toBe(404)
})

test('beyond this machine the metrics want the token of the file', async () => {
  const port = await freePort()
  const folder = vendor.dataFolder
  const file = join(folder, 'metrics-token')
  writeFileSync(file, 'a-token-of-an-operator\n', { mode: 0o400 })
  await using guarded = await startVendor({
    env: { STINT_METRICS_LISTEN: `127.0.0.1:${port}`, STINT_METRICS_TOKEN_FILE: file },
  })
  const asked = async (headers: Record<string, string>, path = '/metrics') =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status
  expect(await asked({})).toBe(401)
  expect(await asked({ authorization: 'Bearer another-token-of-nobody' })).toBe(401)
  expect(await asked({ authorization: 'Bearer a-token-of-an-operator' })).toBe(200)
  expect(await asked({}, '/readyz')).toBe(401)
  expect(await asked({}, '/healthz')).toBe(200)
  expect(guarded.logged()).not.toContain('a-token-of-an-operator')
})

test.each([
  { name: 'an address of the network without a token', env: { STINT_METRICS_LISTEN: '0.0.0.0:9401' } },
  {
    name: 'a token file that is not there',
    env: { STINT_METRICS_LISTEN: '127.0.0.1:0', STINT_METRICS_TOKEN_FILE: '/nowhere/token' },
  },
])('refuses to start with $name', async ({ env }) => {
  await expect(startVendor({ env })).rejects.toThrow('settings_invalid')
})

test('a start that is refused after the operations address is open ends the process all the same', async () => {
  const data = await mkdtemp(join(tmpdir(), 'stint-refused-'))
  try {
    await writeFile(
      join(data, 'audit.db'),
      'this is no database, and longer than one page header of sixteen bytes',
    )
    const env = {
      STINT_PUBLIC_URL: 'http://127.0.0.1:1',
      STINT_LISTEN: '127.0.0.1:0',
      STINT_METRICS_LISTEN: '127.0.0.1:0',
      STINT_ACCOUNT: '123456789012',
      STINT_DATA: data,
      STINT_ADMIN_ISSUER: 'http://127.0.0.1:1',
      STINT_ADMIN_SUBJECT: 'x',
      STINT_ADMIN_AUDIENCE: 'y',
    }
    const { status, signal } = spawnSync(process.execPath, [CLI, 'serve'], { env, timeout: 20_000 })
    expect([status, signal]).toEqual([1, null])
  } finally {
    await rm(data, { recursive: true })
  }
})
