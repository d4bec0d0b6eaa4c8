import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readAskedPolicy } from '../schema/asked-policy.ts'
import { readConfiguration } from '../schema/resources.ts'
import type { AskedPolicy } from './asked-policy.ts'
import { compileConfiguration } from './configuration.ts'
import { decide } from './grant.ts'
import type { Resource } from './resource.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const ARN = 'arn:aws:s3:::'
const allow = (Action: unknown, Resource: string) => ({ Effect: 'Allow', Action, Resource: ARN + Resource })
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const MAPPING = {
  issuer: 'ci',
  owner: 'o@example.com',
  purpose: 'p',
  mode: 'enforce',
  expires: '2027-01-01',
  when: [{ claim: ['id'], equals: '42' }],
}

const CONFIGURATION = configured()

function configured() {
  const { declared, problems } = readConfiguration({
    issuers: { ci: { url: 'https://ci.example.com', audiences: ['x'], for: 'machine' } },
    targets: { store: { kind: 'minio', endpoint: 'https://store.example.com' } },
    policies: {
      'read@1': {
        placeholders: { prefix: 'path' },
        document: document(allow('s3:GetObject', 'b1a/{{prefix}}/*')),
      },
      'write@1': {
        placeholders: { prefix: 'path' },
        document: document(allow('s3:PutObject', 'b1a/{{prefix}}/*')),
      },
      'shared@1': { document: document(allow('s3:GetObject', 'b1a/acme/app/shared/*')) },
      'open@1': { placeholders: { p: 'path' }, document: document(allow('s3:GetObject', 'b1a/{{p}}/*')) },
      'list@1': {
        document: document({
          ...allow('s3:ListBucket', 'b1a'),
          Condition: { StringLike: { 's3:prefix': 'acme/*' } },
        }),
      },
    },
    roles: {
      a: {
        target: 'store',
        policies: ['read@1', 'write@1'].map((use) => ({ use, with: { prefix: { claim: ['repository'] } } })),
        lifetime: { default: '1h', max: '2h' },
        for: 'machine',
      },
      listing: {
        target: 'store',
        policies: [{ use: 'list@1' }],
        accept: ['condition_forgeable'],
        lifetime: { default: '1h', max: '2h' },
        for: 'machine',
      },
    },
    mappings: {
      m: { ...MAPPING, role: 'a' },
      l: { ...MAPPING, role: 'listing' },
      s: { ...MAPPING, role: 'a', mode: 'shadow' },
    },
  })
  expect(problems).toEqual([])
  const resources = declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // declared bodies are of their kind
  const context = { generation: 1, hash: '', account: '123456789012', adminAudience: 'admin', sha256 }
  const compiled = compileConfiguration(resources, context)
  if (compiled.configuration === null) throw new Error(JSON.stringify(compiled.problems))
  return compiled.configuration
}

function ask(policy: AskedPolicy | null, roleName = 'a', lifetimeSeconds: number | null = null) {
  const claims = { id: '42', repository: 'acme/app' }
  const token = { alg: 'RS256', kid: null, thumbprint: 't', jti: null, azp: null, digest: 'd' }
  const subject = { issuer: 'ci', iss: 'https://ci.example.com', sub: 's', audiences: ['x'], claims, token }
  return decide(
    CONFIGURATION,
    {
      subject: { ...subject, expiresAtSeconds: 4_000_000_000 },
      request: { roleAsked: roleName, roleName, lifetimeSeconds, policy },
    },
    { nowMs: Date.UTC(2026, 10, 24), sha256 },
  )
}
const documents = (...all: object[]): AskedPolicy => ({
  documents: all.map((one) => JSON.stringify(one)),
  policies: [],
})
const named = (...policies: string[]): AskedPolicy => ({ documents: [], policies })
const given = (outcome: ReturnType<typeof ask>) =>
  outcome.granted ? JSON.parse(outcome.grant.sessionPolicy).Statement : outcome.code

const GIVEN = (Action: string[], ...keys: string[]) => ({
  Effect: 'Allow',
  Action,
  Resource: keys.map((key) => `${ARN}b1a/${key}`),
})

test('a session that asks for nothing gets what the role gives, and says so', () => {
  const outcome = ask(null)
  expect(outcome.decision.narrowedBy).toBeNull()
  expect(given(outcome)).toHaveLength(2)
})

test('a session is narrowed to what both allow, and the decision has the hash of what was asked, not the text', () => {
  const asked = documents(document(allow(['s3:GetObject', 's3:DeleteObject'], 'b1a/acme/app/x/*')))
  const outcome = ask(asked)
  expect(given(outcome)).toEqual([GIVEN(['s3:GetObject'], 'acme/app/x/*')])
  const [text = ''] = asked.documents
  expect(outcome.decision).toMatchObject({
    narrowedBy: { documents: [sha256(text)], policies: [], refused: null },
    sessionPolicySha256: outcome.granted ? sha256(outcome.grant.sessionPolicy) : '',
  })
  expect(JSON.stringify(outcome.decision)).not.toContain('DeleteObject')
})

test('several documents are one policy: what one allows, and what none denies', () => {
  const deny = { ...allow('s3:GetObject', 'b1a/acme/app/x/secret/*'), Effect: 'Deny' }
  const asked = documents(
    document(allow('s3:GetObject', 'b1a/acme/app/x/*')),
    document(allow('s3:PutObject', 'b1a/acme/app/y/*'), deny),
  )
  expect(given(ask(asked))).toEqual([
    GIVEN(['s3:GetObject'], 'acme/app/x/*'),
    GIVEN(['s3:PutObject'], 'acme/app/y/*'),
    { ...GIVEN(['s3:GetObject'], 'acme/app/x/secret/*'), Effect: 'Deny' },
  ])
})

