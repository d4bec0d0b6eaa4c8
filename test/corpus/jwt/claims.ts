import type { Issuer } from '../../../apps/vendor/src/domain/issuer.ts'

/** Claim sets of tokens whose signature holds: `ok`, or the code that refuses them. Now is `NOW`, seconds since 1970. */
export type ClaimsRow = {
  readonly name: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly issuer?: Partial<Issuer>
  readonly expect: string
}

export const NOW = 1_800_000_000
export const OURS = 'https://stint.example.com'
export const SECOND = 'https://second.example.com'
export const OTHER = 'https://stint.example.com/admin'
const STRANGER = 'https://stranger.example.com'

/** The claims that every row changes, and the issuer that every row's issuer is made of. */
export const GOOD_CLAIMS = { sub: 'repo:acme/app', aud: OURS, iat: NOW - 10, exp: NOW + 290 }
export const ISSUER: Issuer = {
  name: 'ci',
  url: 'https://issuer.example.com',
  audiences: [OURS, SECOND],
  algorithms: ['RS256'],
  typ: ['jwt'],
  leewaySeconds: 30,
  maxLifetimeSeconds: 3600,
  maxAgeSeconds: null,
  jwksUri: null,
  allowPrivateAddresses: [],
  for: 'machine',
  enabled: true,
  preset: 'generic',
  recordedClaims: [],
}

type Row = Readonly<Record<string, unknown>>
function rows(expect: string, named: Readonly<Record<string, Row>>, issuer?: Partial<Issuer>): ClaimsRow[] {
  return Object.entries(named).map(([name, claims]) => ({
    name,
    claims,
    expect,
    ...(issuer === undefined ? {} : { issuer }),
  }))
}
const absent = undefined

