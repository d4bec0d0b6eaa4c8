import { createHash } from 'node:crypto'
import type { Draft, Wire } from '../../support/signed-request.ts'
import { sign } from '../../support/signed-request.ts'

/**
 * Requests that a session signs, or seems to: what a GetCallerIdentity is answered with. `draft` is over one that is good;
 * `after` is what somebody on the way does to it. Cases of AWS's own SigV4 test suite are told again for a form POST.
 */
export type SignedRow = {
  readonly name: string
  readonly draft?: (good: Draft) => Partial<Draft>
  readonly after?: (wire: Wire) => Wire
  readonly expect: { readonly status: number; readonly code: string } | 'identified'
}

const MINUTE = 60_000
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const
const later = (at: Date, ms: number) => new Date(at.getTime() + ms)
const refused = (status: number, code: string) => ({ status, code })
const MISMATCH = refused(403, 'SignatureDoesNotMatch')
const MALFORMED = refused(400, 'IncompleteSignature')
const UNKNOWN = refused(403, 'InvalidClientTokenId')
const UNSIGNED = refused(403, 'MissingAuthenticationToken')
const LATE = refused(400, 'RequestExpired')

const add =
  (...headers: (readonly [string, string])[]) =>
  (good: Draft): Partial<Draft> => ({ headers: [...good.headers, ...headers] })
const header =
  (name: string, edit: (value: string) => string | null) =>
  (wire: Wire): Wire => ({
    ...wire,
    headers: wire.headers.flatMap(([key, value]) => {
      const edited = key.toLowerCase() === name.toLowerCase() ? edit(value) : value
      return edited === null ? [] : [[key, edited] as const]
    }),
  })
const more =
  (name: string, value: string) =>
  (wire: Wire): Wire => ({ ...wire, headers: [...wire.headers, [name, value]] })
const target =
  (edit: (text: string) => string) =>
  (wire: Wire): Wire => ({ ...wire, target: edit(wire.target) })
const authorization = (edit: (value: string) => string | null) => header('authorization', edit)
const body =
  (edit: (text: string) => string) =>
  (wire: Wire): Wire => ({ ...wire, body: edit(wire.body) })
const flipped = (text: string) =>
  text.replace(/Signature=([0-9a-f])/, (_, digit: string) => `Signature=${digit === '0' ? '1' : '0'}`)

/** A presigned GET of the same. */
const presigned =
  (over: (good: Draft) => Partial<Draft> = () => ({})) =>
  (good: Draft): Partial<Draft> => ({
    method: 'GET',
    form: 'query',
    body: '',
    headers: [],
    query: [...new URLSearchParams(good.body)],
    ...over(good),
  })

