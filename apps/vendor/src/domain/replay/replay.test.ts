import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConfiguration } from '../../schema/resources.ts'
import type { SubjectFacts } from '../audit-event.ts'
import { canonicalize } from '../canonical.ts'
import type { Configuration } from '../configuration.ts'
import { amendConfiguration, collectAmendment, compileConfiguration } from '../configuration.ts'
import { decide } from '../grant.ts'
import { recordedPaths } from '../recorded-paths.ts'
import type { Resource, ResourceOf } from '../resource.ts'
import { finish } from '../steps.ts'
import type { Claims, Subject } from '../subject.ts'
import { claimAt } from '../subject.ts'
import { createComparer, type ReplayEffect } from './compare.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import { createReplay } from './replay.ts'
import { sliceDecision, subjectOf } from './slice.ts'
import { isUnknown } from './unknown-claims.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const NOW = Date.UTC(2026, 10, 25)
const ACCOUNT = '123456789012'
const OPTIONS = { account: ACCOUNT, nowMs: NOW, sha256 }
const ISSUER = 'https://ci.example.com'
const HEAD = { generation: 1, hash: 'h', account: ACCOUNT, adminAudience: 'admin', sha256 }

type Draft = {
  readonly mappings: Record<string, object>
  readonly never: readonly object[]
  readonly filled: string
}

