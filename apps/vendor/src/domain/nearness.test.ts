import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NEARNESS } from '../../../../test/corpus/nearness.ts'
import { errorCodes, errorRow } from '../errors.ts'
import type { SubjectFacts } from './audit-event.ts'
import { compileCondition, noneHolds } from './condition.ts'
import { applyEdits } from './condition-edit.ts'
import type { Configuration } from './configuration.ts'
import { EMPTY_CONFIGURATION } from './configuration.ts'
import { decide } from './grant.ts'
import type { IssuerMappings } from './issuer-mappings.ts'
import { NOT_RECORDED, recordedClaims, wholeClaims } from './known-claims.ts'
import type { Mapping } from './mapping.ts'
import { compileMapping, mappingMatches } from './mapping.ts'
import { indexMappings } from './mapping-index.ts'
import { admitting, rankMappings } from './nearness.ts'
import { obstaclesInWords } from './nearness-words.ts'
import { REMEDIES } from './remedy.ts'
import type { ConditionBody, MappingBody, MappingMode, ResourceOf } from './resource.ts'
import type { Claims, ClaimValue } from './subject.ts'
import { roughDistance, textDistance } from './text-distance.ts'

const NOW = Date.UTC(2026, 10, 24)
const BODY: MappingBody = {
  issuer: 'ci',
  role: 'a',
  when: [{ claim: ['sub'], equals: 's' }],
  unless: [],
  owner: 'o',
  purpose: 'p',
  mode: 'enforce',
  expires: '2027-01-01T00:00:00.000Z',
  bindToToken: false,
  maxLifetimeSeconds: null,
  singleUse: false,
  maxUses: null,
}
const NOTHING: Configuration = { ...EMPTY_CONFIGURATION, generation: 1 }
const inMode = (list: readonly Mapping[], mode: MappingMode) =>
  indexMappings(list.filter((one) => one.mode === mode))
const group = (list: readonly Mapping[]) => ({
  list,
  enforced: inMode(list, 'enforce'),
  shadow: inMode(list, 'shadow'),
})
/** Mappings of one issuer, as a configuration has them. */
function grouped(all: readonly Mapping[]): IssuerMappings {
  const byRole = Map.groupBy(all, ({ role }) => role)
  const found = new Map([...byRole].map(([role, list]) => [role, group(list)] as const))
  return { all, byRole, found: { all: group(all), byRole: found }, recordedClaims: [] }
}
const SUBJECT = {
  issuer: 'ci',
  iss: 'https://ci',
  sub: 's',
  audiences: [],
  expiresAtSeconds: NOW / 1000 + 300,
  token: { alg: '', kid: null, thumbprint: '', jti: null, azp: null, digest: '' },
}
const mapping = (body: Partial<MappingBody>, name = 'm'): ResourceOf<'mapping'> => ({
  kind: 'mapping',
  name,
  version: 1,
  state: 'enabled',
  body: { ...BODY, ...body },
})
const ask = (claims: Claims, roleAsked: string | null = 'a') => ({
  roleAsked,
  nowMs: NOW,
  claims: wholeClaims(claims),
})

test.each(NEARNESS)('$name', ({ member, condition, found, expect: obstacle, mend }) => {
  // Another condition that holds stays, so that the one in question may be taken away.
  const other: ConditionBody = { claim: ['y'], equals: 'y' }
  const parts = {
    when: member === 'when' ? [condition, other] : [other],
    unless: member === 'unless' ? [condition] : [],
  }
  const one = mapping(parts)
  const claims: Claims = found === undefined ? { y: 'y' } : { y: 'y', x: found }
  const [near] = rankMappings([one], ask(claims))
  if (near === undefined) throw new Error('nothing was judged')
  const judged = near.conditions.find((each) => each.member === member && each.index === 0)
  expect(judged?.obstacle).toBe(obstacle)
  expect(near.matches).toBe(obstacle === null)
  const [words] = obstaclesInWords(near)
  if (obstacle === null) expect(words).toBeUndefined()
  else expect(words?.mend).toContain(mend ?? 'when[0]')
})

