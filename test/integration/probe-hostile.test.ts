import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { probeCommand } from '../../apps/vendor/src/cli/probe.ts'
import type { ShownSheet } from '../../apps/vendor/src/domain/probe/sheet.ts'
import { runCli } from '../support/cli.ts'
import { type Lie, type LyingStore, startLyingStore } from '../support/lying-store.ts'
import { type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let store: LyingStore

beforeAll(async () => {
  vendor = await startVendor()
  store = await startLyingStore('accepts-everything')
  const base = configurationFor(vendor, store.endpoint)
  const targets = { store: { ...base.targets.store, probe: { bucket: 'stint-probe' } } }
  expect((await vendor.apply({ ...base, targets })).status).toBe(200)
})
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

async function probed(lie: Lie): Promise<ShownSheet> {
  store.setLie(lie)
  const { status, body } = await vendor.post('/v1/admin/targets/store:probe', {})
  expect(status).toBe(200)
  return body as ShownSheet // the admin door's own answer, whose shape the OpenAPI test holds
}

const tryOf = ({ tries }: ShownSheet, id: string) => tries.find((one) => one.id === id)
const ruleCount = async (rule: string) => (await vendor.get(`/v1/admin/findings?rule=${rule}`)).body['total']

test('a store that accepts everything is found out, and its sessions are not called ended', async () => {
  const sheet = await probed('accepts-everything')
  for (const id of [
    'confined-nothing',
    'confined-outside',
    'wall-long',
    'wall-administers',
    'wall-other-buckets',
  ])
    expect([id, tryOf(sheet, id)?.verdict]).toEqual([id, 'fails'])
  expect(sheet.broken).toContain('confined-outside')
  expect([sheet.immune, sheet.sessions.proved]).toEqual([false, 0])
  expect(sheet.sessions.unproved).toHaveLength(sheet.sessions.minted)
  expect(await ruleCount('probe-broken')).toBe(1)
  expect(await ruleCount('probe-unended')).toBe(1)
  const run = await runCli((io) => probeCommand(['--show', sheet.probe], io), { vendor })
  expect(run.code).toBe(1)
  expect(run.out).toMatch(/^! FAILS {6}confined-outside/m)
  expect(run.out).toContain('! not proved: asm_')
})

test('a store that refuses everything does not look immune: nothing of it was tried', async () => {
  const sheet = await probed('refuses-everything')
  expect(sheet.immune).toBe(false)
  const forged = sheet.tries.filter(({ group }) => group === 'forged')
  expect(new Set(forged.map(({ verdict }) => verdict))).toEqual(new Set(['not_tried']))
  expect(tryOf(sheet, 'confined-inside')?.reason).toBe('write a/x: refused (403 AccessDenied)')
  expect(await ruleCount('probe-blind')).toBe(1)
})

test('an Expiration later than asked for is a broken guarantee', async () => {
  const sheet = await probed('lives-longer')
  expect(sheet.broken).toEqual(expect.arrayContaining(['lifetime-honest', 'lifetime-short']))
  // Whatever it says, that is how long somebody has to reckon with them.
  const [longest] = sheet.sessions.unproved
    .map(({ latestExpiry }) => latestExpiry)
    .toSorted()
    .toReversed()
  expect(Date.parse(longest ?? '')).toBeGreaterThan(Date.now() + 86_000_000)
})

test('a store that says nothing of value proves nothing', async () => {
  const sheet = await probed('babbles')
  // It gave a session of more than twelve hours: that much it said.
  expect([sheet.immune, sheet.broken]).toEqual([false, ['wall-long']])
  expect(tryOf(sheet, 'confined-nothing')?.verdict).toBe('not_tried')
})

test('no secret, signature or token is in sheet, log or file, whatever a store echoes', async () => {
  const sheet = await probed('echoes-secrets')
  expect(tryOf(sheet, 'confined-nothing')?.steps.at(-1)).toMatchObject({ status: 403, code: null })
  await vendor.restart()
  const files = ['audit.db', 'audit.db-wal', 'config.db', 'config.db-wal'].map((file) => {
    try {
      return readFileSync(`${vendor.dataFolder}/${file}`, 'latin1')
    } catch {
      return ''
    }
  })
  const kept = [JSON.stringify(sheet), vendor.logged(), ...files].join('\n')
  expect(kept).toContain(sheet.probe)
  for (const secret of store.secrets) {
    for (let at = 0; at + 12 <= secret.length; at += 4)
      expect(kept.includes(secret.slice(at, at + 12))).toBe(false)
  }
  expect(kept).not.toMatch(/AWS4-HMAC|eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI/)
})

test('a store that is not there is a failed probe with its code, and a finding', async () => {
  await store.stop()
  const { status, body } = await vendor.post('/v1/admin/targets/store:probe', {})
  expect([status, body['outcome'], body['code'], body['tries']]).toEqual([
    200,
    'failed',
    'target_unavailable',
    [],
  ])
  const { body: found } = await vendor.get('/v1/admin/findings?rule=probe-failed')
  expect(JSON.stringify(found)).toContain('probe failed: target_unavailable')
  const run = await runCli((io) => probeCommand(['target', 'store'], io), { vendor })
  expect([run.code, run.out.includes('! probe failed: target_')]).toEqual([1, true])
})

test('the next probe that has a session takes that finding away at once, whether of the target or of a role of it', async () => {
  const fail = async () => {
    await store.stop()
    const { body } = await vendor.post('/v1/admin/targets/store:probe', {})
    expect([body['outcome'], await ruleCount('probe-failed')]).toEqual(['failed', 1])
    store = await startLyingStore('accepts-everything', Number(new URL(store.endpoint).port))
  }
  await fail()
  const { body: role } = await vendor.post('/v1/admin/roles/app-artifacts:probe', {})
  expect([role['outcome'], await ruleCount('probe-failed')]).toEqual(['completed', 0])
  await vendor.restart()
  expect(await ruleCount('probe-failed')).toBe(0)
  await fail()
  expect((await probed('accepts-everything')).outcome).toBe('completed')
  expect(await ruleCount('probe-failed')).toBe(0)
}, 60_000)
