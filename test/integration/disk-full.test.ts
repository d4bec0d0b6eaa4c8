import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { startFakeSts } from '../support/fake-sts.ts'
import { configurationFor, startVendor } from '../support/vendor.ts'

const readiness = async (url: string) => (await fetch(`${url}/readyz`)).status

test('a disk that is full under the log: no credential leaves, refusals are not answered either, and it heals by itself', async () => {
  await using store = await startFakeSts()
  await using vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'silent' } })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  expect((await vendor.exchange(vendor.token())).status).toBe(200)

  // The kernel refuses every write beyond the size that the log has: as a full disk does.
  const limit = (blocks: string) =>
    execFileSync('prlimit', [`--fsize=${blocks}:unlimited`, '--pid', String(vendor.process().pid)])
  limit('4096')
  const minted = store.sessions.length
  const answers = await Promise.all(Array.from({ length: 8 }, () => vendor.exchange(vendor.token())))
  expect(answers.map(({ status, body }) => [status, body['code'], body['credentials']])).toEqual(
    answers.map(() => [503, 'service_unavailable', undefined]),
  )
  expect((await vendor.exchange(vendor.token({ ref: 'refs/heads/x' }))).status).toBe(503)
  expect((await vendor.exchange('a.b.c')).status).toBe(503)
  expect(await readiness(vendor.url)).toBe(503)
  expect(store.sessions.length).toBe(minted)

  limit('unlimited')
  await expect.poll(async () => (await vendor.exchange(vendor.token())).status, { timeout: 10_000 }).toBe(200)
  expect(await readiness(vendor.url)).toBe(200)
}, 30_000)