const scalar = fc.oneof(
  fc.constantFrom('a', 'A', 'b', 'a/b', ''),
  fc.integer({ min: 0, max: 2 }),
  fc.boolean(),
)
const value: fc.Arbitrary<ClaimValue> = fc.oneof(
  scalar,
  fc.constant(null),
  fc.array(scalar, { maxLength: 3 }),
  fc.constant([['a']]),
  fc.constant({ a: 'a' }),
)
const claim = fc.constantFrom(['p'], ['q'], ['r', 's'])
const condition: fc.Arbitrary<ConditionBody> = fc.oneof(
  fc.record({ claim, equals: scalar }),
  fc.record({ claim, anyOf: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ claim, contains: scalar }),
  fc.record({ claim, containsAnyOf: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ claim, glob: fc.constantFrom('a', '*', 'a/*', '*b'), delimiter: fc.constant('/') }),
)
const conditions = fc.array(condition, { maxLength: 4 })
const claimSet: fc.Arbitrary<Claims> = fc
  .record({ p: value, q: value, s: value }, { requiredKeys: [] })
  .map(({ s, ...rest }) => (s === undefined ? rest : { ...rest, r: { s } }))
const mode = fc.constantFrom('off', 'shadow', 'enforce')

test('says that a mapping matches exactly where the decision would say so', () => {
  fc.assert(
    fc.property(conditions, conditions, mode, claimSet, (when, unless, stands, claims) => {
      const one = mapping({ when, unless, mode: stands as MappingBody['mode'] }) // one of the three
      const [near] = rankMappings([one], ask(claims))
      const decided = stands === 'enforce' && mappingMatches(compileMapping(one), claims, NOW)
      expect(near?.matches).toBe(decided)
      expect(near?.obstacles === 0).toBe(decided)
    }),
    { seed: 4, numRuns: 2_000 },
  )
})

test('names as matching, and as admitting, exactly the mappings that the decision rests on', () => {
  const standing = fc.record({
    mode: fc.constantFrom('enforce', 'enforce', 'shadow', 'off'),
    role: fc.constantFrom('a', 'b'),
    expires: fc.constantFrom(BODY.expires, BODY.expires, '2026-01-01T00:00:00.000Z'),
    when: fc.array(condition, { maxLength: 2 }),
    unless: fc.array(condition, { maxLength: 1 }),
  })
  let admitted = 0
  fc.assert(
    fc.property(
      fc.array(standing, { maxLength: 8 }),
      fc.array(condition, { maxLength: 1 }),
      fc.constantFrom('a', 'b', null),
      claimSet,
      (bodies, never, role, claims) => {
        // The modes are those of the type; each mapping is named by its place.
        const mappings = bodies.map((body, at) => mapping(body as Partial<MappingBody>, `m-${at}`))
        const all = mappings.filter(({ body }) => body.mode !== 'off').map((one) => compileMapping(one))
        const decided = decide(
          { ...NOTHING, mappings: new Map([['ci', grouped(all)]]) },
          {
            subject: { ...SUBJECT, claims },
            request: { roleAsked: role, roleName: role, lifetimeSeconds: null, policy: null },
          },
          { nowMs: NOW, sha256: () => '' },
        )
        const rests = decided.decision.mappings.map(({ name }) => name).toSorted()
        const question = { ...ask(claims, role), never: () => never }
        const ranked = rankMappings(mappings, question)
        const named = (one: 'matches' | 'admits') =>
          ranked.filter((near) => near[one]).map(({ name }) => name)
        expect(named('matches').toSorted()).toEqual(rests)
        const isRefused = !noneHolds(never.map(compileCondition), claims)
        expect(named('admits').toSorted()).toEqual(isRefused ? [] : rests)
        expect(admitting(mappings, question).toSorted()).toEqual(isRefused ? [] : rests)
        if (!isRefused && rests.length > 0) admitted += 1
      },
    ),
    { seed: 4, numRuns: 2_000 },
  )
  expect(admitted).toBeGreaterThan(100)
})

test('the edits that it names, made, let the mapping match', () => {
  let whole = 0
  fc.assert(
    fc.property(conditions, conditions, claimSet, (when, unless, claims) => {
      const one = mapping({ when, unless })
      const [near] = rankMappings([one], ask(claims))
      const blocked = near?.conditions.filter(({ obstacle }) => obstacle !== null) ?? []
      const edits = blocked.flatMap(({ edit }) => (edit === null ? [] : [edit]))
      const edited = { ...one, body: applyEdits(one.body, edits) }
      const isWhole = edits.length === blocked.length
      if (isWhole) whole += 1
      expect(mappingMatches(compileMapping(edited), claims, NOW)).toBe(isWhole)
      // A mapping for everybody is none: where the edits would leave no condition, they are not named.
      if (when.length > 0) expect(edited.body.when.length).toBeGreaterThan(0)
    }),
    { seed: 4, numRuns: 3_000 },
  )
  expect(whole).toBeGreaterThan(1_000)
})