function resourcesOf({ mappings, never, filled }: Draft): readonly Resource[] {
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/{{prefix}}/*' }],
  }
  const role = { target: 'store', lifetime: { default: '1h', max: '2h' }, for: 'machine' }
  const read = readConfiguration({
    issuers: { ci: { url: ISSUER, audiences: ['x'], for: 'machine' } },
    targets: { store: { kind: 'minio', endpoint: 'https://store.example.com' } },
    policies: { 'p@1': { placeholders: { prefix: 'path' }, document } },
    roles: {
      a: { ...role, never, policies: [{ use: 'p@1', with: { prefix: { claim: ['repository'] } } }] },
      b: { ...role, policies: [{ use: 'p@1', with: { prefix: { claim: [filled] } } }] },
    },
    mappings,
  })
  expect(read.problems).toEqual([])
  return read.declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // declared bodies are of their kind
}

function compiled(resources: readonly Resource[]): Configuration {
  const { configuration, problems } = compileConfiguration(resources, HEAD)
  if (configuration === null) throw new Error(JSON.stringify(problems))
  return configuration
}

const VALUES = ['1', '2']
const NAMES = ['id', 'ref', 'environment']
const claims: fc.Arbitrary<Claims> = fc.record(
  {
    id: fc.constantFrom(...VALUES),
    ref: fc.constantFrom(...VALUES),
    environment: fc.constantFrom(...VALUES),
    repository: fc.constantFrom('acme/app', 'acme/*', 'x'),
    other: fc.constantFrom(...VALUES),
  },
  { requiredKeys: [] },
)
const condition = fc.record({
  claim: fc.constantFrom(...NAMES).map((name) => [name]),
  equals: fc.constantFrom(...VALUES),
})
const mapping = fc.record({
  issuer: fc.constant('ci'),
  role: fc.constantFrom('a', 'b'),
  owner: fc.constant('o@example.com'),
  purpose: fc.constant('p'),
  mode: fc.constantFrom('enforce', 'enforce', 'shadow', 'off'),
  expires: fc.constantFrom('2027-01-01', '2026-01-01'),
  when: fc.array(condition, { minLength: 1, maxLength: 2 }),
  unless: fc.array(condition, { maxLength: 1 }),
  maxLifetime: fc.constantFrom('10m', '1h'),
})
const drafts: fc.Arbitrary<Draft> = fc.record({
  mappings: fc.dictionary(fc.constantFrom('m1', 'm2', 'm3', 'm4'), mapping),
  never: fc.array(condition, { maxLength: 1 }),
  filled: fc.constantFrom('repository', 'other'),
})
/** Two that have little in common, or of which the second is the first with other mappings or limits beside. */
const pairs: fc.Arbitrary<readonly [Draft, Draft]> = fc
  .tuple(drafts, drafts, fc.constantFrom('apart', 'more', 'tighter', 'in question'))
  .map(([one, other, how]) => {
    if (how === 'apart') return [one, other]
    if (how === 'in question') return inQuestion(one)
    if (how === 'more') return [one, { ...one, mappings: { ...other.mappings, ...one.mappings } }]
    const tighter = Object.entries(one.mappings).map(([name, body]) => [name, { ...body, maxLifetime: '5m' }])
    return [one, { ...one, mappings: Object.fromEntries(tighter) }]
  })
/** The same with a twin of each mapping that is shorter and rests on a claim that nobody had named before. */
function inQuestion(one: Draft): readonly [Draft, Draft] {
  const unnamed = JSON.parse(JSON.stringify(one).replaceAll('"environment"', '"ref"')) as Draft // another name in it
  const twins = Object.entries(unnamed.mappings).map(([name, body]) => [
    `${name}-twin`,
    { ...body, when: [{ claim: ['environment'], equals: '1' }], maxLifetime: '5m' },
  ])
  return [unnamed, { ...unnamed, mappings: { ...unnamed.mappings, ...Object.fromEntries(twins) } }]
}
const asked = fc.record({
  role: fc.constantFrom(null, 'a', 'b', 'none'),
  seconds: fc.constantFrom(null, 600, 3600, 50_000),
})
type Asked = { readonly role: string | null; readonly seconds: number | null }

const arnOf = (role: string | null) => (role === null ? null : `arn:aws:iam::${ACCOUNT}:role/${role}`)

function subjectOfToken(token: Claims): Subject {
  return {
    ...{ issuer: 'ci', iss: ISSUER, sub: 's', audiences: ['x'], claims: { ...token, sub: 's', iss: ISSUER } },
    expiresAtSeconds: NOW / 1000 + 86_400,
    token: { alg: 'RS256', kid: null, thumbprint: 't', jti: 'j', azp: null, digest: 'd' },
  }
}

function directly(configuration: Configuration, token: Claims, { role, seconds }: Asked) {
  const request = { roleAsked: arnOf(role), roleName: role, lifetimeSeconds: seconds, policy: null }
  return decide(configuration, { subject: subjectOfToken(token), request }, { nowMs: NOW, sha256 })
}

/** What the log has of a token under a configuration. */
function recorded(configuration: Configuration, token: Claims): SubjectFacts {
  const paths = configuration.mappings.get('ci')?.recordedClaims ?? []
  return {
    ...{ issuer: { name: 'ci', url: ISSUER }, sub: 's', aud: ['x'], azp: null, jti: 'j' },
    claims: paths.flatMap((path) => {
      const value = claimAt(token, path)
      return value === undefined ? [] : [{ path, value }]
    }),
    token: { digest: 'd', alg: 'RS256', kid: null, thumbprint: 't' },
  }
}

function lookedIn(resources: readonly Resource[]) {
  const paths = new Set(recordedPaths(resources, 'ci').map((path) => JSON.stringify(path)))
  return { has: (path: readonly string[]) => paths.has(JSON.stringify(path)) }
}

function recordedOf(resources: readonly Resource[], token: Claims, ask: Asked): RecordedDecision {
  const configuration = compiled(resources)
  const outcome = directly(configuration, token, ask)
  return {
    code: outcome.granted ? null : outcome.code,
    subject: recorded(configuration, token),
    roleAsked: arnOf(ask.role),
    askedSeconds: ask.seconds,
    narrowed: false,
    looked: lookedIn(resources),
  }
}

test('under the same configuration, compiled anew, nothing changes', () => {
  fc.assert(
    fc.property(drafts, claims, asked, (draft, token, ask) => {
      const resources = resourcesOf(draft)
      const comparer = createComparer({ present: compiled(resources), draft: compiled(resources) }, OPTIONS)
      expect(comparer.compare(recordedOf(resources, token, ask)).effect).toBe('unchanged')
    }),
    { numRuns: 150, seed: 11 },
  )
})

/** What both make of the whole token, without any record. */
function effectOn(
  { present, draft }: { readonly present: Configuration; readonly draft: Configuration },
  token: Claims,
  ask: Asked,
): ReplayEffect {
  const [now, later] = [directly(present, token, ask), directly(draft, token, ask)]
  if (!now.granted) return later.granted ? 'allows' : 'unchanged'
  if (!later.granted) return 'refuses'
  const given = ({ grant: { role, sessionPolicy, lifetimeSeconds } }: typeof now) =>
    JSON.stringify([role.name, sessionPolicy, lifetimeSeconds])
  return given(now) === given(later) ? 'unchanged' : 'differs'
}

/** Every token that the record may be of: what was neither recorded nor looked for may be anything, or absent. */
function possible({ subject, looked }: RecordedDecision): readonly Claims[] {
  const known = Object.fromEntries(subject.claims.map(({ path, value }) => [path[0] ?? '', value]))
  return [...NAMES, 'repository', 'other'].reduce<readonly Claims[]>(
    (tokens, name) =>
      isUnknown(subject, [name], looked)
        ? tokens.flatMap((token) => [
            token,
            ...[...VALUES, 'acme/*'].map((one) => ({ ...token, [name]: one })),
          ])
        : tokens,
    [known],
  )
}

test('what it says of a decision is what both configurations decide of every token that the record may be of', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(pairs, claims, asked, ([one, other], token, ask) => {
      const [before, after] = [resourcesOf(one), resourcesOf(other)]
      const both = { present: compiled(before), draft: compiled(after) }
      const decision = recordedOf(before, token, ask)
      const { effect } = createComparer(both, OPTIONS).compare(decision)
      seen.set(effect, (seen.get(effect) ?? 0) + 1)
      const tokens = possible(decision)
      // Where everything was recorded there is nothing that cannot be told.
      if (effect === 'cannot_tell') expect(tokens.length).toBeGreaterThan(1)
      else expect(new Set(tokens.map((each) => effectOn(both, each, ask)))).toEqual(new Set([effect]))
    }),
    { numRuns: 600, seed: 12 },
  )
  // Each of them came up, or the law says little.
  expect([...seen.keys()].toSorted()).toEqual(['allows', 'cannot_tell', 'differs', 'refuses', 'unchanged'])
}, 30_000)

