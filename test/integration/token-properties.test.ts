import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ErrorCode, errorCodes, errorRow } from '../../apps/vendor/src/errors.ts'
import type { SigningKey } from '../support/jws.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { AUDIENCE, verifierFor } from '../support/verifier.ts'

/** More of each in `test:long`. */
const RUNS = Number(process.env['STINT_TOKENS'] ?? 4_000)

let issuer: TestIssuer
let ec: SigningKey
let verifier: ReturnType<typeof verifierFor>
const CLAIMS = { sub: 'repo:acme/app', aud: AUDIENCE, repository: 'acme/app' }

beforeAll(async () => {
  issuer = await startTestIssuer()
  ec = await issuer.addKey('ES256', { kid: 'ec-1' })
  verifier = verifierFor(issuer)
  expect(await verifier.code(issuer.sign(CLAIMS))).toBe('ok')
})
afterAll(async () => {
  await verifier.close()
  await issuer.stop()
})

/** The public classes that a token can be refused with. */
const CLASSES = [
  'invalid_identity_token',
  'identity_claim_rejected',
  'expired_token',
  'identity_provider_unavailable',
]
const TOKEN_CODES = new Set<string>(errorCodes().filter((code) => CLASSES.includes(errorRow(code).class)))

const byte = fc.oneof(
  fc.constantFrom(...'ABab01-_.=+/ \n\u0000é{}"'),
  fc.string({ minLength: 1, maxLength: 1 }),
)
const at = fc.nat(2_000)
type Change = (token: string) => string
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(at, byte).map(
    ([place, put]): Change =>
      (token) =>
        splice(token, place, 1, put),
  ),
  fc.tuple(at, byte).map(
    ([place, put]): Change =>
      (token) =>
        splice(token, place, 0, put),
  ),
  at.map(
    (place): Change =>
      (token) =>
        splice(token, place, 1, ''),
  ),
  fc.tuple(at, at).map(
    ([one, other]): Change =>
      (token) =>
        swapped(token, one, other),
  ),
  at.map(
    (place): Change =>
      (token) =>
        token.slice(0, place % token.length),
  ),
  at.map(
    (place): Change =>
      (token) =>
        token + token.slice(place % token.length),
  ),
)
function splice(token: string, place: number, cut: number, put: string): string {
  const start = place % token.length
  return token.slice(0, start) + put + token.slice(start + cut)
}
function swapped(token: string, one: number, other: number): string {
  const characters = [...token]
  const [a, b] = [one % characters.length, other % characters.length]
  ;[characters[a], characters[b]] = [characters[b] ?? '', characters[a] ?? '']
  return characters.join('')
}

test.each(['RS256', 'ES256'] as const)(
  'any change of one byte of a good %s token is refused',
  async (alg) => {
    const token = alg === 'RS256' ? issuer.sign(CLAIMS) : issuer.sign(CLAIMS, { key: ec })
    await fc.assert(
      fc.asyncProperty(change, async (edit) => {
        const changed = edit(token)
        const code = await verifier.code(changed)
        if (changed === token) expect(code).toBe('ok')
        else expect(TOKEN_CODES.has(code), code).toBe(true)
      }),
      { seed: 14, numRuns: RUNS },
    )
  },
)

test('whatever is sent is refused by a code of tokens, and nothing is thrown', async () => {
  const part = fc.oneof(fc.string(), fc.base64String(), fc.constant(''), fc.constant('e30'))
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.tuple(part, part, part).map((parts) => parts.join('.')),
    fc.array(part, { maxLength: 7 }).map((parts) => parts.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(anything, async (text) => {
      expect(TOKEN_CODES.has(await verifier.code(text))).toBe(true)
    }),
    { seed: 14, numRuns: RUNS },
  )
})

test('whatever an issuer signs with its own key is accepted or refused by a code of tokens', async () => {
  const json = fc.jsonValue({ maxDepth: 3 })
  const members = (names: readonly string[]) => fc.dictionary(fc.constantFrom(...names), json, { maxKeys: 4 })
  await fc.assert(
    fc.asyncProperty(
      members(['alg', 'typ', 'kid', 'crit', 'x5c', 'jwk', 'b64']),
      members(['sub', 'aud', 'iss', 'exp', 'iat', 'nbf', 'jti', 'azp', 'repository', '__proto__']),
      async (header, claims) => {
        const token = issuer.sign(
          { ...CLAIMS, ...claims },
          {
            header: JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: 'key-1', ...header }),
            signedBy: 'RS256',
          },
        )
        const code = await verifier.code(token)
        expect(code === 'ok' || TOKEN_CODES.has(code), code).toBe(true)
      },
    ),
    { seed: 14, numRuns: RUNS },
  )
})

const b64 = (text: string) => Buffer.from(text).toString('base64url')
const withPayload = (payload: string) => `${b64('{"alg":"RS256","kid":"cold"}')}.${b64(payload)}.AAAA`
const BOUNDED: readonly { name: string; token: (iss: string) => string; code: ErrorCode }[] = [
  { name: 'a megabyte', token: () => 'A'.repeat(1 << 20), code: 'too_large' },
  { name: 'a megabyte of dots', token: () => '.'.repeat(1 << 20), code: 'too_large' },
  {
    name: 'claims of 64 KB',
    token: (iss) => withPayload(JSON.stringify({ iss, x: 'x'.repeat(65_536) })),
    code: 'too_large',
  },
  {
    name: '10,000 claims',
    token: (iss) =>
      withPayload(
        JSON.stringify({ iss, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [n, 1])) }),
      ),
    code: 'too_large',
  },
  {
    name: 'as many claims as fit',
    token: (iss) =>
      withPayload(`{"iss":"${iss}",${Array.from({ length: 1_200 }, (_, n) => `"${n}":1`).join(',')}}`),
    code: 'too_large',
  },
  {
    name: 'nesting as deep as fits',
    token: (iss) => withPayload(`{"iss":"${iss}","x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
    code: 'too_large',
  },
  {
    name: 'a kid beyond its bound',
    token: (iss) =>
      `${b64(`{"alg":"RS256","kid":"${'k'.repeat(129)}"}`)}.${b64(JSON.stringify({ iss }))}.AAAA`,
    code: 'unknown_kid',
  },
  {
    name: 'a kid as long as the header takes',
    token: (iss) =>
      `${b64(`{"alg":"RS256","kid":"${'k'.repeat(1_900)}"}`)}.${b64(JSON.stringify({ iss }))}.AAAA`,
    code: 'unknown_kid',
  },
  {
    name: 'a header beyond its bound',
    token: (iss) =>
      `${b64(`{"alg":"RS256","x5c":["${'k'.repeat(2_040)}"]}`)}.${b64(JSON.stringify({ iss }))}.AAAA`,
    code: 'too_large',
  },
]
test.each(BOUNDED)('$name costs no look at a key: refused as $code before any', async ({ token, code }) => {
  await using cold = await startTestIssuer()
  const own = verifierFor(cold)
  expect(await own.code(token(cold.url))).toBe(code)
  expect([cold.count('discovery'), cold.count('jwks')]).toEqual([0, 0])
  await own.close()
})
