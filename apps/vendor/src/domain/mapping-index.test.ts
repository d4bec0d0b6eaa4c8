import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileMapping, mappingMatches } from './mapping.ts'
import { candidatesOf, indexMappings } from './mapping-index.ts'
import type { ConditionBody, ResourceOf } from './resource.ts'
import type { Claims } from './subject.ts'

const NOW = Date.UTC(2026, 10, 24)

/** Few names and few values, so that mappings and claims meet often; texts and numbers that look alike. */
const path = fc.constantFrom(
  ['a'],
  ['b'],
  ['c'],
  ['n', 'a'],
  ['n.a'],
  ...'defghijk'.split('').map((one) => [one]),
)
const scalar = fc.constantFrom('1', '2', 'x', 1, 2, 0, -0, true, false, 'true', '', '__proto__')
const list = fc.array(scalar, { minLength: 1, maxLength: 4 })
const condition: fc.Arbitrary<ConditionBody> = fc.oneof(
  fc.record({ claim: path, equals: scalar }),
  fc.record({ claim: path, anyOf: list }),
  fc.record({ claim: path, contains: scalar }),
  fc.record({ claim: path, containsAnyOf: list }),
  fc.record({ claim: path, glob: fc.constantFrom('*', 'x*', '1'), delimiter: fc.constant('/') }),
)
const body = fc.record({
  when: fc.array(condition, { minLength: 1, maxLength: 2 }),
  unless: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.array(condition, { maxLength: 1 })),
})
const claim = fc.oneof(
  scalar,
  fc.constant(null),
  fc.array(fc.oneof(scalar, fc.constant(null), fc.array(scalar, { maxLength: 1 })), { maxLength: 4 }),
  fc.record({ a: scalar }),
)
const claims: fc.Arbitrary<Claims> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'n', 'n.a', ...'defghijk'),
  claim,
  { minKeys: 4, maxKeys: 12 },
)

const mappingsOf = (
  bodies: readonly { when: readonly ConditionBody[]; unless: readonly ConditionBody[] }[],
) =>
  bodies.map(({ when, unless }, at) =>
    compileMapping({
      kind: 'mapping',
      name: `m-${at}`,
      version: 1,
      state: 'enabled',
      body: {
        issuer: 'ci',
        role: 'r',
        when,
        unless,
        owner: 'o',
        purpose: 'p',
        mode: 'enforce',
        expires: '2099-01-01T00:00:00Z',
        bindToToken: false,
        maxLifetimeSeconds: null,
        singleUse: false,
        maxUses: null,
      },
    } satisfies ResourceOf<'mapping'>),
  )

test('finds the same matches as a walk over all mappings, in the same order', () => {
  let indexed = 0
  let matched = 0
  const sizes = fc.oneof(fc.array(body, { maxLength: 20 }), fc.array(body, { minLength: 17, maxLength: 120 }))
  fc.assert(
    fc.property(sizes, fc.array(claims, { minLength: 1, maxLength: 12 }), (bodies, tokens) => {
      const all = mappingsOf(bodies)
      const index = indexMappings(all)
      for (const token of tokens) {
        const plain = all.filter((one) => mappingMatches(one, token, NOW))
        const found = candidatesOf(index, token)
        expect(found.filter((one) => mappingMatches(one, token, NOW))).toEqual(plain)
        expect(new Set(found).size).toBe(found.length)
        if (index.tables.length > 0) indexed += 1
        matched += plain.length
      }
    }),
    { numRuns: 600, seed: 20261124 },
  )
  // The property says nothing where nothing is indexed or nothing matches.
  expect(indexed).toBeGreaterThan(500)
  expect(matched).toBeGreaterThan(500)
})

test('looks at one mapping of many where a value names it, by whichever claim is rarest', () => {
  const all = mappingsOf(
    Array.from({ length: 3000 }, (_, at) => ({
      when: [
        { claim: ['ref'], equals: 'refs/heads/main' },
        at % 3 === 0
          ? { claim: ['repository_id'], equals: String(at) }
          : at % 3 === 1
            ? { claim: ['project', 'id'], anyOf: [at, at + 100_000] }
            : { claim: ['groups'], contains: `team-${at}` },
      ],
      unless: [],
    })),
  )
  const index = indexMappings(all)
  const claimed = {
    ref: 'refs/heads/main',
    repository_id: '2997',
    project: { id: 100_001 },
    groups: ['team-5', 'everybody'],
  }
  expect(candidatesOf(index, claimed).map(({ name }) => name)).toEqual(['m-1', 'm-5', 'm-2997'])
  expect(candidatesOf(index, { ref: 'refs/heads/main' })).toEqual([])
})

test('asks a bounded number of claims, however many different ones mappings name', () => {
  const all = mappingsOf(
    Array.from({ length: 200 }, (_, at) => ({ when: [{ claim: [`c${at}`], equals: 'x' }], unless: [] })),
  )
  const index = indexMappings(all)
  expect(index.tables.length).toBeLessThanOrEqual(8)
  expect(candidatesOf(index, { c150: 'x' }).map(({ name }) => name)).toContain('m-150')
})