/** What was decided under the first mapping alone, which never looked at `environment`. */
const OF_ONE = { id: '1', repository: 'acme/app' }
const map = (more: object = {}) => ({
  ...{
    issuer: 'ci',
    role: 'a',
    owner: 'o@example.com',
    purpose: 'p',
    mode: 'enforce',
    expires: '2027-01-01',
  },
  ...{ when: [{ claim: ['id'], equals: '1' }], maxLifetime: '1h', ...more },
})
const inProd = [{ claim: ['environment'], equals: 'prod' }]
type Question = {
  readonly name: string
  /** Beside the mapping that granted. */
  readonly mappings: Record<string, object>
  readonly role?: string | null
  readonly expect: ReplayEffect
}
const QUESTIONS: readonly Question[] = [
  {
    name: 'might shorten it',
    mappings: { q: map({ when: inProd, maxLifetime: '15m' }) },
    expect: 'cannot_tell',
  },
  { name: 'is as long', mappings: { q: map({ when: inProd }) }, expect: 'unchanged' },
  { name: 'is longer', mappings: { q: map({ when: inProd, maxLifetime: '2h' }) }, expect: 'unchanged' },
  {
    name: 'is off',
    mappings: { q: map({ when: inProd, maxLifetime: '15m', mode: 'off' }) },
    expect: 'unchanged',
  },
  {
    name: 'might shorten it unless it is elsewhere',
    mappings: { q: map({ unless: inProd, maxLifetime: '15m' }) },
    expect: 'cannot_tell',
  },
  {
    name: 'are two of which one might shorten it',
    mappings: { q: map({ when: inProd }), r: map({ when: inProd, maxLifetime: '15m' }) },
    expect: 'cannot_tell',
  },
  {
    name: 'are two that both leave it',
    mappings: { q: map({ when: inProd }), r: map({ unless: inProd }) },
    expect: 'unchanged',
  },
  {
    name: 'shortens what another shortens as much already',
    mappings: { q: map({ when: inProd, maxLifetime: '15m' }), r: map({ maxLifetime: '15m' }) },
    expect: 'differs',
  },
  {
    name: 'is of another role, and no role was asked for',
    mappings: { q: map({ when: inProd, role: 'b' }) },
    role: null,
    expect: 'cannot_tell',
  },
  {
    name: 'is of another role than the one asked for',
    mappings: { q: map({ when: inProd, role: 'b' }) },
    expect: 'unchanged',
  },
  {
    name: 'ends earlier',
    mappings: { q: map({ when: inProd, expires: new Date(NOW + 600_000).toISOString() }) },
    expect: 'cannot_tell',
  },
]
test.each(QUESTIONS)(
  'a mapping in question that $name: $expect',
  ({ mappings, role = 'a', expect: effect }) => {
    const base: Draft = { mappings: { m: map() }, never: [], filled: 'repository' }
    const before = resourcesOf(base)
    const draft = compiled(resourcesOf({ ...base, mappings: { ...base.mappings, ...mappings } }))
    const decision = recordedOf(before, OF_ONE, { role, seconds: null })
    const compared = createComparer({ present: compiled(before), draft }, OPTIONS).compare(decision)
    expect(compared).toMatchObject({ effect, unknown: effect === 'cannot_tell' ? [['environment']] : [] })
  },
)

