import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import type { Fault } from '../support/issuer-fault.ts'
import { startTestIssuer } from '../support/test-issuer.ts'

// The harness's own issuer, held against jose: tests that expect a refusal prove nothing by a token that was
// never well signed, or by a fault that never happened.

test.each(['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const)(
  'the test issuer signs by %s as jose reads it, until the key is withdrawn',
  async (alg) => {
    await using issuer = await startTestIssuer({ path: '/realms/a' })
    const key = await issuer.addKey(alg)
    const token = issuer.sign({ sub: 'x', aud: 'y' }, { key })
    const read = () => jwtVerify(token, createRemoteJWKSet(new URL(issuer.jwksUrl)), { issuer: issuer.url })
    expect((await read()).protectedHeader).toEqual({ alg, typ: 'JWT', kid: key.kid })
    issuer.removeKey(key.kid)
    await expect(read()).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
  },
)

test.each([
  { fault: { kind: 'status', status: 503 }, seen: { status: 503 } },
  { fault: { kind: 'body', body: '{' }, seen: { status: 200, bytes: 1 } },
  { fault: { kind: 'oversized', bytes: 300_000 }, seen: { status: 200, bytes: 300_000, length: '300000' } },
  {
    fault: { kind: 'oversized', bytes: 300_000, chunked: true },
    seen: { status: 200, bytes: 300_000, length: null },
  },
  { fault: { kind: 'redirect', location: 'http://127.0.0.1:1/' }, seen: { status: 302, bytes: 0 } },
  { fault: { kind: 'delay', milliseconds: 5 }, seen: { status: 200 } },
] satisfies { fault: Fault; seen: object }[])(
  'a fault $fault.kind spoils so many answers',
  async ({ fault, seen }) => {
    await using issuer = await startTestIssuer()
    const ask = async () => {
      const answer = await fetch(issuer.jwksUrl, { redirect: 'manual' })
      const { length } = await answer.arrayBuffer().then((body) => new Uint8Array(body))
      return { status: answer.status, bytes: length, length: answer.headers.get('content-length') }
    }
    const sound = await ask()
    issuer.setFault('jwks', { ...fault, times: 1 })
    expect(await ask()).toMatchObject(seen)
    expect((await ask()).bytes).toBe(sound.bytes)
    expect([issuer.count('jwks'), issuer.count('discovery')]).toEqual([3, 0])
  },
)

test.each(['hang', 'stall'] as const)('a fault %s holds its answers until it is cleared', async (kind) => {
  await using issuer = await startTestIssuer()
  issuer.setFault('discovery', { kind })
  const answers = [1, 2].map(() => fetch(issuer.configUrl).then((answer) => answer.json()))
  let settled = 0
  for (const answer of answers) void answer.then(() => (settled += 1))
  await issuer.requested('discovery', 2)
  await fetch(issuer.jwksUrl).then((answer) => answer.text())
  expect(settled).toBe(0)
  issuer.setFault('discovery', undefined)
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ issuer: issuer.url })
})

test('an issuer that is down, or cuts, gives no answer; up again it answers on the same port', async () => {
  await using issuer = await startTestIssuer()
  const ask = () => fetch(issuer.jwksUrl, { headers: { connection: 'close' } }).then(({ status }) => status)
  issuer.setFault('jwks', { kind: 'reset', times: 1 })
  await expect(ask()).rejects.toThrow()
  await issuer.down()
  await expect(ask()).rejects.toThrow()
  await issuer.up()
  expect(await ask()).toBe(200)
})
