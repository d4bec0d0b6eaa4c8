import {
  type Build,
  b64,
  claims,
  good,
  type HostileToken,
  header,
  payloadText,
  rows,
  segments,
} from './token.ts'

const claim =
  (name: string, value: unknown): Build =>
  ({ issuer, claims }) =>
    issuer.sign({ ...claims, [name]: value })
const times =
  (of: (now: number) => object): Build =>
  ({ issuer, claims, now }) =>
    issuer.sign({ ...claims, ...of(now) })
const text =
  (edit: (json: string) => string): Build =>
  (made) =>
    made.issuer.sign(edit(payloadText(made)))
const member = (json: string): Build => text((all) => all.replace('{', `{${json},`))
const iss =
  (edit: (url: string) => unknown): Build =>
  ({ issuer, claims }) =>
    issuer.sign({ ...claims, iss: edit(issuer.url) })
const aud = (edit: (ours: string) => unknown): Build => claims(({ audience }) => ({ aud: edit(audience) }))
const ecSignature =
  (bytes: Buffer): Build =>
  ({ issuer, claims, ec }) =>
    [...issuer.sign(claims, { key: ec }).split('.').slice(0, 2), b64(bytes)].join('.')

/** One or a few of each trick, written by hand. */
export const BASICS: readonly HostileToken[] = [
  ...rows('A', 'malformed', {
    'one segment': () => 'abc',
    'two segments': segments(([h = '', p = '']) => [h, p]),
    'four segments': segments((parts) => [...parts, 'AA']),
    'an empty signature': segments(([h = '', p = '']) => [h, p, '']),
    padding: (made) => `${good(made)}=`,
    'a space inside': (made) => good(made).replace('.', ' .'),
    'the other alphabet': segments(([h = '', p = '', s = '']) => [h, p, `+${s.slice(1)}`]),
    'stray bits at the end': segments(([h = '', p = '', s = '']) => [
      h,
      p,
      `${s.slice(0, -1)}${s.endsWith('A') ? 'B' : strayed(s)}`,
    ]),
    'a length that no bytes have': segments(([h = '', p = '']) => [h, p, 'AAAAA']),
    'flattened JSON': (made) => JSON.stringify({ payload: good(made) }),
  }),
  ...rows('A', 'jwe_refused', {
    'five segments': (made) => `${good(made)}.AA.AA`,
    'enc in the header': header({ enc: 'A256GCM' }),
  }),
  ...rows('A', 'too_large', {
    '17 KB': claim(
      'filler',
      Array.from({ length: 9 }, () => 'x'.repeat(2000)),
    ),
    'a header beyond 2 KB': header({ x5c: ['x'.repeat(2100)] }),
    'a claim beyond 2 KB': claim('filler', 'x'.repeat(2049)),
    'nesting beyond 16': member(`"deep":${'['.repeat(20)}${']'.repeat(20)}`),
    'nesting of 3,000': member(`"deep":${'['.repeat(3000)}${']'.repeat(3000)}`),
    '129 members': claim('many', Object.fromEntries(Array.from({ length: 129 }, (_, at) => [`m${at}`, 1]))),
    '65 items': claim(
      'many',
      Array.from({ length: 65 }, () => 1),
    ),
  }),
  ...rows('B', 'json_invalid', {
    'a payload that is a list': text(() => '[]'),
    'a payload that is text': text(() => '"x"'),
    'a payload of white space': text(() => ' '),
    'a byte order mark': text((all) => `\ufeff${all}`),
    'white space before': text((all) => ` ${all}`),
    'bytes behind': text((all) => `${all}x`),
    'a second object behind': text((all) => `${all}{}`),
    'a trailing comma': text((all) => all.replace(/}$/, ',}')),
    'single quotes': text((all) => all.replaceAll('"', "'")),
    'a comment': text((all) => all.replace('{', '{/**/')),
    NaN: member('"x":NaN'),
    'a number of 1e400': member('"x":1e400'),
    'a number beyond 2^53': member('"x":9007199254740993'),
    'a leading zero': member('"x":01'),
    'a lone surrogate': member('"x":"\\ud800"'),
    'an unknown escape': member('"x":"\\x41"'),
    'a control character': member('"x":"\u0001"'),
    __proto__member: member('"__proto__":{}'),
    '__proto__, escaped': member('"__pr\\u006fto__":{}'),
    constructor: member('"constructor":{}'),
    'bytes that are not UTF-8': segments(([h = '', , s = '']) => [
      h,
      b64(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
      s,
    ]),
    'a header that is text': ({ issuer, claims }) =>
      issuer.sign(claims, { header: '"x"', signedBy: 'RS256' }),
  }),
  ...rows('B', 'duplicate_member', {
    'sub twice': member('"sub":"root"'),
    'sub twice, once escaped': member('"\\u0073ub":"root"'),
    'aud twice': member('"aud":"x"'),
    'a member twice, deep inside': member('"deep":[{"a":1,"a":2}]'),
    'alg twice': ({ issuer, claims }) =>
      issuer.sign(claims, { header: '{"alg":"none","alg":"RS256","kid":"key-1"}', signedBy: 'RS256' }),
  }),
  ...rows('C', 'header_refused', {
    crit: header({ crit: ['exp'] }),
    b64: header({ b64: false }),
    zip: header({ zip: 'DEF' }),
    cty: header({ cty: 'JWT' }),
    jku: header({ jku: 'https://evil.example.com/jwks' }),
    jwk: (made) => header({ jwk: made.ec.jwk })(made),
    x5u: header({ x5u: 'https://evil.example.com/cert' }),
    'an unknown member': header({ note: 'x' }),
  }),
  ...rows('C', 'alg_refused', {
    none: segments(([, p = '']) => [b64('{"alg":"none"}'), p, 'AA']),
    None: segments(([, p = '']) => [b64('{"alg":"None"}'), p, 'AA']),
    'no algorithm': segments(([, p = '']) => [b64('{"kid":"key-1"}'), p, 'AA']),
    'an algorithm that is a list': segments(([, p = '']) => [b64('{"alg":["RS256"]}'), p, 'AA']),
    HS256: header({ alg: 'HS256' }),
    'HS256 with the public key as its secret': ({ issuer, claims }) =>
      issuer.sign(claims, {
        header: { alg: 'HS256', kid: 'key-1' },
        key: Buffer.from(JSON.stringify(issuer.key.jwk)),
        signedBy: 'HS256',
      }),
    'lower case': header({ alg: 'rs256' }),
    'one that the issuer is not configured for': header({ alg: 'RS512' }),
    'that of another key type': header({ alg: 'ES256' }),
  }),
  ...rows('D', 'unknown_kid', {
    'an unknown one': header({ kid: 'nobody' }),
    'a number': header({ kid: 7 }),
    '200 characters': header({ kid: 'k'.repeat(200) }),
    'a control character': header({ kid: 'key-1\n' }),
    'a path': header({ kid: '../../key-1' }),
    'an SQL text': header({ kid: "key-1' OR '1'='1" }),
    'a name of every object': header({ kid: 'toString' }),
    'none, where two keys could have signed': header({ kid: undefined }),
  }),
  ...rows('E', 'typ_refused', {
    'an access token': header({ typ: 'at+jwt' }),
    'a logout token': header({ typ: 'logout+jwt' }),
    'a DPoP proof': header({ typ: 'dpop+jwt' }),
    'a number': header({ typ: 1 }),
  }),
  ...rows('G', 'signature_invalid', {
    'one bit less': segments(([h = '', p = '', s = '']) => [h, p, flipped(s)]),
    'another payload': (made) => {
      const [h, , s] = good(made).split('.')
      return [h, claim('sub', 'root')(made).split('.')[1], s].join('.')
    },
    'another key of the same kid': ({ issuer, other, claims }) =>
      other.sign({ ...claims, iss: issuer.url }, { header: { kid: 'key-1' } }),
    'r and s of nothing': ecSignature(Buffer.alloc(64)),
    'DER in place of r‖s': ecSignature(Buffer.from('3006020101020101', 'hex')),
    'one byte too many': ecSignature(Buffer.alloc(65, 1)),
    'RSA of the wrong size': segments(([h = '', p = '']) => [h, p, b64(Buffer.alloc(255, 1))]),
  }),
  ...rows('H', 'unknown_issuer', {
    missing: iss(() => undefined),
    'a list': iss((url) => [url]),
    'with a slash': iss((url) => `${url}/`),
    'in capitals': iss((url) => url.toUpperCase()),
    'a prefix': iss((url) => url.slice(0, -1)),
    'ours and more': iss((url) => `${url}.evil.example.com`),
    'with a user': iss((url) => url.replace('//', '//x@')),
    'with a dot segment': iss((url) => `${url}/.`),
    'another name of the same address': iss((url) => url.replace('127.0.0.1', 'localhost')),
  }),
  ...rows('J', 'aud_mismatch', {
    missing: claim('aud', undefined),
    another: claim('aud', 'https://other.example.com'),
    'ours as a prefix': aud((ours) => `${ours}.evil.example.com`),
    'ours as a substring': aud((ours) => ours.slice(7, -1)),
    'ours in capitals': aud((ours) => ours.toUpperCase()),
    'ours with a slash': aud((ours) => `${ours}/`),
    'a wildcard': claim('aud', '*'),
    empty: claim('aud', ''),
    'that of the other door': claims((made) => ({ aud: made.otherDoor })),
    'those of both doors': claims((made) => ({ aud: [made.audience, made.otherDoor] })),
  }),
  ...rows('J', 'azp_mismatch', {
    'a stranger beside ours': aud((ours) => [ours, 'https://x.example.com']),
    'a stranger as azp': claims(({ audience }) => ({
      aud: [audience, 'https://x.example.com'],
      azp: 'https://x.example.com',
    })),
  }),
  ...rows('K', 'claim_invalid', {
    'an empty list of audiences': claim('aud', []),
    'an audience that is a number': aud((ours) => [ours, 7]),
    'an audience that is an object': aud((ours) => ({ aud: ours })),
    'exp missing': claim('exp', undefined),
    'exp as text': times((now) => ({ exp: String(now + 300) })),
    'exp with a fraction': times((now) => ({ exp: now + 300.5 })),
    'exp of null': claim('exp', null),
    'exp below nothing': claim('exp', -1),
    'iat as text': claim('iat', '1'),
    'nbf as text': claim('nbf', '1'),
    'jti as a number': claim('jti', 7),
    'azp as a list': claim('azp', ['x']),
  }),
  ...rows('K', 'expired', {
    'exp in the past': times((now) => ({ iat: now - 600, exp: now - 60 })),
    'exp just beyond the leeway': times((now) => ({ iat: now - 600, exp: now - 31 })),
  }),
  ...rows('K', 'not_yet_valid', {
    'nbf ahead': times((now) => ({ nbf: now + 120 })),
    'iat ahead': times((now) => ({ iat: now + 120, exp: now + 400 })),
  }),
  ...rows('K', 'lifetime_too_long', {
    'a day': times((now) => ({ exp: now + 86_400 })),
    'a hundred years without iat': times((now) => ({ iat: undefined, exp: now + 3_000_000_000 })),
  }),
  ...rows('L', 'sub_invalid', {
    missing: claim('sub', undefined),
    null: claim('sub', null),
    'a number': claim('sub', 42),
    'a list': claim('sub', ['x']),
    empty: claim('sub', ''),
    '256 characters': claim('sub', 's'.repeat(256)),
    NUL: claim('sub', 'a\u0000b'),
    'a line break': claim('sub', 'a\nb'),
    'a direction override': claim('sub', 'a\u202eb'),
    'a zero-width joiner': claim('sub', 'a\u200db'),
    'not normalised': claim('sub', 'e\u0301'),
  }),
]

/** Another last character that decodes to the same bytes: a 2048-bit signature leaves four bits that no byte takes. */
function strayed(segment: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(segment.at(-1) ?? 'A') ^ 1] ?? 'A'
}

function flipped(segment: string): string {
  const bytes = Buffer.from(segment, 'base64url')
  bytes[10] = (bytes[10] ?? 0) ^ 1
  return bytes.toString('base64url')
}
