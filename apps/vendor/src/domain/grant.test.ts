import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readConfiguration } from '../schema/resources.ts'
import { compileConfiguration } from './configuration.ts'
import { decide } from './grant.ts'
import type { Resource } from './resource.ts'
import type { Claims } from './subject.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const NOW = Date.UTC(2026, 10, 24)
const ISSUER = 'https://ci.example.com'

const ROLE = {
  target: 'store',
  policies: [{ use: 'p@1', with: { prefix: { claim: ['repository'] } } }],
  lifetime: { default: '1h', max: '2h' },
  for: 'machine',
}
const MAPPING = {
  issuer: 'ci',
  role: 'a',
  owner: 'o',
  purpose: 'p',
  mode: 'enforce',
  expires: '2027-01-01',
  when: [{ claim: ['id'], equals: '42' }],
}

function configured(mappings: Record<string, object>, roles: Record<string, object> = {}) {
  const read = readConfiguration({
    issuers: { ci: { url: ISSUER, audiences: ['x'], for: 'machine' } },
    targets: { store: { kind: 'minio', endpoint: 'https://store.example.com' } },
    policies: {
      'p@1': {
        placeholders: { prefix: 'path' },
        document: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/{{prefix}}/*' },
          ],
        },
      },
    },
    roles: { a: ROLE, b: ROLE, ...roles },
    mappings,
  })
  expect(read.problems).toEqual([])
  const resources = read.declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // declared bodies are of their kind
  const { configuration, problems } = compileConfiguration(resources, {
    generation: 7,
    hash: 'h',
    account: '123456789012',
    adminAudience: 'admin',
    sha256,
  })
  if (configuration === null) throw new Error(JSON.stringify(problems))
  return configuration
}

const subjectOf = (claims: Claims, expiresInSeconds = 300) => ({
  issuer: 'ci',
  iss: ISSUER,
  sub: 's',
  audiences: ['x'],
  claims: { repository: 'acme/app', id: '42', ...claims },
  expiresAtSeconds: NOW / 1000 + expiresInSeconds,
  token: { alg: 'RS256', kid: null, thumbprint: 't', jti: null, azp: null, digest: 'd' },
})
const ask = (role: string | null, lifetimeSeconds: number | null = null) => ({
  roleAsked: role === null ? null : `arn:aws:iam::123456789012:role/${role}`,
  roleName: role,
  lifetimeSeconds,
  policy: null,
})

type Row = {
  readonly name: string
  readonly mappings: Record<string, object>
  readonly roles?: Record<string, object>
  readonly claims?: Claims
  readonly role?: string | null
  readonly expect: string
}

const ROWS: readonly Row[] = [
  { name: 'grants what a mapping admits', mappings: { m: MAPPING }, expect: 'granted' },
  {
    name: 'refuses a condition that fails',
    mappings: { m: MAPPING },
    claims: { id: '43' },
    expect: 'no_mapping',
  },
  {
    name: 'refuses a claim of another type',
    mappings: { m: MAPPING },
    claims: { id: 42 },
    expect: 'no_mapping',
  },
  {
    name: 'refuses where one of two conditions fails',
    mappings: { m: { ...MAPPING, when: [...MAPPING.when, { claim: ['ref'], equals: 'main' }] } },
    expect: 'no_mapping',
  },
  {
    name: 'refuses where unless holds',
    mappings: { m: { ...MAPPING, unless: [{ claim: ['fork'], equals: true }] } },
    claims: { fork: true },
    expect: 'no_mapping',
  },
  {
    name: 'refuses where unless cannot be told',
    mappings: { m: { ...MAPPING, unless: [{ claim: ['fork'], equals: true }] } },
    expect: 'no_mapping',
  },
  {
    name: 'grants where unless is told and fails',
    mappings: { m: { ...MAPPING, unless: [{ claim: ['fork'], equals: true }] } },
    claims: { fork: false },
    expect: 'granted',
  },
  {
    name: 'refuses a mapping that expired',
    mappings: { m: { ...MAPPING, expires: '2026-11-23' } },
    expect: 'no_mapping',
  },
  {
    name: 'grants on the last day',
    mappings: { m: { ...MAPPING, expires: '2026-11-24' } },
    expect: 'granted',
  },
  {
    name: 'refuses what is only in shadow',
    mappings: { m: { ...MAPPING, mode: 'shadow' } },
    expect: 'no_mapping',
  },
  { name: 'refuses what is off', mappings: { m: { ...MAPPING, mode: 'off' } }, expect: 'no_mapping' },
  {
    name: 'refuses what has no mode, which is off',
    mappings: { m: { ...MAPPING, mode: undefined } },
    expect: 'no_mapping',
  },
  { name: 'refuses another role', mappings: { m: MAPPING }, role: 'b', expect: 'no_mapping' },
  {
    name: 'refuses a role that nobody knows',
    mappings: { m: MAPPING },
    role: 'nobody',
    expect: 'no_mapping',
  },
  {
    name: 'finds the one role where none was asked',
    mappings: { m: MAPPING, n: { ...MAPPING, purpose: 'again' } },
    role: null,
    expect: 'granted',
  },
  {
    name: 'wants a role where two match',
    mappings: { m: MAPPING, n: { ...MAPPING, role: 'b' } },
    role: null,
    expect: 'role_required',
  },
  {
    name: 'refuses where nothing matches and none was asked',
    mappings: { m: MAPPING },
    claims: { id: '1' },
    role: null,
    expect: 'no_mapping',
  },
  {
    name: 'refuses by never, whatever mappings say',
    mappings: { m: MAPPING },
    roles: { a: { ...ROLE, never: [{ claim: ['event'], equals: 'fork' }] } },
    claims: { event: 'fork' },
    expect: 'policy_denied',
  },
  {
    name: 'refuses by never where it cannot be told',
    mappings: { m: MAPPING },
    roles: { a: { ...ROLE, never: [{ claim: ['event'], equals: 'fork' }] } },
    expect: 'policy_denied',
  },
  {
    name: 'refuses a missing claim in the policy',
    mappings: { m: MAPPING },
    claims: { repository: null },
    expect: 'claim_value_refused',
  },
  {
    name: 'refuses a claim in the policy that is a list',
    mappings: { m: MAPPING },
    claims: { repository: ['a'] },
    expect: 'claim_value_refused',
  },
]

test.each(ROWS)('$name', (row) => {
  const outcome = decide(
    configured(row.mappings, row.roles),
    { subject: subjectOf(row.claims ?? {}), request: ask(row.role === undefined ? 'a' : row.role) },
    { nowMs: NOW, sha256 },
  )
  expect(outcome.granted ? 'granted' : outcome.code).toBe(row.expect)
  expect(outcome.decision.outcome).toBe(outcome.granted ? 'granted' : 'refused')
})

test('records every match, and the tightest of each limit counts', () => {
  const tight = { ...MAPPING, purpose: 'tight', maxLifetime: '20m' }
  const outcome = decide(
    configured({ m: MAPPING, tight }),
    { subject: subjectOf({}), request: ask('a', 7000) },
    { nowMs: NOW, sha256 },
  )
  expect(outcome.decision.mappings.map(({ name }) => name)).toEqual(['m', 'tight'])
  expect(outcome.granted && outcome.grant.lifetimeSeconds).toBe(1200)
  expect(outcome.decision.lifetime).toEqual({ askedSeconds: 7000, givenSeconds: 1200 })
})

test('a mapping that binds to the token ends the session with it', () => {
  const outcome = decide(
    configured({ m: { ...MAPPING, bindToToken: true } }),
    { subject: subjectOf({}, 240), request: ask('a') },
    { nowMs: NOW, sha256 },
  )
  expect(outcome.granted && outcome.grant.lifetimeSeconds).toBe(240)
})

test('says of every shadow mapping what it would have done, and lets it set no limit', () => {
  const shadow = { ...MAPPING, mode: 'shadow', maxLifetime: '15m' }
  const other = { ...shadow, when: [{ claim: ['id'], equals: '43' }] }
  const outcome = decide(
    configured({ m: MAPPING, shadow, other }),
    { subject: subjectOf({}), request: ask('a') },
    { nowMs: NOW, sha256 },
  )
  expect(outcome.decision.shadow).toEqual([
    { name: 'shadow', version: 1, would: 'match' },
    { name: 'other', version: 1, would: 'not_match' },
  ])
  expect(outcome.granted && outcome.grant.lifetimeSeconds).toBe(3600)
})

const IN_SHADOW: readonly (Omit<Row, 'expect'> & { readonly lifetime?: number })[] = [
  { name: 'it alone matches', mappings: {} },
  { name: 'it matches beside another', mappings: { m: MAPPING } },
  {
    name: 'a role refuses',
    mappings: {},
    roles: { a: { ...ROLE, never: [{ claim: ['id'], equals: '42' }] } },
  },
  { name: 'a claim cannot stand in the policy', mappings: {}, claims: { repository: '../x' } },
  {
    name: 'no role asked, and others agree on another',
    mappings: { m: { ...MAPPING, role: 'b' } },
    role: null,
  },
  { name: 'no role asked, and it alone matches', mappings: {}, role: null },
  { name: 'a lifetime that nobody gives', mappings: { m: MAPPING }, lifetime: 50_000 },
  {
    name: 'it takes each token once, and this one has no jti',
    mappings: { m: MAPPING, s: { singleUse: true } },
  },
  { name: 'it does not match', mappings: { s: { when: [{ claim: ['id'], equals: '43' }] } } },
]

test.each(IN_SHADOW)('says of a shadow mapping what the decision would be with it in force: $name', (row) => {
  const { mappings, roles = {}, claims = {}, role = 'a', lifetime = null } = row
  const decided = (mode: string) =>
    decide(
      configured({ ...mappings, s: { ...MAPPING, ...mappings['s'], mode } }, roles),
      { subject: subjectOf(claims), request: ask(role, lifetime) },
      { nowMs: NOW, sha256 },
    )
  const tried = decided('shadow')
  const inForce = decided('enforce')
  const [note] = tried.decision.shadow
  expect(tried.decision.mappings).not.toContainEqual({ name: 's', version: 1 })
  const said = note?.would === 'match' ? (note.refused ?? 'granted') : (tried.decision.code ?? 'granted')
  expect(said).toBe(inForce.decision.code ?? 'granted')
})

test('pins everything that the decision rests on', () => {
  const outcome = decide(
    configured({ m: MAPPING }),
    { subject: subjectOf({}), request: ask('a') },
    { nowMs: NOW, sha256 },
  )
  expect(outcome.granted && outcome.grant.pins).toEqual(
    ['issuer', 'role', 'target', 'mapping'].map((kind) => expect.objectContaining({ kind, version: 1 })),
  )
})

test('records the claims that mappings, never and placeholders read, and no others', () => {
  const configuration = configured(
    { m: MAPPING },
    { a: { ...ROLE, never: [{ claim: ['event'], equals: 'x' }] } },
  )
  expect(configuration.mappings.get('ci')?.recordedClaims.toSorted()).toEqual([
    ['event'],
    ['id'],
    ['repository'],
  ])
})