export const SIGNED: readonly SignedRow[] = [
  // The official suite's edges, which must pass.
  { name: 'a POST as botocore signs it', expect: 'identified' },
  {
    name: 'vanilla GET with the parameters in the query',
    draft: (good) => ({ method: 'GET', body: '', query: [...new URLSearchParams(good.body)] }),
    expect: 'identified',
  },
  {
    name: 'header keys in another order',
    draft: (good) => ({ headers: [['My-Header2', 'b'], ['My-Header1', 'a'], ...good.headers] }),
    expect: 'identified',
  },
  { name: 'header keys in capitals', draft: add(['MY-HEADER', 'a']), expect: 'identified' },
  {
    name: 'a header key twice',
    draft: add(['My-Header1', 'value2'], ['My-Header1', 'value1']),
    expect: 'identified',
  },
  { name: 'header values with blanks around', draft: add(['My-Header1', ' value1 ']), expect: 'identified' },
  {
    name: 'a header value with runs of blanks',
    draft: add(['My-Header1', 'a   b   c']),
    expect: 'identified',
  },
  { name: 'a header value of nothing', draft: add(['My-Header1', '']), expect: 'identified' },
  {
    name: 'query parameters in another order',
    draft: () => ({
      query: [
        ['Param2', 'value2'],
        ['Param1', 'value1'],
      ],
    }),
    expect: 'identified',
  },
  {
    name: 'a query key twice, in another order of values',
    draft: () => ({
      query: [
        ['Param', 'b'],
        ['Param', 'a'],
      ],
    }),
    expect: 'identified',
  },
  {
    name: 'a query key that begins another',
    draft: () => ({
      query: [
        ['a-b', '1'],
        ['a', '2'],
      ],
    }),
    expect: 'identified',
  },
  {
    name: 'a query of unreserved characters',
    draft: () => ({ query: [['-._~0123456789ABCabc', '-._~0123456789ABCabc']] }),
    expect: 'identified',
  },
  {
    name: 'a query of reserved characters',
    draft: () => ({ query: [['@#$%^&+=/,?><`";:\\|][{} \'()*!', "!*'()"]] }),
    expect: 'identified',
  },
  { name: 'a query of UTF-8', draft: () => ({ query: [['ሴ', 'bar ü']] }), expect: 'identified' },
  { name: 'a query with a blank as %20', draft: () => ({ query: [['p', 'a b']] }), expect: 'identified' },
  {
    name: 'a query with a blank that became + on the way',
    draft: () => ({ query: [['p', 'a b']] }),
    after: target((text) => text.replace('%20', '+')),
    expect: 'identified',
  },
  {
    name: 'a body of UTF-8',
    draft: (good) => ({ body: `${good.body}&RoleSessionName=%C3%BC&x=ü` }),
    expect: 'identified',
  },
  {
    name: 'the body’s hash in a header that is signed, as JS sends it',
    draft: (good) => ({ headers: [...good.headers, ['X-Amz-Content-Sha256', hashOf(good.body)]] }),
    expect: 'identified',
  },
  {
    name: 'headers of the JS SDK',
    draft: add(
      ['amz-sdk-invocation-id', 'f0'],
      ['amz-sdk-request', 'attempt=1; max=3'],
      ['X-Amz-User-Agent', 'aws-sdk-js/3'],
    ),
    expect: 'identified',
  },
  { name: 'the path /sts/', draft: () => ({ path: '/sts/' }), expect: 'identified' },
  {
    name: 'fourteen minutes behind',
    draft: ({ at }) => ({ at: later(at, -14 * MINUTE) }),
    expect: 'identified',
  },
  {
    name: 'fourteen minutes ahead',
    draft: ({ at }) => ({ at: later(at, 14 * MINUTE) }),
    expect: 'identified',
  },
  { name: 'another region that is allowed', draft: () => ({ region: 'eu-central-1' }), expect: 'identified' },
  {
    name: 'a header that nobody signed and that means nothing',
    after: more('X-Forwarded-Proto', 'https'),
    expect: 'identified',
  },
  {
    name: 'no blanks behind the commas of Authorization',
    after: authorization((text) => text.replaceAll(', ', ',')),
    expect: 'identified',
  },
  { name: 'a presigned GET', draft: presigned(), expect: 'identified' },
  {
    name: 'a presigned GET of EKS with a header of its own',
    draft: presigned(() => ({ headers: [['x-k8s-aws-id', 'cluster']], expires: '60' })),
    expect: 'identified',
  },
  {
    name: 'a presigned GET with an end in a week',
    draft: presigned(() => ({ expires: '604800' })),
    expect: 'identified',
  },
  // Not signed at all.
  { name: 'no Authorization', after: authorization(() => null), expect: UNSIGNED },
  { name: 'a bearer token', after: authorization(() => 'Bearer a.b.c'), expect: MALFORMED },
  { name: 'an empty Authorization', after: authorization(() => ''), expect: MALFORMED },
  // Malformed.
  {
    name: 'another algorithm',
    after: authorization((text) => text.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1')),
    expect: MALFORMED,
  },
  {
    name: 'SigV4A',
    after: authorization((text) => text.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')),
    expect: MALFORMED,
  },
  {
    name: 'no SignedHeaders',
    after: authorization((text) => text.replace(/SignedHeaders=[^,]*, /, '')),
    expect: MALFORMED,
  },
  {
    name: 'no Credential',
    after: authorization((text) => text.replace(/Credential=[^,]*, /, '')),
    expect: MALFORMED,
  },
  {
    name: 'no Signature',
    after: authorization((text) => text.replace(/, Signature=.*/, '')),
    expect: MALFORMED,
  },
  {
    name: 'a signature in capitals',
    after: authorization((text) => text.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase())),
    expect: MALFORMED,
  },
  { name: 'a signature that is cut', after: authorization((text) => text.slice(0, -1)), expect: MALFORMED },
  {
    name: 'a signature with something behind',
    after: authorization((text) => `${text}, x=y`),
    expect: MALFORMED,
  },
  {
    name: 'two Authorizations',
    after: (wire) =>
      more('Authorization', wire.headers.find(([name]) => name === 'Authorization')?.[1] ?? '')(wire),
    expect: MALFORMED,
  },
  {
    name: 'Authorization and a presigned query',
    draft: () => ({ query: [['X-Amz-Credential', 'x']] }),
    expect: MALFORMED,
  },
  {
    name: 'a scope of four parts',
    after: authorization((text) => text.replace('/sts/', '/')),
    expect: MALFORMED,
  },
  {
    name: 'a scope of six parts',
    after: authorization((text) => text.replace('/sts/', '/sts/sts/')),
    expect: MALFORMED,
  },
  { name: 'another terminator', draft: () => ({ terminator: 'aws5_request' }), expect: MALFORMED },
  { name: 'a region in capitals', draft: () => ({ region: 'US-EAST-1' }), expect: MALFORMED },
  { name: 'no X-Amz-Date', after: header('x-amz-date', () => null), expect: MALFORMED },
  { name: 'two X-Amz-Dates', after: more('X-Amz-Date', '20200101T000000Z'), expect: MALFORMED },
  {
    name: 'a Date header in its place',
    after: (wire) => more('Date', new Date().toUTCString())(header('x-amz-date', () => null)(wire)),
    expect: MALFORMED,
  },
  { name: 'a date of 31 February', after: header('x-amz-date', () => '20260231T000000Z'), expect: MALFORMED },
  {
    name: 'a date with milliseconds',
    after: header('x-amz-date', (text) => text.replace('Z', '.000Z')),
    expect: MALFORMED,
  },
  {
    name: 'the host not signed',
    draft: () => ({ signed: ['content-type', 'x-amz-date', 'x-amz-security-token'] }),
    expect: MALFORMED,
  },
  {
    name: 'the session token not signed',
    draft: () => ({ signed: ['content-type', 'host', 'x-amz-date'] }),
    expect: MALFORMED,
  },
  { name: 'an x-amz- header that nobody signed', after: more('X-Amz-Target', 'x'), expect: MALFORMED },
  {
    name: 'a signed header that did not come',
    draft: () => ({ signed: ['content-type', 'host', 'x-absent', 'x-amz-date', 'x-amz-security-token'] }),
    expect: MALFORMED,
  },
  {
    name: 'signed headers out of order',
    draft: () => ({ signed: ['host', 'content-type', 'x-amz-date', 'x-amz-security-token'] }),
    expect: MALFORMED,
  },
  {
    name: 'a signed header twice',
    draft: () => ({ signed: ['content-type', 'host', 'host', 'x-amz-date', 'x-amz-security-token'] }),
    expect: MALFORMED,
  },
  {
    name: 'a signed header in capitals',
    after: authorization((text) => text.replace('SignedHeaders=content-type', 'SignedHeaders=Content-Type')),
    expect: MALFORMED,
  },
  {
    name: 'two content types',
    after: more('Content-Type', 'application/x-www-form-urlencoded'),
    expect: MALFORMED,
  },
  { name: 'two session tokens', after: more('X-Amz-Security-Token', 'x'), expect: MALFORMED },
  // Somebody else, or nobody.
  {
    name: 'an unknown key id',
    draft: ({ credentials }) => ({ credentials: { ...credentials, accessKeyId: 'FAKE9999999999999999' } }),
    expect: UNKNOWN,
  },
  {
    name: 'no session token',
    draft: ({ credentials: { accessKeyId, secretAccessKey } }) => ({
      credentials: { accessKeyId, secretAccessKey },
    }),
    expect: UNKNOWN,
  },
  {
    name: 'another session token',
    draft: ({ credentials }) => ({ credentials: { ...credentials, sessionToken: 'x'.repeat(100) } }),
    expect: UNKNOWN,
  },
  {
    name: 'the session token and a character',
    draft: ({ credentials }) => ({
      credentials: { ...credentials, sessionToken: `${credentials.sessionToken}A` },
    }),
    expect: UNKNOWN,
  },
  {
    name: 'another secret',
    draft: ({ credentials }) => ({ credentials: { ...credentials, secretAccessKey: 'another' } }),
    expect: MISMATCH,
  },
  {
    name: 'an empty secret',
    draft: ({ credentials }) => ({ credentials: { ...credentials, secretAccessKey: '' } }),
    expect: MISMATCH,
  },
  { name: 'one digit of the signature', after: authorization(flipped), expect: MISMATCH },
  {
    name: 'a signature of zeros',
    after: authorization((text) => text.replace(/[0-9a-f]{64}$/, '0'.repeat(64))),
    expect: MISMATCH,
  },
  // Another scope.
  { name: 'service s3', draft: () => ({ service: 's3' }), expect: MISMATCH },
  { name: 'service iam', draft: () => ({ service: 'iam' }), expect: MISMATCH },
  { name: 'a region that is not allowed', draft: () => ({ region: 'us-west-2' }), expect: MISMATCH },
  { name: 'no region', draft: () => ({ region: '' }), expect: MISMATCH },
  {
    name: 'the day before in the scope',
    draft: ({ at }) => ({
      scopeDate: new Date(at.getTime() - 86_400_000).toISOString().slice(0, 10).replaceAll('-', ''),
    }),
    expect: MISMATCH,
  },
  // Another time.
  { name: 'sixteen minutes behind', draft: ({ at }) => ({ at: later(at, -16 * MINUTE) }), expect: LATE },
  { name: 'sixteen minutes ahead', draft: ({ at }) => ({ at: later(at, 16 * MINUTE) }), expect: LATE },
  { name: 'a year ago', draft: ({ at }) => ({ at: later(at, -365 * 1440 * MINUTE) }), expect: LATE },
  {
    name: 'a time put forward on the way',
    draft: ({ at }) => ({ at: later(at, -MINUTE) }),
    after: header('x-amz-date', () => new Date().toISOString().replace(/[-:]|\.\d+/g, '')),
    expect: MISMATCH,
  },
  // Another request.
  {
    name: 'another method',
    after: (wire) => ({ ...wire, method: 'GET', target: `/?${wire.body}`, body: '' }),
    expect: MISMATCH,
  },
  { name: 'another path', after: target(() => '/sts'), expect: MISMATCH },
  { name: 'another host', after: header('host', () => 'evil.example.com'), expect: MISMATCH },
  {
    name: 'the host with another port',
    after: header('host', (text) => text.replace(/\d+$/, '1')),
    expect: MISMATCH,
  },
  { name: 'another body', after: body((text) => `${text}&x=1`), expect: MISMATCH },
  {
    name: 'a body of the same parameters, written otherwise',
    after: body((text) => text.replace('GetCallerIdentity', '%47etCallerIdentity')),
    expect: MISMATCH,
  },
  {
    name: 'the body’s hash of another body in a signed header',
    draft: (good) => ({ headers: [...good.headers, ['X-Amz-Content-Sha256', hashOf('another')]] }),
    expect: MISMATCH,
  },
  {
    name: 'an unsigned payload',
    draft: (good) => ({ headers: [...good.headers, ['X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD']] }),
    expect: MISMATCH,
  },
  {
    name: 'a parameter put into the query on the way',
    after: target((text) => `${text}?x=1`),
    expect: MISMATCH,
  },
  {
    name: 'a signed header changed on the way',
    after: header('content-type', (text) => `${text}; charset=utf-8`),
    expect: MISMATCH,
  },
  {
    name: 'two signed headers of one name, in another order',
    draft: add(['My-H', '1'], ['My-H', '2']),
    after: (wire) => ({
      ...wire,
      headers: wire.headers.toSorted((a, b) => Number(b[1]) - Number(a[1]) || 0),
    }),
    expect: MISMATCH,
  },
  // Presigned.
  {
    name: 'presigned: a parameter more',
    draft: presigned(),
    after: target((text) => `${text}&x=1`),
    expect: MISMATCH,
  },
  {
    name: 'presigned: another Action is no GetCallerIdentity',
    draft: presigned(),
    after: target((text) =>
      text.replace('GetCallerIdentity', 'AssumeRole&RoleArn=arn:aws:iam::123456789012:role/app-artifacts'),
    ),
    expect: MALFORMED,
  },
  {
    name: 'presigned: sent with POST',
    draft: presigned(),
    after: (wire) => ({ ...wire, method: 'POST' }),
    expect: MISMATCH,
  },
  {
    name: 'presigned: an end put off',
    draft: presigned(() => ({ expires: '60' })),
    after: target((text) => text.replace('X-Amz-Expires=60', 'X-Amz-Expires=600')),
    expect: MISMATCH,
  },
  {
    name: 'presigned: past its end',
    draft: presigned((good) => ({ at: later(good.at, -2 * MINUTE), expires: '60' })),
    expect: LATE,
  },
  {
    name: 'presigned: of an hour, after sixteen minutes',
    draft: presigned((good) => ({ at: later(good.at, -16 * MINUTE), expires: '3600' })),
    expect: LATE,
  },
  {
    name: 'presigned: ahead of now',
    draft: presigned((good) => ({ at: later(good.at, 16 * MINUTE) })),
    expect: LATE,
  },
  {
    name: 'presigned: no end',
    draft: presigned(),
    after: target((text) => text.replace(/&X-Amz-Expires=\d+/, '')),
    expect: MALFORMED,
  },
  { name: 'presigned: an end of nothing', draft: presigned(() => ({ expires: '0' })), expect: MALFORMED },
  {
    name: 'presigned: an end of more than a week',
    draft: presigned(() => ({ expires: '604801' })),
    expect: MALFORMED,
  },
  {
    name: 'presigned: an end that is no number',
    draft: presigned(() => ({ expires: '1e3' })),
    expect: MALFORMED,
  },
  {
    name: 'presigned: another algorithm',
    draft: presigned(),
    after: target((text) => text.replace('AWS4-HMAC-SHA256', 'none')),
    expect: MALFORMED,
  },
  {
    name: 'presigned: the signature twice',
    draft: presigned(),
    after: target((text) => `${text}&X-Amz-Signature=${'0'.repeat(64)}`),
    expect: MALFORMED,
  },
  {
    name: 'presigned: the date twice, once in lower case',
    draft: presigned(),
    after: target((text) => `${text}&x-amz-date=20200101T000000Z`),
    expect: MALFORMED,
  },
  {
    name: 'presigned: no signature',
    draft: presigned(),
    after: target((text) => text.replace(/&X-Amz-Signature=[0-9a-f]+/, '')),
    expect: MALFORMED,
  },
  {
    name: 'presigned: no session token',
    draft: presigned(),
    after: target((text) => text.replace(/&X-Amz-Security-Token=[^&]+/, '')),
    expect: UNKNOWN,
  },
  {
    name: 'presigned: the host not signed',
    draft: presigned(() => ({ headers: [['x-k8s-aws-id', 'c']], signed: ['x-k8s-aws-id'] })),
    expect: MALFORMED,
  },
  {
    name: 'presigned: an x-amz- header that nobody signed',
    draft: presigned(),
    after: more('X-Amz-Acl', 'x'),
    expect: MALFORMED,
  },
]

/** The wire form of a row for a good draft. */
export function wireOf(row: SignedRow, good: Draft): Wire {
  const wire = sign({ ...good, ...row.draft?.(good) })
  return row.after?.(wire) ?? wire
}

/** What most rows are made of. */
export function goodDraft(over: Pick<Draft, 'host' | 'credentials' | 'at'>): Draft {
  return {
    method: 'POST',
    path: '/',
    query: [],
    headers: [FORM],
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
    region: 'us-east-1',
    service: 'sts',
    terminator: 'aws4_request',
    form: 'header',
    expires: '300',
    ...over,
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