test('a policy of the role by its name narrows to that part, with the values of this subject', () => {
  const outcome = ask(named('read@1'))
  expect(given(outcome)).toEqual([GIVEN(['s3:GetObject'], 'acme/app/*')])
  const sha = outcome.decision.policies.find(({ use }) => use === 'read@1')?.sha256
  expect(outcome.decision.narrowedBy?.policies).toEqual([{ use: 'read@1', sha256: sha }])
})

test('a policy without placeholders narrows a role that does not pin it', () => {
  expect(given(ask(named('shared@1')))).toEqual([GIVEN(['s3:GetObject'], 'acme/app/shared/*')])
})

test('a condition is taken where the role lives with it by name', () => {
  const asked = documents(
    document({ ...allow('s3:ListBucket', 'b1a'), Condition: { StringLike: { 's3:prefix': 'acme/x/*' } } }),
  )
  expect(given(ask(asked, 'listing'))).toMatchObject([
    { Condition: { StringLike: { 's3:prefix': ['acme/x/*'] } } },
  ])
})

const READ = document(allow('s3:GetObject', 'b1a/acme/app/*'))
test.each<readonly [name: string, policy: AskedPolicy, code: string, refused: object]>([
  [
    'no JSON',
    { documents: ['x'], policies: [] },
    'asked_policy_malformed',
    { code: 'not_an_object', path: '$' },
  ],
  [
    'an older version',
    documents({ ...READ, Version: '2008-10-17' }),
    'asked_policy_malformed',
    { code: 'version_unsupported', path: '$.Version' },
  ],
  [
    'NotAction, which nothing is proved of',
    documents(READ, document({ Effect: 'Allow', NotAction: 's3:PutObject', Resource: '*' })),
    'asked_policy_malformed',
    { code: 'element_unsupported', path: '$[1].Statement[0].NotAction' },
  ],
  [
    'no statement',
    documents(document()),
    'asked_policy_malformed',
    { code: 'statement_list', path: '$.Statement' },
  ],
  [
    'another bucket alone',
    documents(document(allow('s3:GetObject', 'b1b/*'))),
    'asked_policy_empty',
    { code: 'narrow_nothing', path: '$' },
  ],
  [
    'a statement that cannot be proved, by its place in its document',
    documents(
      READ,
      document(allow('s3:GetObject', 'b1a/acme/app/x'), allow('s3:GetObject', 'b1a/acme/app/a?')),
    ),
    'asked_policy_refused',
    { code: 'resource_character', path: '$[1].Statement[1]' },
  ],
  [
    'a policy that does not exist',
    named('nothing@1'),
    'asked_policy_unknown',
    { code: 'policy_unknown', path: 'nothing@1' },
  ],
  [
    'a policy without its version',
    named('read'),
    'asked_policy_unknown',
    { code: 'policy_unknown', path: 'read' },
  ],
  [
    'a policy that needs values nobody gives',
    named('open@1'),
    'asked_policy_unknown',
    { code: 'policy_unknown', path: 'open@1' },
  ],
  [
    'more than it may be',
    { documents: ['x'.repeat(2049)], policies: [] },
    'asked_policy_too_large',
    { code: 'policy_too_large', path: '$' },
  ],
  [
    'more names than it may have',
    named(...Array.from({ length: 11 }, (_, at) => `p${at}@1`)),
    'asked_policy_too_large',
    { code: 'policy_too_large', path: '$' },
  ],
])('refuses %s, and never gives the whole role instead', (_, policy, code, refused) => {
  const outcome = ask(policy)
  expect([outcome.granted, given(outcome)]).toEqual([false, code])
  expect(outcome.decision).toMatchObject({ outcome: 'refused', code, sessionPolicySha256: null })
  expect(outcome.decision.narrowedBy?.refused).toEqual(refused)
})

test('a lifetime that is refused comes after the policy, and says how it would have been narrowed', () => {
  const outcome = ask(documents(READ), 'a', 43_201)
  expect(given(outcome)).toBe('lifetime_refused')
  expect(outcome.decision.narrowedBy).toMatchObject({ refused: null })
})

test.each<readonly [policy: string | null, policyArns: readonly string[], expected: object]>([
  [null, [], { ok: true, policy: null }],
  ['{}', [], { ok: true, policy: { documents: ['{}'], policies: [] } }],
  ['', [], { ok: false, code: 'asked_policy_malformed' }],
  [' ', [], { ok: false, code: 'asked_policy_malformed' }],
  ['x'.repeat(2049), [], { ok: false, code: 'asked_policy_too_large' }],
  [
    null,
    ['arn:aws:iam::123456789012:policy/read@1', 'arn:aws:iam::123456789012:policy/read@1'],
    { ok: true, policy: { documents: [], policies: ['read@1'] } },
  ],
  [null, ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'], { ok: false, code: 'asked_policy_unknown' }],
  [null, ['arn:aws:iam::123456789012:policy/'], { ok: false, code: 'asked_policy_unknown' }],
  [null, ['arn:aws:iam::999999999999:policy/read@1'], { ok: false, code: 'asked_policy_unknown' }],
  [
    null,
    Array.from({ length: 11 }, () => 'arn:aws:iam::123456789012:policy/read@1'),
    { ok: false, code: 'asked_policy_too_large' },
  ],
])('reads policy %j and ARNs %j', (policy, policyArns, expected) => {
  expect(readAskedPolicy({ policy, policyArns, account: '123456789012' })).toEqual(expected)
})
