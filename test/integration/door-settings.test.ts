import { expect, test } from 'vitest'
import { sts, webIdentityForm } from '../support/doors.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import { freePort } from '../support/ports.ts'
import { configurationFor, startVendor } from '../support/vendor.ts'

test('serves every door below the path of the public URL, and without it for a proxy that takes it off', async () => {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  await using store = await startFakeSts()
  await using vendor = await startVendor({
    env: { STINT_LISTEN: `127.0.0.1:${port}`, STINT_PUBLIC_URL: `${origin}/creds/v2` },
    at: origin,
  })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  const form = () => ({ method: 'POST', body: webIdentityForm(vendor.token()) })
  for (const path of [
    '',
    '/',
    '/sts',
    '/sts/',
    '/creds/v2',
    '/creds/v2/',
    '/creds/v2/sts',
    '/creds/v2/sts/',
  ]) {
    expect([path, (await sts(origin + path, form())).status]).toEqual([path, 200])
  }
  const headers = { authorization: vendor.token() }
  const credentials = await fetch(`${origin}/creds/v2/v1/credentials/app-artifacts`, { headers })
  expect(credentials.status).toBe(200)
  expect((await sts(`${origin}/creds/v2x/`, form())).status).toBe(404)
  const discovery = await fetch(`${origin}/creds/v2/oidc/store/.well-known/openid-configuration`)
  expect(await discovery.json()).toMatchObject({ issuer: `${origin}/creds/v2/oidc/store` })
  const metadata = await fetch(`${origin}/.well-known/oauth-authorization-server/creds/v2`)
  expect(await metadata.json()).toMatchObject({ token_endpoint: `${origin}/creds/v2/v1/token` })
})

test('takes a token in the query only where the setting says so, by GET and by POST', async () => {
  await using store = await startFakeSts()
  await using vendor = await startVendor({ env: { STINT_STS_TOKEN_IN_QUERY: 'on' } })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  const query = webIdentityForm(vendor.token())
  expect((await sts(`${vendor.url}/?${query}`, {})).status).toBe(200)
  expect((await sts(`${vendor.url}/?${query}`, { method: 'POST' })).status).toBe(200)
  const twice = await sts(`${vendor.url}/?${query}`, { method: 'POST', body: query })
  expect([twice.status, twice.code]).toEqual([400, 'InvalidParameterValue'])
  const started = await vendor.events('type=process.start')
  expect(started[0]?.event).toMatchObject({
    weakened: expect.arrayContaining(['STINT_STS_TOKEN_IN_QUERY is on']),
  })
  expect(vendor.logged()).not.toContain(vendor.token().slice(0, 40))
})

test('a door that is asked too often answers what each client backs off from, and asks no store', async () => {
  await using store = await startFakeSts()
  await using vendor = await startVendor({
    env: {
      STINT_RATE_LIMITS: 'token=1/3600,sts=1/3600,container=1/3600',
      STINT_TRUSTED_PROXIES: '127.0.0.0/8',
    },
  })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  const from = (ip: string) => ({ 'x-forwarded-for': ip })
  const ask = {
    token: async (ip: string) => {
      const body = new URLSearchParams({ grant_type: 'x' })
      const { status, headers } = await fetch(`${vendor.url}/v1/token`, {
        method: 'POST',
        body,
        headers: from(ip),
      })
      return { status, headers }
    },
    sts: (ip: string) =>
      sts(vendor.url, { method: 'POST', body: webIdentityForm(vendor.token()), headers: from(ip) }),
    container: async (ip: string) => {
      const headers = { ...from(ip), authorization: vendor.token() }
      const response = await fetch(`${vendor.url}/v1/credentials/app-artifacts`, { headers })
      const { Code: code } = (await response.json()) as { Code: string } // by the protocol
      return { status: response.status, headers: response.headers, code }
    },
  }
  for (const door of ['token', 'sts', 'container'] as const) {
    const first = await ask[door]('10.0.0.1')
    expect([door, first.status === 429]).toEqual([door, false])
    const calls = store.calls()
    const second = await ask[door]('10.0.0.2')
    expect([door, second.status, store.calls()]).toEqual([door, 429, calls])
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(1)
    if ('code' in second) expect(second.code).toBe('Throttling')
    expect((await ask[door]('10.0.1.1')).status).not.toBe(429)
  }
})
