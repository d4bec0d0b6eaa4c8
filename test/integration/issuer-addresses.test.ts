import type { lookup } from 'node:dns'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJsonFetcher } from '../../apps/vendor/src/oidc/fetch-json.ts'
import { fetchKeySet } from '../../apps/vendor/src/oidc/fetch-key-set.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await startTestIssuer({ alg: 'ES256' })
})
afterAll(() => issuer.stop())

/** A resolver that gives these addresses in turn, and the last one for ever; it counts. */
function resolving(...addresses: readonly string[]) {
  const asked: string[] = []
  const resolve = (
    name: string,
    _options: object,
    done: (error: null, found: readonly object[]) => void,
  ): void => {
    const address = addresses[Math.min(asked.length, addresses.length - 1)] ?? ''
    asked.push(name)
    done(null, [{ address, family: 4 }])
  }
  return { asked, resolve: resolve as unknown as typeof lookup } // the one overload that is used
}
const read = (fetcher: ReturnType<typeof createJsonFetcher>, url: string) =>
  fetcher.fetch(url, AbortSignal.timeout(3_000))

test('a name that is bound anew between the check and the connection leads to what was checked', async () => {
  const { asked, resolve } = resolving('127.0.0.1', '127.0.0.2')
  const fetcher = createJsonFetcher(['127.0.0.1/32'], resolve)
  const url = `http://issuer.example.com:${issuer.port}/jwks`
  expect(await read(fetcher, url)).toMatchObject({ ok: true })
  expect(asked).toEqual(['issuer.example.com'])
  // The next connection is checked anew.
  await issuer.down()
  await issuer.up()
  expect(await read(fetcher, url)).toEqual({ ok: false, reason: 'address' })
  expect(asked).toHaveLength(2)
  await fetcher.close()
})

test.each([
  { name: 'another scheme', url: 'file:///etc/passwd', reason: 'url' },
  { name: 'gopher', url: 'gopher://127.0.0.1/', reason: 'url' },
  { name: 'data', url: 'data:application/json,{"keys":[]}', reason: 'url' },
  { name: 'a user', url: 'https://user@issuer.example.com/', reason: 'url' },
  { name: 'a password', url: 'https://:pass@issuer.example.com/', reason: 'url' },
  { name: 'a text that is no address', url: 'issuer.example.com/jwks', reason: 'url' },
  { name: 'the metadata address', url: 'https://169.254.169.254/', reason: 'address' },
  { name: 'the metadata address as a number', url: 'https://2852039166/', reason: 'address' },
  { name: 'a public address in the clear', url: 'http://1.1.1.1/', reason: 'address' },
  { name: 'a name in the clear that is public', url: 'http://issuer.example.com/', reason: 'address' },
])('does not connect to $name', async ({ url, reason }) => {
  const { resolve } = resolving('1.1.1.1')
  const fetcher = createJsonFetcher(['127.0.0.0/8'], resolve)
  expect(await read(fetcher, url)).toEqual({ ok: false, reason })
  await fetcher.close()
})

test('a name that leads into the private network is refused over https as well', async () => {
  const { asked, resolve } = resolving('10.0.0.1')
  const fetcher = createJsonFetcher([], resolve)
  expect(await read(fetcher, 'https://issuer.example.com/')).toEqual({ ok: false, reason: 'address' })
  expect(asked).toHaveLength(1)
  await fetcher.close()
})

test('no proxy of the environment is asked', async () => {
  const before = process.env['HTTP_PROXY']
  process.env['HTTP_PROXY'] = 'http://127.0.0.1:1'
  const fetcher = createJsonFetcher(['127.0.0.0/8'])
  expect(await read(fetcher, issuer.jwksUrl)).toMatchObject({ ok: true })
  await fetcher.close()
  if (before === undefined) delete process.env['HTTP_PROXY']
  else process.env['HTTP_PROXY'] = before
})

test.each([
  { name: 'in the clear', uri: 'http://issuer.example.com/jwks' },
  { name: 'a file', uri: 'file:///jwks' },
])('an issuer over https may not have its keys $name', async ({ uri }) => {
  const url = 'https://issuer.example.com'
  const asked: string[] = []
  const fetcher = {
    async fetch(address: string) {
      asked.push(address)
      return { ok: true, value: { issuer: url, jwks_uri: uri }, maxAgeSeconds: null } as const
    },
    close: async () => undefined,
  }
  const fetched = await fetchKeySet({ url, jwksUri: null } as never, fetcher) // it looks at nothing else
  expect(fetched).toEqual({ ok: false, reason: 'jwks_uri_not_https' })
  expect(asked).toEqual([`${url}/.well-known/openid-configuration`])
})
