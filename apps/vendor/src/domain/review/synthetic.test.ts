import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileMapping, mappingMatches } from '../mapping.ts'
import type { ConditionBody } from '../resource.ts'
import { claimsFor } from './synthetic.ts'

const mapping = (when: readonly ConditionBody[], unless: readonly ConditionBody[] = []) =>
  compileMapping({
    kind: 'mapping',
    name: 'app-main',
    version: 1,
    state: 'enabled',
    body: {
      ...{
        issuer: 'ci',
        role: 'app',
        when,
        unless,
        owner: 'o',
        purpose: 'p',
        mode: 'enforce',
        bindToToken: false,
      },
      ...{ expires: '2030-01-01T00:00:00.000Z', maxLifetimeSeconds: null, singleUse: false, maxUses: null },
    },
  })
const NOW_MS = Date.parse('2026-11-25T00:00:00Z')

const scalar = fc.oneof(fc.string({ maxLength: 4 }), fc.integer(), fc.boolean())
const claim = fc.constantFrom(['a'], ['b'], ['c', 'd'], ['c', 'e'])
const condition: fc.Arbitrary<ConditionBody> = fc.oneof(
  fc.record({ claim, equals: scalar }),
  fc.record({ claim, anyOf: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ claim, contains: scalar }),
  fc.record({ claim, containsAnyOf: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    claim,
    glob: fc.constantFrom('refs/heads/*', '*', 'v*', 'a/*/c', 'x'),
    delimiter: fc.constantFrom('/', ':'),
  }),
)

describe('claims made of the conditions of a mapping', () => {
  test('are admitted by it, whatever it says', () => {
    let made = 0
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 1, maxLength: 4 }),
        fc.array(condition, { maxLength: 2 }),
        (when, unless) => {
          const compiled = mapping(when, unless)
          const claims = claimsFor(compiled)
          if (claims === null) return
          made += 1
          expect(mappingMatches(compiled, claims, NOW_MS)).toBe(true)
        },
      ),
      { numRuns: 2_000 },
    )
    expect(made).toBeGreaterThan(500)
  })

  test.each<[string, readonly ConditionBody[], readonly ConditionBody[]]>([
    [
      'equality',
      [
        { claim: ['repository_id'], equals: '42' },
        { claim: ['ref'], equals: 'refs/heads/main' },
      ],
      [],
    ],
    ['a number', [{ claim: ['n'], equals: 7 }], [{ claim: ['n'], equals: 8 }]],
    ['a list', [{ claim: ['groups'], contains: 'admins' }], [{ claim: ['groups'], contains: 'guests' }]],
    [
      'two of one list',
      [
        { claim: ['groups'], contains: 'a' },
        { claim: ['groups'], contains: 'b' },
      ],
      [],
    ],
    ['a pattern', [{ claim: ['ref'], glob: 'refs/heads/release-*', delimiter: '/' }], []],
    [
      'an exception',
      [{ claim: ['ref'], glob: 'refs/heads/*', delimiter: '/' }],
      [{ claim: ['ref'], equals: 'refs/heads/x' }],
    ],
    [
      'an exception on another claim',
      [{ claim: ['a'], equals: 'x' }],
      [{ claim: ['b'], anyOf: ['y', 'stint-review'] }],
    ],
    ['a path', [{ claim: ['kubernetes.io', 'serviceaccount', 'name'], equals: 'ci' }], []],
  ])('are found for %s', (_name, when, unless) => {
    expect(claimsFor(mapping(when, unless))).not.toBeNull()
  })

  test('are none where the conditions contradict each other', () => {
    expect(
      claimsFor(
        mapping([
          { claim: ['a'], equals: 'x' },
          { claim: ['a'], equals: 'y' },
        ]),
      ),
    ).toBeNull()
    expect(claimsFor(mapping([{ claim: ['a'], equals: 'x' }], [{ claim: ['a'], equals: 'x' }]))).toBeNull()
  })
})
