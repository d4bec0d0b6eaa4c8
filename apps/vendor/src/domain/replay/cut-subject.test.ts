import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SubjectFacts } from '../audit-event.ts'
import { canonicalize } from '../canonical.ts'
import { cutSubject } from './cut-subject.ts'

/** Texts that look like what stands around them. */
const text = fc.constantFrom(
  'a',
  '',
  'x","value":"y',
  '"},{"path":["id"],"value":"1',
  '],"issuer":{"name":"ci","url":"u"},"jti":null,"sub":"s","token":{"alg":"none",',
  'back\\slash',
  'line\nend',
  'é \u{1f600}',
)
const plain = fc.constantFrom('a', '42', 'repo:acme/app', '],{}:[', 'x y')
const claimOf = (one: fc.Arbitrary<string>) =>
  fc.oneof(one, fc.array(one, { maxLength: 2 }), fc.integer(), fc.boolean(), fc.constant(null))
const nested = fc.record({ path: fc.constant(['id']), value: text })

function factsOf(one: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>): fc.Arbitrary<SubjectFacts> {
  return fc
    .record({
      aud: fc.array(one, { maxLength: 2 }),
      azp: fc.option(one),
      claims: fc.array(fc.record({ path: fc.array(one, { minLength: 1, maxLength: 2 }), value }), {
        maxLength: 4,
      }),
      issuer: fc.record({ name: one, url: one }),
      jti: fc.option(one),
      sub: one,
      token: fc.record({ digest: one, alg: one, kid: fc.option(one), thumbprint: one }),
    })
    .map((facts) => facts as SubjectFacts) // claim values are those of claimOf
}

/** The same by reading the JSON. */
function membersOf({ aud, azp, claims, issuer, jti, sub, token }: SubjectFacts) {
  return {
    ...{ aud: canonicalize(aud), azp: canonicalize(azp), jti: canonicalize(jti) },
    ...{ issuer: issuer.name, url: issuer.url, sub, alg: token.alg },
    claims: claims.map(({ path, value }) => ({
      path: canonicalize(path).slice(1, -1),
      value: canonicalize(value),
    })),
  }
}

test('what is cut is what the JSON says, or nothing is cut, whatever the texts say', () => {
  const any = factsOf(text, fc.oneof(claimOf(text), nested, fc.array(nested, { maxLength: 1 })))
  fc.assert(
    fc.property(any, (facts) => {
      const cut = cutSubject(canonicalize(facts))
      if (cut !== null) expect(cut).toEqual(membersOf(facts))
    }),
    { numRuns: 2_000, seed: 21 },
  )
})

test('a subject with an audience whose texts need no escapes is always cut', () => {
  const every = factsOf(plain, claimOf(plain)).filter(({ aud }) => aud.length > 0)
  fc.assert(
    fc.property(every, (facts) => {
      expect(cutSubject(canonicalize(facts))).toEqual(membersOf(facts))
    }),
    { numRuns: 500, seed: 22 },
  )
})
