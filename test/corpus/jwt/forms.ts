/** Texts that are or are not a compact JWS in its one form; no signature in them holds, because none is looked at. */
export type FormRow = { readonly name: string; readonly token: string; readonly expect: string }
export type HeaderRow = { readonly name: string; readonly header: string; readonly expect: string }

const b64 = (input: string | Uint8Array) => Buffer.from(input).toString('base64url')
const HEADER = b64('{"alg":"RS256","typ":"JWT","kid":"key-1"}')
/** 41, 17 and 256 bytes: their last digits carry two, two and four bits that no byte takes. */
const PAYLOAD = b64('{"iss":"https:x"}')
const SIGNATURE = b64(Buffer.alloc(256, 7))
export const SAMPLE = `${HEADER}.${PAYLOAD}.${SIGNATURE}`

const withPayload = (payload: string | Uint8Array) => `${HEADER}.${b64(payload)}.${SIGNATURE}`
const forms = (expect: string, named: Readonly<Record<string, string>>): FormRow[] =>
  Object.entries(named).map(([name, token]) => ({ name, token, expect }))

export const FORMS: readonly FormRow[] = [
  ...forms('ok', {
    'the sample': SAMPLE,
    'a signature of one byte': `${HEADER}.${PAYLOAD}.AA`,
    'an empty object': withPayload('{}'),
    'a payload with blanks inside': withPayload('{ "iss" : "x" }'),
    'a payload near its bound': withPayload(
      `{${Array.from({ length: 5 }, (_, at) => `"m${at}":"${'x'.repeat(2040)}"`).join(',')}}`,
    ),
  }),
  ...forms('malformed', {
    nothing: '',
    'one segment': HEADER,
    'two segments': `${HEADER}.${PAYLOAD}`,
    'four segments': `${SAMPLE}.AA`,
    'six segments': 'e30.AA.AA.AA.AA.AA',
    dots: '..',
    'no header': `.${PAYLOAD}.${SIGNATURE}`,
    'no payload, as of a detached signature': `${HEADER}..${SIGNATURE}`,
    'no signature': `${HEADER}.${PAYLOAD}.`,
    'a blank before': ` ${SAMPLE}`,
    'a blank behind': `${SAMPLE} `,
    'a line break behind': `${SAMPLE}\n`,
    'a carriage return behind': `${SAMPLE}\r`,
    'NUL behind': `${SAMPLE}\u0000`,
    'a byte order mark before': `\ufeff${SAMPLE}`,
    'a line break inside': SAMPLE.replace('.', '\n.'),
    'Bearer before': `Bearer ${SAMPLE}`,
    'quotes around': `"${SAMPLE}"`,
    padding: `${SAMPLE}==`,
    'padding of the header': SAMPLE.replace('.', '=.'),
    'a percent sign': SAMPLE.replace('.', '%2E'),
    'plus and slash, the other alphabet': `${HEADER}.${PAYLOAD}.+/+/`,
    'a letter that looks like one of ours': SAMPLE.replace('e', '\u0435'),
    'a full-width dot': SAMPLE.replace('.', '\uff0e'),
    'a header of one digit': `A.${PAYLOAD}.${SIGNATURE}`,
    'a payload of five digits': `${HEADER}.AAAAA.${SIGNATURE}`,
    'a signature of five digits': `${HEADER}.${PAYLOAD}.AAAAA`,
    'general JSON serialisation': JSON.stringify({
      payload: PAYLOAD,
      signatures: [{ protected: HEADER, signature: SIGNATURE }],
    }),
    'flattened JSON serialisation': JSON.stringify({
      payload: PAYLOAD,
      protected: HEADER,
      signature: SIGNATURE,
    }),
    XML: '<saml:Assertion/>',
  }),
  ...forms('jwe_refused', {
    'five segments': `${HEADER}.AA.AA.AA.AA`,
    'five segments, four of them empty': `${HEADER}....`,
    'five segments of a direct key': `${HEADER}..AA.AA.AA`,
  }),
  ...forms('too_large', {
    'more than 16 KB': 'A'.repeat(16_385),
    'more than 16 KB of dots': '.'.repeat(16_385),
    'a header beyond 2 KB': `${b64(`{"alg":"RS256","x5c":["${'x'.repeat(2040)}"]}`)}.${PAYLOAD}.${SIGNATURE}`,
    'a payload beyond 12 KB': `${HEADER}.${b64(`{${'"m":1'.padStart(12_290, ' ')}}`)}.AA`,
    'a claim beyond 2 KB': withPayload(`{"a":"${'x'.repeat(2049)}"}`),
    'nesting of 9,000': withPayload(`{"a":${'['.repeat(9_000)}${']'.repeat(2_900)}}`),
  }),
  ...forms('json_invalid', {
    'a payload that is no JSON': withPayload('iss=x'),
    'a payload that is a list': withPayload('[]'),
    'a payload that is another token': withPayload(SAMPLE),
    'a payload with white space behind': withPayload('{}\n'),
    'a byte order mark in the payload': withPayload('\ufeff{}'),
    'UTF-16': withPayload(Buffer.from('{}', 'utf16le')),
    'a byte that UTF-8 has not': withPayload(Buffer.from('7b22ff223a317d', 'hex')),
    'an overlong slash': withPayload(Buffer.from('7b22c0af223a317d', 'hex')),
    'a surrogate in UTF-8': withPayload(Buffer.from('7b22eda080223a317d', 'hex')),
    'half a character at the end': withPayload(Buffer.from('7b7de2', 'hex')),
    'beyond the last character': withPayload(Buffer.from('7b22f4908080223a317d', 'hex')),
  }),
  ...forms('duplicate_member', {
    'iss twice': withPayload('{"iss":"a","iss":"b"}'),
    'iss twice, once escaped': withPayload('{"iss":"a","\\u0069ss":"b"}'),
  }),
]