test('a role of the same name at another store, or with other tags, gives other credentials', () => {
  const base: Draft = { mappings: { m: map() }, never: [], filled: 'repository' }
  const before = resourcesOf(base)
  const changed = (more: object) =>
    resourcesOf(base).map((one) =>
      one.kind === 'role' && one.name === 'a'
        ? ({ ...one, body: { ...one.body, ...more } } as Resource)
        : one,
    ) // a role's body with members of a role's body
  const decision = recordedOf(before, OF_ONE, { role: 'a', seconds: null })
  const effect = (resources: readonly Resource[]) =>
    createComparer({ present: compiled(before), draft: compiled(resources) }, OPTIONS).compare(decision)
      .effect
  const store = before.find(({ kind }) => kind === 'target')
  if (store === undefined) throw new Error('no store')
  const second = {
    ...store,
    name: 'second',
    body: { ...store.body, endpoint: 'https://b.example.com' },
  } as Resource // as above
  expect(effect([...changed({ target: 'second' }), second])).toBe('differs')
  expect(effect(changed({ tags: { team: 'app' } }))).toBe('differs')
  expect(effect(changed({ replay: { window: '60s' } }))).toBe('unchanged')
})

const MINIO = { kind: 'minio', endpoint: 'https://store.example.com' }
const AS_USER = { ...MINIO, mode: 'assume-role', user: { accessKeyId: 'stint', secret: 'store-user' } }
/** A declared target as it stands. */
function targetOf(declared: object): ResourceOf<'target'> {
  const read = readConfiguration({ targets: { store: declared } })
  expect(read.problems).toEqual([])
  return { ...read.declared[0], version: 2, state: 'enabled' } as ResourceOf<'target'> // it declares one target
}
type Retargeted = {
  readonly name: string
  readonly was?: object
  readonly becomes: object
  readonly limit?: string
  readonly expect: ReplayEffect
}
const RETARGETED: readonly Retargeted[] = [
  { name: 'is another place', becomes: { ...MINIO, endpoint: 'https://b.example.com' }, expect: 'differs' },
  { name: 'is in another region', becomes: { ...MINIO, region: 'eu-west-1' }, expect: 'differs' },
  { name: 'sees another identity of ours', becomes: AS_USER, expect: 'differs' },
  {
    name: 'sees another user',
    was: AS_USER,
    becomes: { ...AS_USER, user: { accessKeyId: 'other', secret: 'store-user' } },
    expect: 'differs',
  },
  {
    name: 'is of another kind and language',
    becomes: {
      kind: 'aws',
      region: 'eu-west-1',
      roleArn: 'arn:aws:iam::123456789012:role/x',
      maxSession: '2h',
    },
    expect: 'differs',
  },
  { name: 'gives no session so short any more', becomes: AS_USER, limit: '10m', expect: 'refuses' },
  {
    name: 'gives sessions as short as that now',
    was: AS_USER,
    becomes: MINIO,
    limit: '10m',
    expect: 'allows',
  },
  {
    name: 'is reached, probed and bounded in another way',
    becomes: {
      ...MINIO,
      subjectBudget: { sessions: 1, per: '1m' },
      probe: { bucket: 'probe' },
      allowPrivateAddresses: ['10.0.0.0/8'],
    },
    expect: 'unchanged',
  },
]

