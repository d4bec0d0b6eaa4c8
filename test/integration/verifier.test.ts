import fc from 'fast-check'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BASICS } from '../corpus/hostile/basics.ts'
import type { Made } from '../corpus/hostile/token.ts'
import type { SigningKey } from '../support/jws.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { AUDIENCE, OTHER_DOOR, verifierFor } from '../support/verifier.ts'

let issuer: TestIssuer
let other: TestIssuer
let ec: SigningKey
let verifier: ReturnType<typeof verifierFor>
const CLAIMS = { sub: 'repo:acme/app', aud: AUDIENCE }

beforeAll(async () => {
  ;[issuer, other] = await Promise.all([startTestIssuer(), startTestIssuer()])
  ec = await issuer.addKey('ES256', { kid: 'ec-1' })
  await issuer.addKey('RS256', { kid: 'rsa-2' })
  verifier = verifierFor(issuer)
  // The set is warm, so that no case waits for a fetch.
  expect(await verifier.code(issuer.sign(CLAIMS))).toBe('ok')
})
afterAll(async () => {
  await verifier.close()
  await Promise.all([issuer.stop(), other.stop()])
})

const made = (): Made => ({
  issuer,
  other,
  ec,
  audience: AUDIENCE,
  otherDoor: OTHER_DOOR,
  claims: CLAIMS,
  now: Math.floor(Date.now() / 1000),
})

test.each(BASICS)('$group: refuses $name, and its twin passes', async ({ build, twin, expect: code }) => {
  expect(await verifier.code(build(made()))).toBe(code)
  expect(await verifier.code(twin(made()))).toBe('ok')
})

const GOOD = [
  { name: 'RS256', token: () => issuer.sign(CLAIMS) },
  { name: 'ES256', token: () => issuer.sign(CLAIMS, { key: ec }) },
  { name: 'no typ', token: () => issuer.sign(CLAIMS, { header: { typ: undefined } }) },
  { name: 'typ with its prefix', token: () => issuer.sign(CLAIMS, { header: { typ: 'application/JWT' } }) },
  {
    name: 'a certificate that is not looked at',
    token: () => issuer.sign(CLAIMS, { header: { x5t: 'abc' } }),
  },
  { name: 'a list of ours', token: () => issuer.sign({ ...CLAIMS, aud: [AUDIENCE] }) },
  {
    name: 'several audiences, azp ours',
    token: () => issuer.sign({ ...CLAIMS, aud: [AUDIENCE, 'x'], azp: AUDIENCE }),
  },
  {
    name: 'exp inside the leeway',
    token: () => issuer.sign({ ...CLAIMS, iat: made().now - 600, exp: made().now - 20 }),
  },
  { name: 'no iat', token: () => issuer.sign({ ...CLAIMS, iat: undefined }) },
  { name: 'a subject in another script', token: () => issuer.sign({ ...CLAIMS, sub: 'данные/приложение' }) },
  {
    name: 'a claim with a dot, a slash and a colon in its name',
    token: () => issuer.sign({ ...CLAIMS, 'a.b/c:d': 1 }),
  },
]
test.each(GOOD)('takes $name', async ({ token }) => expect(await verifier.code(token())).toBe('ok'))

test.each(['PS256', 'EdDSA', 'ES384'] as const)('takes %s, by jose', async (alg) => {
  await using one = await startTestIssuer({ alg })
  const own = verifierFor(one)
  expect(await own.code(one.sign(CLAIMS))).toBe('ok')
  const [h, p, s = ''] = one.sign(CLAIMS).split('.')
  const bad = Buffer.from(s, 'base64url')
  bad[8] = (bad[8] ?? 0) ^ 1
  expect(await own.code([h, p, bad.toString('base64url')].join('.'))).toBe('signature_invalid')
  await own.close()
})

test('answers at once where the keys are at hand', () => {
  expect(verifier.verify(issuer.sign(CLAIMS))).toMatchObject({
    ok: true,
    subject: { issuer: 'ci', sub: CLAIMS.sub, token: { alg: 'RS256', kid: 'key-1' } },
  })
})

