import { statSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { targetCommand } from '../../apps/vendor/src/cli/target.ts'
import type { AssumptionId } from '../../apps/vendor/src/ids.ts'
import type { CredentialTarget } from '../../apps/vendor/src/ports.ts'
import { createMinioTarget } from '../../apps/vendor/src/targets/minio.ts'
import { issuerUrlOf, readTargetKey } from '../../apps/vendor/src/targets/target-key.ts'
import { askApi } from '../support/admin-api.ts'
import { runCli } from '../support/cli.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { targetOptions } from '../support/store-target.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let minio: RunningMinio
/** Somebody who copied the key file before it was replaced. */
let thief: CredentialTarget

beforeEach(async () => {
  vendor = await startVendor()
  minio = await startTrustingMinio(vendor)
  const key = readTargetKey({ own: `${vendor.dataFolder}/keys`, given: null }, 'store')
  if (key === null) throw new Error('the target has no key')
  thief = createMinioTarget(
    targetOptions({ endpoint: minio.endpoint }, { issuerUrl: issuerUrlOf(vendor.url, 'store'), key }),
  )
  expect(await thief.checkKey(newSub())).toBe('accepted')
})
afterEach(async () => {
  await thief?.close()
  await minio?.stop()
  await vendor?.stop()
})

let count = 0
const newSub = (): AssumptionId => `asm_thief-${process.pid}-${count++}`
const rekey = (body: object) =>
  askApi(vendor, '/v1/admin/targets/store:rekey', { method: 'POST', body: { reason: 'a test', ...body } })
const keysPublished = async () => {
  const answer = await fetch(`${vendor.url}/oidc/store/jwks.json`)
  const { keys } = (await answer.json()) as { keys: { kid: string; x: string }[] }
  return keys
}

test('a compromised key dies at the store, the new one is taken, and the same kid stays', async () => {
  const [before] = await keysPublished()
  const { status, body } = await rekey({ compromised: true })
  expect([status, body['newKey'], body['oldKey']]).toEqual([200, 'accepted', 'refused'])
  expect(await thief.checkKey(newSub())).toBe('refused')
  const after = await keysPublished()
  expect(after.map(({ kid }) => kid)).toEqual([before?.kid])
  expect(after[0]?.x).not.toBe(before?.x)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  const events = await vendor.events('type=secret.rotating&type=secret.rotated')
  expect(events.map(({ event }) => event)).toMatchObject([
    { type: 'secret.rotated', newKey: 'accepted', oldKey: 'refused' },
    { type: 'secret.rotating', compromised: true, actor: { sub: 'first-administrator' }, reason: 'a test' },
  ])
})

test('the new key is the one after a restart of both, whatever kid it has', async () => {
  await rekey({ compromised: true })
  const [published] = await keysPublished()
  await vendor.restart()
  expect(await keysPublished()).toEqual([published])
  await minio.kill()
  await minio.restart()
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
  expect(await thief.checkKey(newSub())).toBe('refused')
})

test('an ordinary rotation loses no exchange of those under way, and publishes both for a while', async () => {
  let stop = false
  const asked: number[] = []
  const load = Array.from({ length: 4 }, async () => {
    while (!stop) asked.push((await vendor.exchange(vendor.token())).status)
  })
  await vendor.exchange(vendor.token())
  const { body } = await rekey({})
  expect([body['newKey'], body['oldKey']]).toEqual(['accepted', null])
  const before = asked.length
  while (asked.length < before + 20) await vendor.exchange(vendor.token())
  stop = true
  await Promise.all(load)
  expect(new Set(asked)).toEqual(new Set([200]))
  expect((await keysPublished()).length).toBe(2)
  expect(statSync(`${vendor.dataFolder}/keys/target-store.pem`).mode & 0o777).toBe(0o400)
})

test('the command prints what ends the thief’s sessions, and fails where the store says nothing', async () => {
  const run = (...argv: string[]) => runCli((io) => targetCommand(['rekey', ...argv], io), { vendor })
  expect((await run('store')).code).toBe(2)
  const done = await run('store', '--compromised', '--reason', 'laptop lost')
  expect([done.code, done.out.includes('the old key: refused'), done.out.includes('"Deny"')]).toEqual([
    0,
    true,
    true,
  ])
  await minio.kill()
  expect((await run('store', '--compromised', '--reason', 'again')).code).toBe(1)
  expect((await run('nobody', '--reason', 'x')).code).toBe(1)
})