test('no edit is named that the schema would refuse, or that drops what was admitted', () => {
  const edits = (condition: ConditionBody, x: ClaimValue) =>
    rankMappings([mapping({ when: [condition, { claim: ['y'], equals: 'y' }] })], ask({ x, y: 'y' }))[0]
      ?.conditions[0]?.edit
  const full = Array.from({ length: 256 }, (_, at) => `v${at}`)
  expect(edits({ claim: ['x'], anyOf: full }, 'other')).toBeNull()
  expect(edits({ claim: ['x'], containsAnyOf: full }, ['other'])).toBeNull()
  expect(edits({ claim: ['x'], equals: 'a' }, 'b'.repeat(1025))).toBeNull()
  expect(edits({ claim: ['x'], equals: 'a' }, 'b'.repeat(1024))).not.toBeNull()
})

test('a `never` of the role stands in the way of a mapping that matches, and is no edit of it', () => {
  const never: readonly ConditionBody[] = [{ claim: ['fork'], equals: true }]
  const told = (claims: Claims) => {
    const question = { ...ask(claims), never: (role: string) => (role === 'a' ? never : []) }
    const [near] = rankMappings([mapping({})], question)
    return [
      near?.matches,
      near?.admits,
      near?.conditions.at(-1)?.obstacle,
      admitting([mapping({})], question),
    ]
  }
  expect(told({ sub: 's', fork: false })).toEqual([true, true, null, ['m']])
  expect(told({ sub: 's', fork: true })).toEqual([true, false, 'holds', []])
  expect(told({ sub: 's' })).toEqual([true, false, 'missing', []])
})

test('among ten thousand, the mapping of this repository for another branch is the nearest, whatever it is called', () => {
  const repository = (at: number) => String(100_000_000 + at * 7)
  const many = Array.from({ length: 10_000 }, (_, at) => {
    const id: ConditionBody = { claim: ['repository_id'], equals: repository(at) }
    const ref: ConditionBody = { claim: ['ref'], equals: 'refs/heads/main' }
    // Half of them take every branch, so that as little stands in their way as in that of the right one.
    return mapping({ when: at % 2 === 0 ? [id] : [id, ref] }, `m-${String(at).padStart(5, '0')}`)
  })
  const subject = ask({ repository_id: repository(9_001), ref: 'refs/heads/a-feature-of-some-length' })
  const ranked = rankMappings(many, subject, 10)
  expect(ranked).toHaveLength(10)
  expect(ranked[0]).toMatchObject({ name: 'm-09001', obstacles: 1 })
  // A digit that was mistyped is nearer than another number.
  const typo = rankMappings(many, ask({ repository_id: `${repository(9_000)}1`, ref: 'refs/heads/main' }), 1)
  expect(typo[0]?.name).toBe('m-09000')
})

test('neither a list of thousands nor a text of kilobytes makes the order cost by the length of both', () => {
  const list = Array.from({ length: 3_000 }, (_, at) => `group-${at}`)
  const wanted = (at: number) => Array.from({ length: 40 }, (_, item) => `other-${at}-${item}`)
  const many = Array.from({ length: 500 }, (_, at) =>
    mapping(
      {
        when: [
          { claim: ['groups'], containsAnyOf: wanted(at) },
          { claim: ['text'], anyOf: wanted(at) },
        ],
      },
      `m-${at}`,
    ),
  )
  let looked = 0
  const claims = wholeClaims({ groups: list, text: 'x'.repeat(60_000) })
  const counted = {
    look: (path: readonly string[]) => {
      looked += 1
      return claims.look(path)
    },
  }
  const started = process.cpuUsage()
  expect(rankMappings(many, { roleAsked: 'a', nowMs: NOW, claims: counted }, 3)).toHaveLength(3)
  // Each claim once a condition; 60,000,000 pairs of items take minutes of work, and these milliseconds.
  expect(looked).toBe(1_000)
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(5)
})

test('a claim set of hostile texts is shown without a character that a terminal obeys', () => {
  const hostile = [
    '\u001b[2J\u001b]0;x\u0007',
    '\u009b31m',
    'a\u202eb',
    '\u2028',
    '\ud800',
    'é',
    '\r\nrefused: nothing',
  ]
  for (const x of hostile) {
    const [near] = rankMappings([mapping({ when: [{ claim: [x], equals: x }] })], ask({ [x]: `${x}!` }))
    if (near === undefined) throw new Error('nothing was judged')
    const words = obstaclesInWords(near).flatMap(({ says, mend }) => [says, mend])
    for (const line of words) expect(line).toMatch(/^[\x20-\x7e]+$/)
  }
})