export const CLAIM_SETS: readonly ClaimsRow[] = [
  ...rows('ok', {
    'nothing changed': {},
    'a list of one': { aud: [OURS] },
    'a list of ours': { aud: [OURS, SECOND] },
    'ours twice': { aud: [OURS, OURS] },
    'our second audience': { aud: SECOND },
    'a stranger beside ours, azp ours': { aud: [STRANGER, OURS], azp: OURS },
    'one audience, azp somebody else: the client that asked': { azp: STRANGER },
    'azp of null': { azp: null },
    'jti of null': { jti: null },
    'sixteen audiences': { aud: Array.from({ length: 16 }, () => OURS) },
    'jti at its bound': { jti: 'j'.repeat(255) },
    'sub of one character': { sub: 'x' },
    'sub at its bound': { sub: 's'.repeat(255) },
    'sub with blanks, colons and slashes': { sub: 'a b:c/d|e@f' },
    'sub of digits': { sub: '42' },
    'sub in another script': { sub: 'проект/сборка' },
    'sub of composed letters': { sub: 'caf\u00e9' },
    'sub outside the basic plane': { sub: 'team-\u{1f680}' },
    'nbf now': { nbf: NOW },
    'nbf at the end of the leeway': { nbf: NOW + 30 },
    'iat at the end of the leeway': { iat: NOW + 30 },
    'exp at the end of the leeway': { exp: NOW - 29 },
    'exp at the longest life': { iat: NOW, exp: NOW + 3600 },
    'no iat': { iat: absent },
    'no iat, exp at the longest life': { iat: absent, exp: NOW + 3600 },
    'nbf long ago': { nbf: 0 },
  }),
  ...rows(
    'ok',
    { 'issued at the greatest age': { iat: NOW - 60 }, 'and the leeway': { iat: NOW - 90 } },
    { maxAgeSeconds: 60 },
  ),
  ...rows('ok', { 'the last second, without leeway': { exp: NOW + 1 } }, { leewaySeconds: 0 }),
  ...rows('sub_invalid', {
    'sub missing': { sub: absent },
    'sub of null': { sub: null },
    'sub of true': { sub: true },
    'sub a number': { sub: 42 },
    'sub an object': { sub: { id: 'x' } },
    'sub a list of one': { sub: ['repo:acme/app'] },
    'sub empty': { sub: '' },
    'sub beyond its bound': { sub: 's'.repeat(256) },
    'sub with NUL': { sub: 'a\u0000' },
    'sub with a line break': { sub: 'a\r\nb' },
    'sub with an escape character': { sub: '\u001b[31ma' },
    'sub with DEL': { sub: 'a\u007f' },
    'sub with a C1 control': { sub: 'a\u0085b' },
    'sub with a right-to-left override': { sub: 'a\u202eb' },
    'sub with a direction isolate': { sub: 'a\u2066b' },
    'sub with a zero-width space': { sub: 'a\u200bb' },
    'sub with a zero-width joiner': { sub: 'a\u200db' },
    'sub with a soft hyphen': { sub: 'a\u00adb' },
    'sub with a byte order mark': { sub: '\ufeffa' },
    'sub with a tag character': { sub: 'a\u{e0041}' },
    'sub with a variation selector': { sub: 'a\ufe0f' },
    'sub with a Hangul filler': { sub: 'a\u3164' },
    'sub with a no-break space': { sub: 'a\u00a0b' },
    'sub with an ideographic space': { sub: 'a\u3000b' },
    'sub with a line separator': { sub: 'a\u2028b' },
    'sub with a non-character': { sub: 'a\uffff' },
    'sub with a lone surrogate': { sub: 'a\ud800' },
    'sub with a letter and its accent apart': { sub: 'cafe\u0301' },
    'sub with a compatibility sign that NFC changes': { sub: '\u212b' },
  }),
  ...rows('aud_mismatch', {
    'aud missing': { aud: absent },
    'aud empty': { aud: '' },
    'aud of a stranger': { aud: STRANGER },
    'aud a list of strangers': { aud: [STRANGER, 'x'] },
    'aud ours and more': { aud: `${OURS}x` },
    'aud ours and a slash': { aud: `${OURS}/` },
    'aud a beginning of ours': { aud: OURS.slice(0, -1) },
    'aud a part of ours': { aud: 'stint.example.com' },
    'aud ours in capitals': { aud: OURS.toUpperCase() },
    'aud ours with a blank': { aud: `${OURS} ` },
    'aud of several in one text': { aud: `${OURS} ${STRANGER}` },
    'aud a wildcard': { aud: '*' },
    'aud of a scheme with a wildcard': { aud: 'https://*.example.com' },
    'aud of the other door': { aud: OTHER },
    'aud of both doors': { aud: [OURS, OTHER] },
    'aud of both doors, azp ours': { aud: [OURS, OTHER], azp: OURS },
    'aud a very long text': { aud: 'x'.repeat(2048) },
  }),
  ...rows('azp_mismatch', {
    'a stranger beside ours': { aud: [OURS, STRANGER] },
    'a stranger before ours': { aud: [STRANGER, OURS] },
    'a stranger that is azp as well': { aud: [OURS, STRANGER], azp: STRANGER },
    'a stranger, and azp of a third': { aud: [OURS, STRANGER], azp: 'third' },
    'azp ours in capitals': { aud: [OURS, STRANGER], azp: OURS.toUpperCase() },
  }),
  ...rows('claim_invalid', {
    'aud of null': { aud: null },
    'aud a number': { aud: 7 },
    'aud an object': { aud: { 0: OURS, length: 1 } },
    'aud an empty list': { aud: [] },
    'aud a list in a list': { aud: [[OURS]] },
    'aud a list with a number': { aud: [OURS, 7] },
    'aud a list with null': { aud: [OURS, null] },
    'seventeen audiences': { aud: Array.from({ length: 17 }, () => OURS) },
    'an audience beyond its bound beside ours': { aud: [OURS, 'x'.repeat(256)] },
    'azp a list': { azp: [OURS] },
    'azp a number': { azp: 7 },
    'azp empty': { azp: '' },
    'azp beyond its bound': { azp: 'a'.repeat(256) },
    'azp with a line break': { azp: 'a\nb' },
    'jti a number': { jti: 7 },
    'jti empty': { jti: '' },
    'jti beyond its bound': { jti: 'j'.repeat(256) },
    'jti with an override': { jti: 'a\u202eb' },
    'exp missing': { exp: absent },
    'exp of null': { exp: null },
    'exp a text': { exp: String(NOW + 290) },
    'exp true': { exp: true },
    'exp a list': { exp: [NOW + 290] },
    'exp a fraction': { exp: NOW + 290.5 },
    'exp negative': { exp: -1 },
    'exp beyond 2^53': { exp: 2 ** 60 },
    'exp infinite': { exp: Number.POSITIVE_INFINITY },
    'exp not a number': { exp: Number.NaN },
    'iat of null': { iat: null },
    'iat a text': { iat: String(NOW) },
    'iat a fraction': { iat: NOW - 0.5 },
    'iat negative': { iat: -1 },
    'nbf of null': { nbf: null },
    'nbf a text': { nbf: String(NOW) },
    'nbf an object': { nbf: {} },
    'nbf a fraction': { nbf: NOW - 0.5 },
  }),
  ...rows('expired', {
    'exp at the leeway': { exp: NOW - 30 },
    'exp long ago': { iat: 0, exp: 1 },
    'exp of nothing': { iat: absent, exp: 0 },
    'milliseconds are no seconds: a token of the seventies': { iat: 1, exp: 1_800_000 },
  }),
  ...rows('expired', { 'exp now, without leeway': { exp: NOW } }, { leewaySeconds: 0 }),
  ...rows('not_yet_valid', {
    'nbf beyond the leeway': { nbf: NOW + 31 },
    'iat beyond the leeway': { iat: NOW + 31, exp: NOW + 300 },
    'nbf in milliseconds': { nbf: NOW * 1000 },
    'iat in milliseconds': { iat: NOW * 1000 },
  }),
  ...rows('lifetime_too_long', {
    'one second more than the longest life': { iat: NOW, exp: NOW + 3601 },
    'a day': { exp: NOW + 86_400 },
    'exp in milliseconds': { exp: (NOW + 290) * 1000 },
    'exp at 2^53': { exp: Number.MAX_SAFE_INTEGER },
    'a short rest of a long life': { iat: NOW - 86_400, exp: NOW + 60 },
    'a long rest, without iat': { iat: absent, exp: NOW + 3601 },
  }),
  ...rows(
    'too_old',
    { 'issued beyond the greatest age': { iat: NOW - 91 }, 'no iat to know the age by': { iat: absent } },
    { maxAgeSeconds: 60 },
  ),
]