test.each(RETARGETED)(
  'a target that keeps its name and $name: $expect',
  ({ was = MINIO, becomes, limit = '1h', expect: effect }) => {
    const base = resourcesOf({
      mappings: { m: map({ maxLifetime: limit }) },
      never: [],
      filled: 'repository',
    })
    const at = (declared: object) => base.map((one) => (one.kind === 'target' ? targetOf(declared) : one))
    const before = at(was).map((one) => (one.kind === 'target' ? { ...one, version: 1 } : one))
    const both = { present: compiled(before), draft: compiled(at(becomes)) }
    const comparer = createComparer(both, OPTIONS)
    expect(comparer.mayDiffer(ISSUER, arnOf('a'))).toBe(true)
    const decision = recordedOf(before, OF_ONE, { role: 'a', seconds: null })
    expect(comparer.compare(decision).effect).toBe(effect)
  },
)

test('a role that rests on what a probe showed of its store is refused where the store becomes another one', () => {
  const base = resourcesOf({ mappings: { m: map() }, never: [], filled: 'repository' }).map((one) =>
    one.kind === 'policy' ? ({ ...one, body: { ...one.body, document: CONDITIONED } } as Resource) : one,
  ) // a document in the place of a document
  const to = (declared: object) =>
    compiled(base.map((one) => (one.kind === 'target' ? targetOf(declared) : one)))
  const decision = recordedOf(base, OF_ONE, { role: 'a', seconds: null })
  const compare = (draft: Configuration) =>
    createComparer({ present: compiled(base), draft }, OPTIONS).compare(decision)
  expect(compare(to({ ...MINIO, endpoint: 'https://b.example.com' }))).toMatchObject({
    effect: 'refuses',
    drafted: { code: 'probe_stale', role: 'a' },
  })
  expect(compare(to({ ...MINIO, subjectBudget: { sessions: 1, per: '1m' } })).effect).toBe('unchanged')
})
/** Its condition is one that a caller of a community MinIO answers himself. */
const CONDITIONED = {
  Version: '2012-10-17',
  Statement: [
    {
      ...{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/{{prefix}}/*' },
      Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
    },
  ],
}

const nasty = fc.constantFrom(
  'plain',
  '"subject":{"sub":"x"}',
  ',"type":"assume.intent"',
  '"decision":{"roleAsked":null,"sessionPolicySha256":',
  '\\","issuer":{"name":"evil","url":"https://evil"},"jti":',
  '\u0000\u2028"',
)
const value: fc.Arbitrary<Claims[string]> = fc.oneof(
  nasty,
  fc.record({ subject: fc.record({ sub: nasty }), decision: fc.record({ roleAsked: nasty }) }),
  fc.constant({ a: {}, issuer: { name: 'evil', url: 'https://evil' }, jti: null }),
  fc.constant({ a: {}, type: 'assume.refused' }),
  fc.array(nasty),
)

function bodyOf(
  facts: SubjectFacts,
  more: { roleAsked: string | null; seconds: number | null; granted: boolean; text: string },
) {
  const decision = {
    ...{
      outcome: 'granted',
      code: null,
      generation: 12,
      roleAsked: more.roleAsked,
      role: null,
      target: null,
    },
    ...{ mappings: [], shadow: [], policies: [], narrowedBy: null, sessionPolicySha256: null },
    lifetime: { askedSeconds: more.seconds, givenSeconds: null },
  }
  return canonicalize({
    ...{
      type: more.granted ? 'assume.intent' : 'assume.refused',
      assumption: 'asm_1',
      at: '',
      boot: 'b',
      n: 1,
      v: 1,
    },
    ...{ claimedSessionName: more.text, source: { ip: '1', proxies: [], userAgent: more.text }, decision },
    ...(more.granted
      ? { uses: [], sessionName: 's', chain: ['asm_0'] }
      : { code: 'no_mapping', claimed: null }),
    subject: facts,
  })
}

test('what is cut out of an event is what its JSON says, whatever its texts say', () => {
  const facts = fc.record({
    sub: nasty,
    claims: fc.array(fc.record({ path: fc.array(nasty, { minLength: 1, maxLength: 2 }), value }), {
      maxLength: 3,
    }),
  })
  const more = fc.record({
    roleAsked: fc.option(nasty),
    seconds: fc.option(fc.nat(90_000)),
    granted: fc.boolean(),
    text: nasty,
  })
  fc.assert(
    fc.property(facts, more, ({ sub, claims: given }, rest) => {
      const subject: SubjectFacts = {
        ...recorded(compiled(resourcesOf({ mappings: {}, never: [], filled: 'other' })), {}),
        sub,
        claims: given,
      }
      const sliced = sliceDecision(bodyOf(subject, rest))
      if (sliced === null) throw new Error('nothing was cut')
      expect(subjectOf(sliced)).toEqual(JSON.parse(canonicalize(subject)))
      expect(JSON.parse(sliced.roleAsked)).toBe(rest.roleAsked)
      const { generation, askedSeconds, narrowed, chained } = sliced
      expect({ generation, askedSeconds, narrowed, chained }).toEqual({
        ...{ generation: 12, askedSeconds: rest.seconds, narrowed: false, chained: rest.granted },
      })
    }),
    { numRuns: 500, seed: 13 },
  )
})

test('replayed from its bytes in any company, a decision counts as it does alone', () => {
  fc.assert(
    fc.property(pairs, fc.array(fc.tuple(claims, asked), { maxLength: 12 }), ([one, other], all) => {
      const before = resourcesOf(one)
      const present = compiled(before)
      // As an apply makes it: what does not change is taken over as it is.
      const after = amended(present, before, resourcesOf(other))
      const looked = lookedIn(before)
      const replay = createReplay({ ...OPTIONS, present, draft: after, lookedFor: () => looked })
      const wanted = { refuses: 0, allows: 0, differs: 0, cannot_tell: 0, unchanged: 0 }
      for (const [token, ask] of all) {
        const decision = recordedOf(before, token, ask)
        wanted[createComparer({ present, draft: after }, OPTIONS).compare(decision).effect] += 1
        const body = bodyOf(decision.subject, {
          ...{ roleAsked: decision.roleAsked, seconds: decision.askedSeconds, granted: false, text: '' },
        })
        replay.see({ atMs: NOW, assumption: 'asm_1', code: decision.code, body })
      }
      expect(replay.tally.counts()).toEqual(wanted)
    }),
    { numRuns: 120, seed: 14 },
  )
})

function amended(
  present: Configuration,
  before: readonly Resource[],
  after: readonly Resource[],
): Configuration {
  const old = new Map(before.map((one) => [`${one.kind}/${one.name}`, one] as const))
  const wanted = new Set(after.map((one) => `${one.kind}/${one.name}`))
  const changed = after.flatMap((one) => {
    const was = old.get(`${one.kind}/${one.name}`)
    if (was === undefined) return [one]
    return JSON.stringify(was.body) === JSON.stringify(one.body) ? [] : [{ ...one, version: 2 }]
  })
  const gone = before.filter((one) => !wanted.has(`${one.kind}/${one.name}`))
  const amendment = collectAmendment()
  amendment.add([...changed, ...gone.map((one) => ({ ...one, version: 2, state: 'disabled' as const }))])
  const { configuration } = finish(amendConfiguration(present, amendment.whole(), HEAD))
  if (configuration === null) throw new Error('the amendment does not compile')
  return configuration
}