const headers = (expect: string, named: Readonly<Record<string, string>>): HeaderRow[] =>
  Object.entries(named).map(([name, header]) => ({ name, header, expect }))
const and = (member: string) => `{"alg":"RS256","kid":"key-1",${member}}`

export const HEADERS: readonly HeaderRow[] = [
  ...headers('ok', {
    'alg alone': '{"alg":"RS256"}',
    'typ and kid': and('"typ":"JWT"'),
    'a certificate by its thumbprints': and('"x5t":"AA","x5t#S256":"AA"'),
    'a certificate that is never looked at': and('"x5c":["AA"]'),
    'a kid that is a URL': '{"alg":"RS256","kid":"https://a.example.com/k?v=1"}',
    'a kid at its bound': `{"alg":"RS256","kid":"${'k'.repeat(128)}"}`,
    'a kid that is a path: a name like any other, and never a path': '{"alg":"RS256","kid":"../../dev/null"}',
    'an alg that nobody has: the issuer says what it allows': '{"alg":"RS1"}',
    'no alg at all: judged against the issuer as well': '{"alg":""}',
  }),
  ...headers('header_refused', {
    'crit of nothing': and('"crit":[]'),
    'crit of what we know': and('"crit":["exp"]'),
    'crit and b64': and('"crit":["b64"],"b64":false'),
    'b64 false without crit': and('"b64":false'),
    'b64 true': and('"b64":true'),
    zip: and('"zip":"DEF"'),
    'cty of JWT': and('"cty":"JWT"'),
    jku: and('"jku":"https://evil.example.com/jwks"'),
    'jku of our own issuer': and('"jku":"https://issuer.example.com/jwks"'),
    jwk: and('"jwk":{"kty":"RSA","n":"AA","e":"AQAB"}'),
    x5u: and('"x5u":"https://evil.example.com/c"'),
    epk: and('"epk":{}'),
    p2c: and('"p2c":1000000000,"p2s":"AA"'),
    apu: and('"apu":"AA"'),
    'a tag and a nonce of an encryption': and('"iv":"AA","tag":"AA"'),
    nonce: and('"nonce":"x"'),
    'iss in the header': and('"iss":"x"'),
    'a name in capitals': and('"KID":"key-2"'),
    'a name with a blank': and('"kid ":"key-2"'),
    'an unknown name': and('"note":1'),
    'a name of the prototype': and('"toString":1'),
    'the empty name': and('"":1'),
  }),
  ...headers('jwe_refused', {
    enc: '{"alg":"dir","enc":"A256GCM"}',
    'enc beside an alg of ours': and('"enc":"A256GCM"'),
    'enc and zip': and('"enc":"A256GCM","zip":"DEF"'),
  }),
  ...headers('alg_refused', {
    nothing: '{}',
    'no alg': '{"kid":"key-1"}',
    'alg of null': '{"alg":null}',
    'alg false': '{"alg":false}',
    'alg a number': '{"alg":256}',
    'alg a list': '{"alg":["RS256"]}',
    'alg an object': '{"alg":{"RS256":1}}',
  }),
  ...headers('typ_refused', {
    'typ of null': and('"typ":null'),
    'typ a number': and('"typ":1'),
    'typ a list': and('"typ":["JWT"]'),
  }),
  ...headers('unknown_kid', {
    'kid of null': '{"alg":"RS256","kid":null}',
    'kid a number': '{"alg":"RS256","kid":1}',
    'kid a list': '{"alg":"RS256","kid":["key-1"]}',
    'kid an object': '{"alg":"RS256","kid":{}}',
    'kid empty': '{"alg":"RS256","kid":""}',
    'kid beyond its bound': `{"alg":"RS256","kid":"${'k'.repeat(129)}"}`,
    'kid with a line break': '{"alg":"RS256","kid":"key-1\\n"}',
    'kid with NUL': '{"alg":"RS256","kid":"key-1\\u0000"}',
    'kid with an escape character': '{"alg":"RS256","kid":"\\u001b[2J"}',
    'kid with a direction override': '{"alg":"RS256","kid":"key\\u202e-1"}',
    'kid not normalised': '{"alg":"RS256","kid":"e\\u0301"}',
  }),
  ...headers('json_invalid', {
    'a list in its place': '[]',
    'a text in its place': '"RS256"',
    'white space before': ' {"alg":"RS256"}',
    __proto__: and('"__proto__":{"alg":"none"}'),
  }),
  ...headers('duplicate_member', {
    'alg twice': '{"alg":"none","alg":"RS256"}',
    'alg twice, once escaped': '{"alg":"RS256","\\u0061lg":"none"}',
    'kid twice': and('"kid":"key-2"'),
  }),
  ...headers('too_large', {
    '129 members': `{"alg":"RS256",${Array.from({ length: 128 }, (_, at) => `"m${at}":1`).join(',')}}`,
  }),
]
