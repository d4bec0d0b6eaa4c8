import type { Access, AccessRequest, DialectName, Statement } from '../index.ts'

/** What a request gets in each dialect; one word is for all three. */
export type Expected = Access['outcome'] | Readonly<Record<DialectName, Access['outcome']>>

/** One request to one document: facts of how MinIO, Ceph RGW and AWS judge it. */
export type EvaluationRow = {
  readonly name: string
  readonly input: { readonly statements: readonly Statement[]; readonly request: AccessRequest }
  readonly expect: Expected
}

const ARN = 'arn:aws:s3:::'
const BUCKET = `${ARN}b1a`
const yes = 'allowed'
const no = 'not_allowed'
const denied = 'denied'
const onMinio = { minio: yes, rgw: no, aws: no } as const
const notOnMinio = { minio: no, rgw: yes, aws: yes } as const
const onlyAws = { minio: no, rgw: no, aws: yes } as const
const notOnRgw = { minio: yes, rgw: no, aws: yes } as const
const onlyRgw = { minio: no, rgw: yes, aws: no } as const

type Conditions = Statement['Condition']
const say = (Effect: Statement['Effect']) => (action: string, resource: string, Condition?: Conditions) => ({
  Effect,
  Action: action.split(' '),
  Resource: resource.split(' ').map((one) => (one === '*' || one.startsWith('arn:') ? one : ARN + one)),
  ...(Condition === undefined ? {} : { Condition }),
})
const allow = say('Allow')
const deny = say('Deny')

type Context = AccessRequest['context']
type Asked = readonly [action: string, resource: string, expect: Expected, context?: Context]

function about(
  what: string,
  statements: readonly Statement[],
  asked: Readonly<Record<string, Asked>>,
): readonly EvaluationRow[] {
  return Object.entries(asked).map(([name, [action, resource, expect, context]]) => ({
    name: `${what}: ${name}`,
    input: {
      statements,
      request: {
        action,
        resource: resource.startsWith('arn:') ? resource : ARN + resource,
        ...(context === undefined ? {} : { context }),
      },
    },
    expect,
  }))
}

const GET = 's3:GetObject'
const PUT = 's3:PutObject'
const LIST = 's3:ListBucket'

/** One key behind one operator; a value that is left out is a key that is missing. */
function behind(operator: string, key: string, values: readonly string[]) {
  return (rows: Readonly<Record<string, readonly [given: readonly string[] | null, expect: Expected]>>) =>
    about(
      `${operator} ${values.join(' or ')}`,
      [allow(GET, 'b1a/*', { [operator]: { [key]: values } })],
      Object.fromEntries(
        Object.entries(rows).map(([name, [given, expect]]) => [
          name,
          [GET, 'b1a/k', expect, given === null ? {} : { [key]: given }],
        ]),
      ),
    )
}

const AGENT = 'aws:UserAgent'

