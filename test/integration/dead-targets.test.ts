import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import type { RunningMinio } from '../support/minio-server.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let vendor: ChildVendor
let good: RunningMinio
let hanging: FakeSts
let cutting: FakeSts

/** One issuer; a role and a mapping for each of three stores. */
function configure(endpoint: string) {
  const base = configurationFor(vendor, endpoint)
  const { store } = base.targets
  const { 'app-artifacts': role } = base.roles
  const { 'app-main': mapping } = base.mappings
  const others = { hanging: hanging.endpoint, cutting: cutting.endpoint }
  const of = (make: (name: string, at: string) => object) =>
    Object.fromEntries(Object.entries(others).map(([name, at]) => [name, make(name, at)]))
  return {
    ...base,
    targets: { store, ...of((_name, at) => ({ ...store, endpoint: at })) },
    roles: { 'app-artifacts': role, ...of((target) => ({ ...role, target })) },
    mappings: { 'app-main': mapping, ...of((name) => ({ ...mapping, role: name })) },
  }
}

beforeAll(async () => {
  hanging = await startFakeSts()
  cutting = await startFakeSts()
  vendor = await startVendor({ child: true })
  good = await startTrustingMinio(vendor, configure)
})
afterAll(async () => {
  await good?.stop()
  await vendor?.stop()
  await hanging?.stop()
  await cutting?.stop()
})

const ask = async (role: string) => {
  const resource = `arn:aws:iam::${ACCOUNT}:role/${role}`
  return (await vendor.exchange(vendor.token(), { resource })).status
}

test('a store that hangs and one that cuts harm no other: every exchange with the good one succeeds meanwhile', async () => {
  expect(await ask('app-artifacts')).toBe(200)
  hanging.setFault({ kind: 'hang' })
  cutting.setFault({ kind: 'cut', at: 'before_headers' })
  let pending = 0
  const dead: Promise<number>[] = []
  const begin = (role: string) => {
    pending += 1
    dead.push(ask(role).finally(() => (pending -= 1)))
  }
  for (let at = 0; at < 100; at += 1) begin('hanging')
  for (let at = 0; at < 100; at += 1) begin('cutting')
  await hanging.asked(40)
  const statuses = await Promise.all(Array.from({ length: 100 }, () => ask('app-artifacts')))
  // All of the good ones are answered while exchanges with the hanging one still wait: none waited for those.
  expect([new Set(statuses), pending > 0]).toEqual([new Set([200]), true])
  const rest: number[] = []
  while (pending > 0) rest.push(await ask('app-artifacts'))
  expect([new Set(rest), rest.length > 0]).toEqual([new Set([200]), true])
  expect(new Set(await Promise.all(dead))).toEqual(new Set([503]))
  const opened = await vendor.events('type=target.breaker_opened')
  const targets = opened.map(({ event }) => (event.type === 'target.breaker_opened' ? event.target : ''))
  expect(new Set(targets)).toEqual(new Set(['hanging', 'cutting']))
}, 60_000)

test('what hangs at one store while it is ended holds up no ending at another, and a store that is well again is used', async () => {
  // The hanging store still owes the endings of the test before; a session of the good one is ended and proved.
  const { body } = await vendor.post('/v1/admin/roles/app-artifacts:revoke', { reason: 'a test' })
  expect([body['proved'], body['unproved']]).toEqual([body['sessions'], []])
  hanging.setFault(undefined)
  cutting.setFault(undefined)
  await expect.poll(() => ask('hanging'), { timeout: 10_000 }).toBe(200)
  await expect.poll(() => ask('cutting'), { timeout: 10_000 }).toBe(200)
  const closed = await vendor.events('type=target.breaker_closed')
  expect(closed.length).toBeGreaterThanOrEqual(2)
}, 60_000)