test('a mapping that matches stands before every one that does not, and the order is the same each time', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(conditions, conditions), { maxLength: 12 }), claimSet, (many, claims) => {
      const mappings = many.map(([when, unless], at) => mapping({ when, unless }, `m-${at}`))
      const ranked = rankMappings(mappings, ask(claims))
      expect(ranked.map(({ matches }) => matches)).toEqual(
        ranked.map(({ matches }) => matches).toSorted((a, b) => Number(b) - Number(a)),
      )
      expect(rankMappings(mappings.toReversed(), ask(claims))).toEqual(ranked)
    }),
    { seed: 4, numRuns: 500 },
  )
})

test('of two that differ in one value the nearer text stands first', () => {
  const near = (equals: string, name: string) => mapping({ when: [{ claim: ['ref'], equals }] }, name)
  const ranked = rankMappings(
    [near('refs/tags/v1', 'a'), near('refs/heads/mainx', 'z'), near('refs/heads/Main', 'y')],
    ask({ ref: 'refs/heads/main' }),
  )
  expect(ranked.map(({ name }) => name)).toEqual(['y', 'z', 'a'])
})

test('what cannot be told is nearer than what does not match, and further away than what does', () => {
  const on = (claim: string, name: string) => mapping({ when: [{ claim: [claim], equals: 's' }] }, name)
  const known = wholeClaims({ sub: 's', ref: 'x' })
  const claims = { look: (path: readonly string[]) => (path[0] === 'env' ? NOT_RECORDED : known.look(path)) }
  const ranked = rankMappings([on('ref', 'a'), on('env', 'b'), on('sub', 'c')], { ...ask({}), claims })
  expect(ranked.map(({ name, obstacles, matches }) => [name, obstacles, matches])).toEqual([
    ['c', 0, true],
    ['b', 0.5, false],
    ['a', 1, false],
  ])
})

test('says what stands in the way besides the claims', () => {
  const claims = { sub: 's' }
  const standing = (body: Partial<MappingBody>, state: 'enabled' | 'disabled' = 'enabled') =>
    rankMappings([{ ...mapping(body), state }], ask(claims))[0]?.standing
  expect(standing({})).toEqual([])
  expect(standing({ mode: 'off' })).toEqual(['off'])
  expect(standing({ mode: 'shadow' })).toEqual(['shadow'])
  expect(standing({ expires: new Date(NOW).toISOString() })).toEqual(['expired'])
  expect(standing({ role: 'b' })).toEqual(['other_role'])
  expect(standing({}, 'disabled')).toEqual(['disabled'])
})

test('of an old decision tells apart what the token had not and what was not recorded', () => {
  const facts: SubjectFacts = {
    issuer: { name: 'ci', url: 'https://ci' },
    sub: 's',
    aud: ['a'],
    azp: null,
    jti: 'j',
    claims: [
      { path: ['ref'], value: 'main' },
      { path: ['deep'], value: { a: { b: 1 } } },
    ],
    token: { digest: '', alg: '', kid: null, thumbprint: '' },
  }
  const { look } = recordedClaims(facts, [['ref'], ['deep'], ['environment']])
  expect(look(['ref'])).toBe('main')
  expect(look(['deep', 'a', 'b'])).toBe(1)
  expect(look(['deep', 'a', 'c'])).toBeUndefined()
  expect(look(['environment'])).toBeUndefined()
  expect(look(['actor'])).toBe(NOT_RECORDED)
  expect(look(['sub'])).toBe('s')
  expect(look(['jti'])).toBe('j')
  expect(look(['azp'])).toBeUndefined()
  expect(look(['aud'])).toBe(NOT_RECORDED)
})

test('a text distance is a distance', () => {
  const text = fc.string({ maxLength: 20 })
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      expect(textDistance(a, b)).toBe(textDistance(b, a))
      expect(textDistance(a, b) === 0).toBe(a === b)
      expect(textDistance(a, c)).toBeLessThanOrEqual(textDistance(a, b) + textDistance(b, c))
    }),
    { seed: 4, numRuns: 500 },
  )
  // What both begin with and end with may not be the same characters.
  expect(textDistance('ab', 'abab')).toBe(2)
  expect(textDistance('x'.repeat(5_000), `${'x'.repeat(5_000)}y`)).toBe(1)
  expect(textDistance(`${'x'.repeat(5_000)}abc`, `${'x'.repeat(5_000)}axc`)).toBe(1)
  expect(roughDistance('refs/heads/main', 'refs/heads/maim')).toBeCloseTo(1 / 15)
})

test('every code that an exchange can end with has a remedy, and no other', () => {
  const codes = errorCodes().filter((code) => /^(signed_)?exchange$/.test(errorRow(code).ends))
  expect(Object.keys(REMEDIES).toSorted()).toEqual([...codes].toSorted())
})