export const EVALUATIONS: readonly EvaluationRow[] = [
  ...about('one prefix', [allow(GET, 'b1a/team/*')], {
    inside: [GET, 'b1a/team/x', yes],
    'deeper inside': [GET, 'b1a/team/x/y/z', yes],
    'the empty rest': [GET, 'b1a/team/', yes],
    'beside, by a longer name': [GET, 'b1a/teams/x', no],
    'beside, by a shorter name': [GET, 'b1a/tea', no],
    above: [GET, 'b1a/x', no],
    'another bucket': [GET, 'b1b/team/x', no],
    'another verb': [PUT, 'b1a/team/x', no],
    'the bucket': [GET, 'b1a', no],
    'a key of another case': [GET, 'b1a/Team/x', no],
    'a bucket that begins alike': [GET, 'b1a2/team/x', no],
  }),
  ...about('a key written out', [allow(GET, 'b1a/a/b')], {
    itself: [GET, 'b1a/a/b', yes],
    'below it': [GET, 'b1a/a/b/c', no],
    'longer by a sign': [GET, 'b1a/a/bc', no],
    'a path that cleans to it': [GET, 'b1a/a/x/../b', onMinio],
    'a path with a dot': [GET, 'b1a/a/./b', onMinio],
    'a double slash': [GET, 'b1a/a//b', onMinio],
  }),
  ...about('s3:* on b/*', [allow('s3:*', 'b1a/*')], {
    'reads an object': [GET, 'b1a/x', yes],
    'lists the bucket': [LIST, 'b1a', onMinio],
    'deletes the bucket': ['s3:DeleteBucket', 'b1a', onMinio],
    'writes its policy': ['s3:PutBucketPolicy', 'b1a', onMinio],
    'lists another bucket': [LIST, 'b1b', no],
    'lists all buckets': ['s3:ListAllMyBuckets', '*', no],
  }),
  ...about('listing by an object ARN', [allow(LIST, 'b1a/*')], {
    'the bucket': [LIST, 'b1a', onMinio],
    'a bucket that begins alike': [LIST, 'b1ab', no],
  }),
  ...about('listing by a bucket ARN', [allow(LIST, 'b1a')], {
    'the bucket': [LIST, 'b1a', yes],
    'a longer name': [LIST, 'b1ab', no],
    'another case': [LIST, 'B1a', no],
  }),
  ...about('a bare star with a Resource', [allow('*', 'b1a/*')], {
    'inside, by all': [GET, 'b1a/x', yes],
    'another bucket': [GET, 'b1b/x', onMinio],
    'a bucket action elsewhere': ['s3:DeleteBucket', 'b1b', onMinio],
    'all buckets': ['s3:ListAllMyBuckets', '*', onMinio],
  }),
  ...about('a Deny of the bare star', [allow('s3:*', '*'), deny('*', 'b1a/*')], {
    inside: [GET, 'b1a/x', denied],
    elsewhere: [GET, 'b1b/x', { minio: denied, rgw: yes, aws: yes }],
  }),
  ...about('an action that begins with a star', [allow('*Object', 'b1a/*')], {
    'what it names': [GET, 'b1a/x', yes],
    'what it does not name': ['s3:GetObjectTagging', 'b1a/x', onlyRgw],
  }),
  ...about('s3:* everywhere', [allow('s3:*', '*')], {
    'an object': [GET, 'b1a/x', yes],
    'a bucket': [LIST, 'b1a', yes],
    'all buckets': ['s3:ListAllMyBuckets', '*', yes],
    'another service': ['kms:Decrypt', 'b1a', no],
  }),
  ...about('the whole store by ARN', [allow('s3:ListAllMyBuckets s3:ListBucket', '*')], {
    'all buckets': ['s3:ListAllMyBuckets', '*', yes],
    'any bucket': [LIST, 'zzz', yes],
  }),
  ...about('all buckets by a bucket ARN', [allow('s3:ListAllMyBuckets', 'b1a')], {
    'grants nothing': ['s3:ListAllMyBuckets', '*', no],
  }),
  ...about('a bucket with a star', [allow('s3:*', 'a*')], {
    'the bucket': [LIST, 'abc', yes],
    'its objects': [GET, 'abc/x/y', yes],
    'a bucket that ends alike': [LIST, 'ba', no],
  }),
  ...about('names in other cases', [allow('s3:getobject S3:PUTOBJECT', 'b1a/*')], {
    'a lower one': [GET, 'b1a/x', notOnMinio],
    'an upper one': [PUT, 'b1a/x', notOnMinio],
  }),
  ...about('a pattern of names', [allow('s3:Get*', 'b1a/*')], {
    'an object': [GET, 'b1a/x', yes],
    'its tags': ['s3:GetObjectTagging', 'b1a/x', yes],
    'a write': [PUT, 'b1a/x', no],
    'the place of the bucket': ['s3:GetBucketLocation', 'b1a', onMinio],
  }),
  ...about('a pattern within a name', [allow('s3:*Object', 'b1a/*')], {
    reads: [GET, 'b1a/x', yes],
    deletes: ['s3:DeleteObject', 'b1a/x', yes],
    'versions are other names': ['s3:DeleteObjectVersion', 'b1a/x', no],
  }),
  ...about('one sign in a name', [allow('s3:?etObject', 'b1a/*')], {
    reads: [GET, 'b1a/x', yes],
    'two signs': ['s3:DeleteObject', 'b1a/x', no],
    'one other sign': ['s3:SetObject', 'b1a/x', yes],
  }),
  ...about('versions', [allow('s3:GetObjectVersion', 'b1a/*')], {
    'a version': ['s3:GetObjectVersion', 'b1a/x', yes],
    'the object, implied on MinIO': [GET, 'b1a/x', onMinio],
    'not its tags': ['s3:GetObjectVersionTagging', 'b1a/x', no],
  }),
  ...about('versions by a pattern', [allow('s3:GetObjectV*', 'b1a/*')], {
    'a version': ['s3:GetObjectVersion', 'b1a/x', yes],
    'nothing implied': [GET, 'b1a/x', no],
  }),
  ...about('a Deny of versions', [allow('s3:Get*', 'b1a/*'), deny('s3:GetObjectVersion', 'b1a/*')], {
    'a version': ['s3:GetObjectVersion', 'b1a/x', denied],
    'the object': [GET, 'b1a/x', { minio: denied, rgw: yes, aws: yes }],
  }),
  ...about('a question mark', [allow(GET, 'b1a/a?c')], {
    'one letter': [GET, 'b1a/abc', yes],
    'a slash': [GET, 'b1a/a/c', yes],
    'two letters': [GET, 'b1a/abbc', no],
    'no letter': [GET, 'b1a/ac', no],
    'one letter of two bytes': [GET, 'b1a/aéc', notOnMinio],
  }),
  ...about('two question marks', [allow(GET, 'b1a/a??c')], {
    'one letter of two bytes': [GET, 'b1a/aéc', onMinio],
    'two letters': [GET, 'b1a/abbc', yes],
  }),
  ...about('a star', [allow(GET, 'b1a/*/x')], {
    'one segment': [GET, 'b1a/t/x', yes],
    'many segments': [GET, 'b1a/t/u/v/x', yes],
    'no segment': [GET, 'b1a//x', yes],
    'none at all': [GET, 'b1a/x', no],
    'longer at the end': [GET, 'b1a/t/xy', no],
  }),
  ...about('two stars', [allow(GET, 'b1a/a*b*c')], {
    both: [GET, 'b1a/a1b2c', yes],
    'both empty': [GET, 'b1a/abc', yes],
    'the wrong order': [GET, 'b1a/acb', no],
    'a later try': [GET, 'b1a/abxbxc', yes],
  }),
  ...about('a colon in a key', [allow(GET, 'b1a/a:b/*')], {
    inside: [GET, 'b1a/a:b/c', yes],
    'more colons': [GET, 'b1a/a:b/c:d', yes],
    beside: [GET, 'b1a/a/b/c', no],
  }),
  ...about('an ARN with a region and an account', [allow(GET, 'arn:aws:s3:*:*:b1a/*')], {
    'stars in empty segments': [GET, 'b1a/x', notOnMinio],
  }),
  ...about('an ARN of another partition', [allow(GET, 'arn:aws-cn:s3:::b1a/*')], {
    'is another ARN': [GET, 'b1a/x', no],
  }),
  ...about('an escaped star', [allow(GET, `b1a/\${*}/x`)], {
    'a star itself': [GET, 'b1a/*/x', onlyAws],
    'anything else': [GET, 'b1a/t/x', no],
    'the text as it stands, where a star is a star': [
      GET,
      `b1a/\${anything}/x`,
      { minio: yes, rgw: yes, aws: no },
    ],
  }),
  ...about('an escaped question mark', [allow(GET, `b1a/\${?}`)], {
    'a question mark itself': [GET, 'b1a/?', onlyAws],
    'one letter': [GET, 'b1a/x', no],
  }),
  ...about('an escaped dollar', [allow(GET, `b1a/\${$}{*}`)], {
    'the text that it writes': [GET, `b1a/\${x}`, onlyAws],
    'no variable': [GET, 'b1a/$', no],
  }),
  ...about('Deny wins', [allow('s3:*', 'b1a/*'), deny(GET, 'b1a/secret/*')], {
    'the denied': [GET, 'b1a/secret/x', denied],
    'beside it': [GET, 'b1a/open/x', yes],
    'another verb': [PUT, 'b1a/secret/x', yes],
  }),
  ...about('Deny wins, whatever the order', [deny(GET, 'b1a/secret/*'), allow('s3:*', 'b1a/*')], {
    'the denied': [GET, 'b1a/secret/x', denied],
  }),
  ...about('a Deny alone', [deny(GET, 'b1a/*')], {
    'what it denies': [GET, 'b1a/x', denied],
    'what it leaves': [PUT, 'b1a/x', no],
  }),
  ...about('no statement', [], { anything: [GET, 'b1a/x', no] }),
  ...about('two Allows', [allow(GET, 'b1a/*'), allow(PUT, 'b1b/*')], {
    'the first': [GET, 'b1a/x', yes],
    'the second': [PUT, 'b1b/x', yes],
    'not crossed': [PUT, 'b1a/x', no],
    'not crossed the other way': [GET, 'b1b/x', no],
  }),
  ...about('a list with a prefix', [allow(LIST, 'b1a', { StringLike: { 's3:prefix': ['a/*'] } })], {
    'that prefix': [LIST, 'b1a', yes, { 's3:prefix': ['a/x'] }],
    'another prefix': [LIST, 'b1a', no, { 's3:prefix': ['b/x'] }],
    'a shorter prefix': [LIST, 'b1a', no, { 's3:prefix': ['a'] }],
    'no prefix': [LIST, 'b1a', no],
    'an empty prefix': [LIST, 'b1a', no, { 's3:prefix': [''] }],
  }),
  ...about('a key in another case', [allow(LIST, 'b1a', { StringEquals: { 'S3:Prefix': ['a'] } })], {
    'is the same key at AWS alone': [LIST, 'b1a', onlyAws, { 's3:prefix': ['a'] }],
  }),
  ...about(
    'two operators',
    [allow(GET, 'b1a/*', { StringEquals: { [AGENT]: ['x'] }, Bool: { 'aws:SecureTransport': ['true'] } })],
    {
      both: [GET, 'b1a/k', yes, { [AGENT]: ['x'], 'aws:SecureTransport': ['true'] }],
      'one of them': [GET, 'b1a/k', no, { [AGENT]: ['x'], 'aws:SecureTransport': ['false'] }],
    },
  ),
  ...about(
    'two keys of an operator',
    [allow(GET, 'b1a/*', { StringEquals: { [AGENT]: ['x'], 'aws:Referer': ['y'] } })],
    {
      both: [GET, 'b1a/k', yes, { [AGENT]: ['x'], 'aws:Referer': ['y'] }],
      'one of them': [GET, 'b1a/k', no, { [AGENT]: ['x'], 'aws:Referer': ['z'] }],
    },
  ),
  ...about(
    'a condition of a Deny',
    [allow(GET, 'b1a/*'), deny(GET, 'b1a/*', { StringNotEquals: { [AGENT]: ['x'] } })],
    {
      'what differs': [GET, 'b1a/k', denied, { [AGENT]: ['y'] }],
      'what is the same': [GET, 'b1a/k', yes, { [AGENT]: ['x'] }],
      'a missing key, which RGW never holds against anybody': [
        GET,
        'b1a/k',
        { minio: denied, rgw: yes, aws: denied },
      ],
    },
  ),
  ...about('an unknown operator', [allow(GET, 'b1a/*', { StringMaybe: { [AGENT]: ['x'] } })], {
    'allows nothing': [GET, 'b1a/k', no, { [AGENT]: ['x'] }],
  }),
  ...about(
    'an unknown operator in a Deny',
    [allow(GET, 'b1a/*'), deny(GET, 'b1a/*', { StringMaybe: { [AGENT]: ['x'] } })],
    { denies: [GET, 'b1a/k', denied, { [AGENT]: ['y'] }] },
  ),
  ...behind('StringEquals', AGENT, ['a', 'b'])({
    'the first': [['a'], yes],
    'the second': [['b'], yes],
    another: [['c'], no],
    'another case': [['A'], no],
    missing: [null, no],
    'one of two values': [['c', 'b'], yes],
  }),
  ...behind('StringEquals', AGENT, ['a*'])({
    'a star is a star': [['a*'], yes],
    'and no wildcard': [['ab'], no],
  }),
  ...behind('StringEqualsIgnoreCase', AGENT, ['Abc'])({
    'another case': [['aBC'], yes],
    another: [['abd'], no],
    missing: [null, no],
  }),
  ...behind('StringLike', AGENT, ['a*c', 'x?z'])({
    'a star': [['abbc'], yes],
    'one sign': [['xyz'], yes],
    neither: [['abd'], no],
    missing: [null, no],
  }),
  ...behind('StringNotEquals', AGENT, ['a'])({
    'the value': [['a'], no],
    another: [['b'], yes],
    missing: [null, notOnRgw],
  }),
  ...behind('StringNotEquals', AGENT, ['a', 'b'])({
    'one of them, which RGW lets pass': [['a'], onlyRgw],
    neither: [['c'], yes],
  }),
  ...behind('StringNotLike', AGENT, ['a*'])({
    alike: [['abc'], no],
    another: [['xbc'], yes],
    missing: [null, notOnRgw],
  }),
  ...behind('StringEqualsIfExists', AGENT, ['a'])({
    'the value': [['a'], yes],
    another: [['b'], no],
    missing: [null, yes],
  }),
  ...behind('ForAllValues:StringEquals', AGENT, ['a', 'b'])({
    'all of them': [['a', 'b'], yes],
    'one too many': [['a', 'c'], no],
    missing: [null, yes],
    empty: [[], yes],
  }),
  ...behind('ForAnyValue:StringEquals', AGENT, ['a', 'b'])({
    'one of them': [['c', 'b'], yes],
    none: [['c'], no],
    missing: [null, no],
  }),
  ...behind('ForAnyValue:StringLike', AGENT, ['a*'])({
    'one alike': [['x', 'ab'], yes],
    none: [['x'], no],
  }),
  ...behind('Null', AGENT, ['true'])({ missing: [null, yes], there: [['x'], no] }),
  ...behind('Null', AGENT, ['false'])({
    'missing, which RGW asks for whatever it says': [null, onlyRgw],
    there: [['x'], notOnRgw],
  }),
  ...behind('Bool', 'aws:SecureTransport', ['true'])({
    true: [['true'], yes],
    false: [['false'], no],
    missing: [null, no],
  }),
  ...behind('NumericLessThan', 's3:max-keys', ['10'])({
    less: [['9'], yes],
    equal: [['10'], no],
    more: [['11'], no],
    'no number': [['x'], no],
    missing: [null, no],
  }),
  ...behind('NumericLessThanEquals', 's3:max-keys', ['10'])({ equal: [['10'], yes], more: [['11'], no] }),
  ...behind('NumericGreaterThan', 's3:max-keys', ['10'])({ equal: [['10'], no], more: [['11'], yes] }),
  ...behind('NumericGreaterThanEquals', 's3:max-keys', ['10'])({ equal: [['10'], yes], less: [['9'], no] }),
  ...behind('NumericEquals', 's3:max-keys', ['10'])({
    'written otherwise': [['10.0'], yes],
    another: [['9'], no],
  }),
  ...behind('NumericNotEquals', 's3:max-keys', ['10'])({ another: [['9'], yes], equal: [['10'], no] }),
  ...behind('DateLessThan', 'aws:CurrentTime', ['2026-11-25T00:00:00Z'])({
    before: [['2026-11-24T23:59:59Z'], yes],
    'the instant': [['2026-11-25T00:00:00Z'], no],
    'the instant in another zone': [['2026-11-25T01:00:00+01:00'], no],
    after: [['2026-11-25T00:00:01Z'], no],
    'no date': [['soon'], no],
    missing: [null, no],
  }),
  ...behind('DateGreaterThan', 'aws:CurrentTime', ['1764028800'])({
    'seconds since 1970': [['2025-11-25T00:00:01Z'], yes],
    before: [['2025-11-24T23:59:59Z'], no],
  }),
  ...behind('IpAddress', 'aws:SourceIp', ['203.0.113.0/24', '2001:db8::/32'])({
    inside: [['203.0.113.7'], yes],
    outside: [['203.0.114.7'], no],
    'inside, six': [['2001:db8:1::1'], yes],
    'outside, six': [['2001:db9::1'], no],
    'no address': [['somewhere'], no],
    missing: [null, no],
  }),
  ...behind('NotIpAddress', 'aws:SourceIp', ['203.0.113.0/24', '198.51.100.0/24'])({
    'in the first': [['203.0.113.7'], no],
    'in the second': [['198.51.100.7'], no],
    'in neither': [['192.0.2.1'], yes],
  }),
  ...behind('ArnLike', 'aws:PrincipalArn', ['arn:aws:iam::*:role/a*'])({
    alike: [['arn:aws:iam::123456789012:role/ab'], yes],
    'a star crosses no colon before the last': [['arn:aws:iam:x:1:role/ab'], no],
    another: [['arn:aws:iam::123456789012:user/ab'], no],
  }),
  ...about(
    'a key and an object action',
    [allow('s3:GetObject s3:ListBucket', 'b1a b1a/*', { StringLike: { 's3:prefix': ['a/*'] } })],
    {
      'the listing': [LIST, 'b1a', yes, { 's3:prefix': ['a/x'] }],
      'reading, which has no prefix': [GET, 'b1a/a/x', no],
    },
  ),
  ...about('a resource of the bucket alone', [allow('s3:*', BUCKET)], {
    'the bucket': [LIST, 'b1a', yes],
    'its objects': [GET, 'b1a/x', no],
  }),
]
