import type { Statement } from '@stint/policy'
import type { ProbeRequest, ProbeScope, ProbeStep, ProbeTry } from '../try.ts'
import { allow, bucketOf, control, mint, objectAt, policyOf, refuses, under } from '../try.ts'

/**
 * Conditions that the caller answers itself. Each try begins with an honest caller, whom the condition must stop, and
 * goes on with the header or query name that a store may take for the condition's value. A target that withstands all
 * of them is immune (DESIGN rule 7).
 */

const PAST = '2020-01-01T00:00:00Z'
const LONG_PAST = '2010-01-01T00:00:00Z'
/** TEST-NET-3 (RFC 5737): nobody comes from there. */
const NOBODY = '203.0.113.7'

const readWith =
  (query: Readonly<Record<string, string>>) =>
  ({ bucket, root }: ProbeScope): ProbeRequest => ({
    method: 'GET',
    path: `/${bucket}/${root}/a/x`,
    query,
  })

const list =
  (
    prefix: (scope: ProbeScope) => string | null,
    more: (scope: ProbeScope) => Pick<ProbeRequest, 'query' | 'headers'> = () => ({}),
  ) =>
  (scope: ProbeScope): ProbeRequest => {
    const wanted = prefix(scope)
    const { query = {}, headers = {} } = more(scope)
    const asked = { 'list-type': '2', 'max-keys': '1', ...(wanted === null ? {} : { prefix: wanted }) }
    return { method: 'GET', path: `/${scope.bucket}`, query: { ...asked, ...query }, headers }
  }

const [READ, READ_A] = [['s3:GetObject'], (scope: ProbeScope) => [under(scope, 'a/*')]] as const
const honest = (says: string): ProbeStep => refuses('a', says, objectAt('GET', 'a/x'))
const header = (name: string, value: string): ProbeStep =>
  refuses('a', `with the header ${name}: ${value}`, objectAt('GET', 'a/x', { [name.toLowerCase()]: value }))
/** As the policy writes it, as Go writes header names, and in lower case: stores look for one or another. */
function spellings(name: string): readonly string[] {
  const lower = name.toLowerCase()
  return [...new Set([name, `${lower.slice(0, 1).toUpperCase()}${lower.slice(1)}`, lower])]
}
const queryName = (name: string, value: string): readonly ProbeStep[] =>
  spellings(name).map((one) => refuses('a', `with the query ${one}=${value}`, readWith({ [one]: value })))

type Forged = {
  readonly key: string
  readonly title: string
  readonly policy: (scope: ProbeScope, sub: string) => readonly Statement[]
  readonly steps: readonly ProbeStep[]
}

function forged(id: string, { key, title, policy, steps }: Forged): ProbeTry {
  return {
    id: `forged-${id}`,
    group: 'forged',
    title: `\`${key}\`: ${title}`,
    expected: 'refused, honest or forged',
    bears: 'weakness',
    needs: ['bucket', 'open_bucket'],
    steps: [mint('a', (scope, sub) => policyOf(...policy(scope, sub))), ...steps],
  }
}

/** Allows to read, and denies the same under this condition. */
const denyWhen = (Condition: Statement['Condition']) => (scope: ProbeScope) => [
  allow(READ, READ_A(scope)),
  { ...allow(READ, READ_A(scope), Condition), Effect: 'Deny' as const },
]
const allowWhen = (Condition: Statement['Condition']) => (scope: ProbeScope) => [
  allow(READ, READ_A(scope), Condition),
]

export const FORGED_TRIES: readonly ProbeTry[] = [
  forged('prefix', {
    key: 's3:prefix',
    title: 'a list of another prefix, or of the whole bucket',
    policy: (scope) => [
      allow(['s3:ListBucket'], [bucketOf(scope)], { StringLike: { 's3:prefix': [`${scope.root}/a/*`] } }),
    ],
    steps: [
      control(
        'a',
        'list a/',
        list(({ root }) => `${root}/a/`),
      ),
      refuses(
        'a',
        'list b/',
        list(({ root }) => `${root}/b/`),
      ),
      refuses(
        'a',
        'list b/ with the header Prefix: a/',
        list(
          ({ root }) => `${root}/b/`,
          ({ root }) => ({ headers: { prefix: `${root}/a/` } }),
        ),
      ),
      refuses(
        'a',
        'list all with the header Prefix: a/',
        list(
          () => null,
          ({ root }) => ({ headers: { prefix: `${root}/a/` } }),
        ),
      ),
      refuses(
        'a',
        'list all with the query Prefix=a/',
        list(
          () => null,
          ({ root }) => ({ query: { Prefix: `${root}/a/` } }),
        ),
      ),
    ],
  }),
  forged('time-deny', {
    key: 'aws:CurrentTime',
    title: 'a Deny after a date',
    policy: denyWhen({ DateGreaterThan: { 'aws:CurrentTime': [PAST] } }),
    steps: [
      honest('read a/x after the date'),
      header('CurrentTime', LONG_PAST),
      ...queryName('CurrentTime', LONG_PAST),
    ],
  }),
  forged('time-allow', {
    key: 'aws:CurrentTime',
    title: 'an Allow before a date',
    policy: allowWhen({ DateLessThan: { 'aws:CurrentTime': [PAST] } }),
    steps: [
      honest('read a/x after the date'),
      header('CurrentTime', LONG_PAST),
      ...queryName('CurrentTime', LONG_PAST),
    ],
  }),
  forged('epoch-time', {
    key: 'aws:EpochTime',
    title: 'a Deny after an instant',
    policy: denyWhen({ NumericGreaterThan: { 'aws:EpochTime': ['1577836800'] } }),
    steps: [
      honest('read a/x after the instant'),
      header('EpochTime', '1262304000'),
      ...queryName('EpochTime', '1262304000'),
    ],
  }),
  forged('source-address', {
    key: 'aws:SourceIp',
    title: 'another network',
    policy: allowWhen({ IpAddress: { 'aws:SourceIp': [`${NOBODY}/32`] } }),
    steps: [
      honest('read a/x from here'),
      header('X-Forwarded-For', NOBODY),
      header('SourceIp', NOBODY),
      ...queryName('SourceIp', NOBODY),
    ],
  }),
  forged('claim', {
    key: 'jwt:sub',
    title: 'a Deny on a claim of the token',
    policy: (scope, sub) => denyWhen({ StringEquals: { 'jwt:sub': [sub] } })(scope),
    steps: [honest('read a/x as that subject'), header('Sub', 'x'), ...queryName('Sub', 'x')],
  }),
  forged('object-tag', {
    key: 's3:ExistingObjectTag',
    title: 'a tag that the object does not have',
    policy: allowWhen({ StringEquals: { 's3:ExistingObjectTag/stint': ['yes'] } }),
    steps: [honest('read a/x, which has no tag'), header('X-Amz-Tagging', 'stint=yes')],
  }),
]
