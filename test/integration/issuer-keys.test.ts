import { afterAll, beforeAll, expect, test } from 'vitest'
import { BAD_KEYS, BAD_KIDS, NO_OBJECTS, ODD_KEYS } from '../corpus/bad-keys.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { AUDIENCE, verifierFor } from '../support/verifier.ts'

let issuer: TestIssuer
const CLAIMS = { sub: 'repo:acme/app', aud: AUDIENCE }

beforeAll(async () => {
  issuer = await startTestIssuer({ alg: 'ES256' })
})
afterAll(() => issuer.stop())

/** Publishes these beside the issuer's good key, over HTTP, to a verifier that never saw it. */
async function published(keys: readonly unknown[]) {
  // A key set may hold anything: that is what is tested.
  issuer.setKeys([...keys, issuer.key] as never)
  const verifier = verifierFor(issuer)
  const good = await verifier.code(issuer.sign(CLAIMS))
  const asked = await verifier.code(issuer.sign(CLAIMS, { header: { kid: 'bad' } }))
  const { events } = verifier
  await verifier.close()
  return { good, asked, events }
}
const keyRefused = (kid: string | null, reason: string) => ({
  type: 'jwks.key_refused',
  issuer: 'ci',
  kid,
  reason,
})
const goodAdded = () => expect.objectContaining({ type: 'jwks.key_added', kid: 'key-1' })

test('the corpus is as large as it says', () => {
  expect(BAD_KEYS.length + BAD_KIDS.length + NO_OBJECTS.length).toBeGreaterThanOrEqual(90)
})

test.each(BAD_KEYS)('drops $name as $reason, and the good key beside it works', async ({ jwk, reason }) => {
  const { good, asked, events } = await published([{ ...(jwk as object), kid: 'bad' }])
  expect([good, asked]).toEqual(['ok', 'key_refused'])
  expect(events).toEqual([goodAdded(), keyRefused('bad', reason)])
})

test.each([...BAD_KIDS, ...NO_OBJECTS])(
  'drops $name, and the good key beside it works',
  async ({ jwk, reason }) => {
    const { good, asked, events } = await published([jwk])
    expect([good, asked]).toEqual(['ok', 'unknown_kid'])
    expect(events).toEqual([goodAdded(), keyRefused(null, reason)])
  },
)

test.each(ODD_KEYS)('keeps $name', async ({ jwk }) => {
  const { good, asked, events } = await published([{ ...jwk, kid: 'bad' }])
  // The token that names it was signed by another.
  expect([good, ['signature_invalid', 'alg_refused'].includes(asked)]).toEqual(['ok', true])
  expect(events.map(({ type }) => type)).toEqual(['jwks.key_added', 'jwks.key_added'])
})

test.each([
  { name: 'twice the same key', kids: ['bad', 'bad'] },
  { name: 'three times', kids: ['bad', 'bad', 'bad'] },
])('a kid that stands $name is nobody’s', async ({ kids }) => {
  const { good, asked, events } = await published(kids.map((kid) => ({ ...ODD_KEYS[0]?.jwk, kid })))
  expect([good, asked]).toEqual(['ok', 'key_refused'])
  expect(events).toEqual([goodAdded(), keyRefused('bad', 'kid_twice')])
})

test('64 keys are a set, bad ones counted; 65 are none', async () => {
  const fill = (count: number) => Array.from({ length: count }, (_, at) => ({ kty: 'oct', kid: `k-${at}` }))
  expect((await published(fill(63))).good).toBe('ok')
  const { good, events } = await published(fill(64))
  expect(good).toBe('jwks_unavailable')
  expect(events).toEqual([{ type: 'jwks.fetch_failed', issuer: 'ci', reason: 'jwks_not_a_key_set' }])
})

test('a set of bad keys only is no key, and each is named', async () => {
  issuer.setKeys(BAD_KEYS.slice(0, 40).map(({ jwk }, at) => ({ ...(jwk as object), kid: `bad-${at}` })))
  const verifier = verifierFor(issuer)
  expect(await verifier.code(issuer.sign(CLAIMS))).toBe('unknown_kid')
  expect(verifier.events).toHaveLength(40)
  await verifier.close()
})

test('two issuers with one kid, or with one key set: a token is good by the keys of its own issuer only', async () => {
  await using other = await startTestIssuer({ alg: 'ES256' })
  issuer.setKeys([issuer.key])
  const own = verifierFor(issuer)
  expect(await own.code(issuer.sign(CLAIMS, { key: other.key }))).toBe('signature_invalid')
  expect(await own.code(other.sign(CLAIMS))).toBe('unknown_issuer')
  await own.close()
  // The other issuer's document names this one's keys: they are its keys then, and still not its tokens.
  other.setDiscovery({ jwks_uri: issuer.jwksUrl })
  const shared = verifierFor(other)
  expect(await shared.code(other.sign(CLAIMS, { key: issuer.key }))).toBe('ok')
  expect(await shared.code(issuer.sign(CLAIMS))).toBe('unknown_issuer')
  await shared.close()
})