test('a change of any one character is refused, and nothing throws', async () => {
  const token = issuer.sign(CLAIMS)
  const change = fc.tuple(fc.nat(token.length - 1), fc.constantFrom(...'ABab01-_.=+/ \n\u0000é'))
  await fc.assert(
    fc.asyncProperty(change, async ([at, character]) => {
      if (token[at] === character) return
      expect(await verifier.code(token.slice(0, at) + character + token.slice(at + 1))).not.toBe('ok')
    }),
    { seed: 13, numRuns: 1500 },
  )
})

test('takes nothing that jose with the same keys refuses', async () => {
  const keys = createLocalJWKSet({ keys: [issuer.key.jwk, ec.jwk] as never }) // the public halves as the issuer publishes them
  const json = fc.dictionary(
    fc.constantFrom('sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'x'),
    fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(AUDIENCE),
      fc.constant(made().now + 200),
      fc.boolean(),
      fc.array(fc.string()),
    ),
  )
  let taken = 0
  await fc.assert(
    fc.asyncProperty(json, fc.constantFrom(issuer.key, ec), async (over, key) => {
      const token = issuer.sign({ ...CLAIMS, ...over }, { key, header: { kid: key.kid, alg: key.alg } })
      const ours = await verifier.code(token)
      const theirs = await jwtVerify(token, keys, {
        issuer: issuer.url,
        audience: AUDIENCE,
        clockTolerance: 30,
      }).then(
        () => 'ok',
        () => 'refused',
      )
      if (ours === 'ok') {
        taken += 1
        expect(theirs).toBe('ok')
      }
    }),
    { seed: 17, numRuns: 600 },
  )
  expect(taken).toBeGreaterThan(20)
})

test('fifty at once on a cold set are one fetch', async () => {
  await using one = await startTestIssuer()
  const own = verifierFor(one)
  const codes = await Promise.all(Array.from({ length: 50 }, () => own.code(one.sign(CLAIMS))))
  expect(new Set(codes)).toEqual(new Set(['ok']))
  expect([one.count('discovery'), one.count('jwks')]).toEqual([1, 1])
  await own.close()
})

test('invented kids cost no fetch inside the cooldown, and one after it', async () => {
  await using one = await startTestIssuer()
  const own = verifierFor(one)
  await own.code(one.sign(CLAIMS))
  const flood = () =>
    Promise.all(
      Array.from({ length: 200 }, (_, at) => own.code(one.sign(CLAIMS, { header: { kid: `k${at}` } }))),
    )
  expect(new Set(await flood())).toEqual(new Set(['unknown_kid']))
  expect(one.count('jwks')).toBe(1)
  own.advance(31_000)
  await flood()
  expect(one.count('jwks')).toBe(2)
  await own.close()
})

test('a new key is found, and a removed one refused, once a good fetch says so', async () => {
  await using one = await startTestIssuer()
  const own = verifierFor(one)
  await own.code(one.sign(CLAIMS))
  const next = await one.addKey('RS256', { kid: 'next' })
  one.removeKey('key-1')
  own.advance(31_000)
  expect(await own.code(one.sign(CLAIMS, { key: next }))).toBe('ok')
  expect(await own.code(one.sign(CLAIMS))).toBe('unknown_kid')
  expect(own.events.map(({ type }) => type)).toEqual(['jwks.key_added', 'jwks.key_added', 'jwks.key_removed'])
  await own.close()
})

test('an issuer that is down: cold is unavailable, warm goes on for a day and then stops', async () => {
  await using one = await startTestIssuer()
  const [cold, warm] = [verifierFor(one), verifierFor(one)]
  await warm.code(one.sign(CLAIMS))
  await one.down()
  expect(await cold.code(one.sign(CLAIMS))).toBe('jwks_unavailable')
  const later = (seconds: number) =>
    one.sign({ ...CLAIMS, iat: made().now + seconds, exp: made().now + seconds + 300 })
  warm.advance(7200_000)
  expect(await warm.code(later(7200))).toBe('ok')
  expect(warm.events.at(-1)?.type).toBe('jwks.stale_used')
  warm.advance(23 * 3_600_000)
  expect(await warm.code(later(25 * 3600))).toBe('jwks_unavailable')
  await Promise.all([cold.close(), warm.close()])
})

