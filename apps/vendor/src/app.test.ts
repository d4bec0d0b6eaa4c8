import { expect, test } from 'vitest'
import { buildEarlyApp } from './app.ts'
import { createRequestFacts } from './http/request-facts.ts'

const logged: unknown[] = []
const hear = (event: string, facts?: object) => logged.push({ event, ...facts })

const app = buildEarlyApp({
  publicUrl: 'https://stint.example.com/creds',
  signIn: { issuer: 'https://idp.example.com', signIn: null },
  requestFacts: createRequestFacts({
    trustedProxies: [],
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    random: { bytes: (count) => new Uint8Array(count) },
  }),
  log: { info: hear, warn: hear, error: hear },
  issuerDocuments: () => undefined,
  readiness: async () => ({ ready: false, checks: [] }),
})

test.each([
  ['POST', '/', 'text/xml', '<Code>ServiceUnavailable</Code>'],
  ['POST', '/creds/sts/', 'text/xml', '<Code>ServiceUnavailable</Code>'],
  ['GET', '/v1/credentials/app', 'application/json', '"Code":"ServiceUnavailable"'],
  ['POST', '/creds/v1/token', 'application/json', '"error":"temporarily_unavailable"'],
  ['GET', '/v1/admin/roles', 'application/problem+json', '"code":"service_unavailable"'],
])(
  'before the databases are open %s %s is asked to come again, in the form of its door',
  async (method, path, type, text) => {
    const response = await app.request(path, { method })
    expect([response.status, response.headers.get('content-type')]).toEqual([503, type])
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.text()).toContain(text)
    expect(logged.at(-1)).toMatchObject({ event: 'http.refused', code: 'config_unavailable' })
  },
)
