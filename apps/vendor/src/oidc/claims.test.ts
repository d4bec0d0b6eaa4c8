import { expect, test } from 'vitest'
import { CLAIM_SETS, GOOD_CLAIMS, ISSUER, NOW, OTHER } from '../../../../test/corpus/jwt/claims.ts'
import { checkClaims } from './claims.ts'

const context = { nowMs: NOW * 1000, refusedAudiences: [OTHER] }

test.each(CLAIM_SETS)('$expect: $name', ({ claims, issuer, expect: code }) => {
  const checked = checkClaims({ ...GOOD_CLAIMS, ...claims }, { ...ISSUER, ...issuer }, context)
  expect(checked.ok ? 'ok' : checked.code).toBe(code)
})

test('every code that claims can be refused with has rows', () => {
  const codes =
    'ok sub_invalid aud_mismatch azp_mismatch claim_invalid expired not_yet_valid lifetime_too_long too_old'
  expect(new Set(CLAIM_SETS.map((row) => row.expect))).toEqual(new Set(codes.split(' ')))
})

test('hands on what it checked, and nothing else', () => {
  const payload = { ...GOOD_CLAIMS, aud: [ISSUER.audiences[0]], azp: 'client', jti: 'id-1', admin: true }
  expect(checkClaims(payload, ISSUER, context)).toEqual({
    ok: true,
    claims: {
      sub: GOOD_CLAIMS.sub,
      audiences: [ISSUER.audiences[0]],
      azp: 'client',
      jti: 'id-1',
      expiresAtSeconds: GOOD_CLAIMS.exp,
    },
  })
})