const FAULTS = [
  { name: 'a redirect', fault: { kind: 'redirect', location: 'http://127.0.0.1:1/' } },
  { name: 'an error', fault: { kind: 'status', status: 500 } },
  { name: 'garbage', fault: { kind: 'body', body: '<html>' } },
  { name: 'a key set that is a list', fault: { kind: 'body', body: '[]' } },
] as const

test.each(FAULTS)('a key set that is $name makes no keys', async ({ fault }) => {
  await using one = await startTestIssuer()
  one.setFault('jwks', fault as never) // the fault's own shape is the harness's business
  const own = verifierFor(one)
  expect(await own.code(one.sign(CLAIMS))).toBe('jwks_unavailable')
  await own.close()
})

test('discovery that names another issuer makes no keys', async () => {
  await using one = await startTestIssuer()
  one.setDiscovery({ issuer: 'https://evil.example.com' })
  const own = verifierFor(one)
  expect(await own.code(one.sign(CLAIMS))).toBe('jwks_unavailable')
  expect(one.count('jwks')).toBe(0)
  await own.close()
})

test('an address that the issuer may not have is not connected to', async () => {
  await using one = await startTestIssuer()
  const own = verifierFor(one, { allowPrivateAddresses: [] })
  expect(await own.code(one.sign(CLAIMS))).toBe('jwks_unavailable')
  expect(one.count('discovery')).toBe(0)
  await own.close()
})

test('a name that leads to a forbidden address is refused when it resolves', async () => {
  await using one = await startTestIssuer()
  const url = one.url.replace('127.0.0.1', 'localhost')
  const own = verifierFor(one, { url, jwksUri: `${url}/jwks`, allowPrivateAddresses: ['10.0.0.0/8'] })
  expect(await own.code(one.sign({ ...CLAIMS, iss: url }))).toBe('jwks_unavailable')
  expect(one.count('jwks')).toBe(0)
  await own.close()
})

const BAD_KEYS = [
  { name: 'a symmetric key', jwk: { kty: 'oct', k: 'AAAA' } },
  { name: 'a private member', jwk: (key: SigningKey) => ({ ...key.jwk, d: 'AAAA' }) },
  { name: 'a key for encryption', jwk: (key: SigningKey) => ({ ...key.jwk, use: 'enc' }) },
  { name: 'operations without verify', jwk: (key: SigningKey) => ({ ...key.jwk, key_ops: ['sign'] }) },
  { name: 'an exponent of one', jwk: (key: SigningKey) => ({ ...key.jwk, e: 'AQ' }) },
  { name: 'an even exponent', jwk: (key: SigningKey) => ({ ...key.jwk, e: 'AQAC' }) },
  { name: 'an algorithm of another type', jwk: (key: SigningKey) => ({ ...key.jwk, alg: 'ES256' }) },
  { name: 'a kid twice', jwk: (key: SigningKey) => key.jwk, twice: true },
] as const

test.each(BAD_KEYS)('drops $name from the set, and keeps the others', async (row) => {
  await using one = await startTestIssuer()
  const fine = await one.addKey('RS256', { kid: 'fine' })
  const jwk = typeof row.jwk === 'function' ? row.jwk(one.key) : row.jwk
  const bad = { ...jwk, kid: 'key-1' }
  one.setKeys('twice' in row ? [bad, bad, fine] : [bad, fine])
  const own = verifierFor(one)
  expect(await own.code(one.sign(CLAIMS))).toBe('key_refused')
  expect(await own.code(one.sign(CLAIMS, { key: fine }))).toBe('ok')
  await own.close()
})

test('drops an RSA key of 1024 bits', async () => {
  await using one = await startTestIssuer()
  const weak = await one.addKey('RS256', { kid: 'weak', modulusBits: 1024 })
  const own = verifierFor(one)
  expect(await own.code(one.sign(CLAIMS, { key: weak }))).toBe('key_refused')
  await own.close()
})
