import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { startFakeSts } from '../support/fake-sts.ts'
import { configurationFor, startVendor } from '../support/vendor.ts'

type Check = {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly decides: boolean
}

async function readiness(url: string) {
  const response = await fetch(`${url}/readyz`)
  const { checks } = (await response.json()) as { checks: readonly Check[] } // as http/ops.ts prints it
  return [
    response.status,
    checks.filter(({ ok, decides }) => decides && !ok).map(({ name, detail }) => `${name} ${detail}`),
  ]
}

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
  expect(await readiness(vendor.url)).toEqual([503, ['audit_log not_writable']])
  expect(store.sessions.length).toBe(minted)

  limit('unlimited')
  // A balancer that sends nothing more to one that is not ready: it must find out by itself.
  await expect.poll(() => readiness(vendor.url), { timeout: 10_000 }).toEqual([200, []])
  expect((await vendor.exchange(vendor.token())).status).toBe(200)
}, 30_000)
