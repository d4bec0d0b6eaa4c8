import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256Hex } from '../runtime.ts'
import { readConfiguration } from '../schema/resources.ts'
import { compileConfiguration } from './configuration.ts'
import { planChanges } from './configuration-plan.ts'
import type { Outcome } from './grant.ts'
import { decide } from './grant.ts'
import type { StoredResource } from './resource.ts'
import type { Use } from './use-limit.ts'
import { wideningOf } from './widening.ts'

/** The law: what does not widen gives nobody anything, for longer or more often than before, by the decision itself. */

const NOW = Date.UTC(2026, 10, 24)
const ISSUER = 'https://ci.example.com'

const condition = fc.oneof(
  fc.constantFrom('1', '2').map((equals) => ({ claim: ['id'], equals })),
  fc.constant({ claim: ['id'], anyOf: ['1', '2'] }),
  fc.constantFrom('a', 'b').map((equals) => ({ claim: ['ref'], equals })),
  fc.constant({ claim: ['ref'], glob: '*', delimiter: '/' }),
)
const mapping = fc.record({
  issuer: fc.constant('ci'),
  role: fc.constantFrom('a', 'a', 'b'),
  when: fc.array(condition, { minLength: 1, maxLength: 2 }),
  unless: fc.array(condition, { maxLength: 1 }),
  mode: fc.constantFrom('enforce', 'enforce', 'enforce', 'off', 'shadow'),
  expires: fc.constantFrom('2027-01-01', '2027-02-01'),
  bindToToken: fc.boolean(),
  singleUse: fc.boolean(),
  maxUses: fc.constantFrom(undefined, 3, 5),
  maxLifetime: fc.constantFrom(undefined, '20m', '40m'),
  owner: fc.constant('team@example.com'),
  purpose: fc.constant('a test'),
})
const role = fc.record({
  target: fc.constant('store'),
  policies: fc.constant([{ use: 'p@1' }]),
  lifetime: fc.constantFrom({ default: '30m', max: '1h' }, { default: '1h', max: '1h' }),
  for: fc.constant('machine'),
  never: fc.array(condition, { maxLength: 1 }),
})
type Mapping = typeof mapping extends fc.Arbitrary<infer T> ? T : never
type Edit = { mappings: Record<string, Mapping>; role: object }

/** Before and after, near each other, so that many a change is one that does not widen. */
const pair = fc
  .record({
    x: mapping,
    y: mapping,
    z: mapping,
    a: role,
    edited: mapping,
    other: role,
    how: fc.nat(7),
    which: fc.constantFrom('x', 'y', 'z'),
  })
  .map(({ x, y, z, a, edited, other, how, which }): { before: Edit; after: Edit } => {
    const before = { x, y, z }
    const old = before[which as 'x']
    const { [which as 'x']: _gone, ...rest } = before
    const changes: readonly Record<string, Mapping>[] = [
      rest,
      { ...before, [which]: { ...old, mode: 'off' } },
      { ...before, [which]: { ...old, when: [...old.when, ...edited.when] } },
      { ...before, [which]: { ...old, unless: [...old.unless, ...edited.unless] } },
      { ...before, [which]: { ...old, expires: edited.expires, maxUses: edited.maxUses } },
      { ...before, [which]: { ...old, bindToToken: edited.bindToToken, maxLifetime: edited.maxLifetime } },
      { ...before, [which]: edited },
      before,
    ]
    return {
      before: { mappings: before, role: a },
      after: { mappings: changes[how] ?? before, role: how === 7 ? other : a },
    }
  })

const BASE = {
  issuers: { ci: { url: ISSUER, audiences: ['x'], for: 'machine' } },
  targets: { store: { kind: 'minio', endpoint: 'https://store.example.com' } },
  policies: {
    'p@1': {
      document: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' }],
      },
    },
  },
}

function stand(current: readonly StoredResource[], { mappings, role: a }: Edit): readonly StoredResource[] {
  const content = JSON.parse(JSON.stringify({ ...BASE, mappings, roles: { a, b: a } }))
  return planChanges(current, readConfiguration(content).declared, sha256Hex).after
}

function decider(resources: readonly StoredResource[]) {
  const stamp = {
    generation: 1,
    hash: '',
    account: '123456789012',
    adminAudience: 'admin',
    sha256: sha256Hex,
  }
  const { configuration, problems } = compileConfiguration(resources, stamp)
  if (configuration === null) throw new Error(JSON.stringify(problems))
  return (claims: Record<string, string>, jti: string | null, lifetimeSeconds: number | null): Outcome => {
    const token = { alg: 'RS256', kid: null, thumbprint: 't', jti, azp: null, digest: 'd' }
    const subject = {
      issuer: 'ci',
      iss: ISSUER,
      sub: 's',
      audiences: ['x'],
      claims,
      expiresAtSeconds: NOW / 1000 + 1_000,
      token,
    }
    const request = {
      roleAsked: 'arn:aws:iam::123456789012:role/a',
      roleName: 'a',
      lifetimeSeconds,
      policy: null,
    }
    return decide(configuration, { subject, request }, { nowMs: NOW, sha256: sha256Hex })
  }
}

/** Whether `now` is used up by whatever `was` was used up by. */
function asLimited(was: readonly Use[], now: readonly Use[]): boolean {
  return was.every((old) =>
    now.some((one) => {
      if (one.mapping !== old.mapping || one.of !== old.of) return false
      return one.of === 'token' || old.of === 'token' || one.most <= old.most
    }),
  )
}

const CLAIMS = ['1', '2', '3'].flatMap((id) => ['a', 'b', 'c/d'].map((ref) => ({ id, ref })))

test('a change that does not widen gives nobody what he had not, nor for longer, nor more often', () => {
  let [tried, changed] = [0, 0]
  fc.assert(
    fc.property(pair, ({ before, after }) => {
      const standing = stand([], before)
      const next = stand(standing, after)
      if (wideningOf(standing, next).length > 0) return
      tried += 1
      const [was, now] = [decider(standing), decider(next)]
      for (const claims of CLAIMS) {
        for (const [jti, asked] of [
          ['j', null],
          ['j', 3_600],
          [null, null],
        ] as const) {
          const [old, one] = [was(claims, jti, asked), now(claims, jti, asked)]
          if (old.granted !== one.granted) changed += 1
          if (!one.granted) continue
          const same =
            old.granted &&
            one.grant.lifetimeSeconds <= old.grant.lifetimeSeconds &&
            asLimited(old.grant.uses, one.grant.uses)
          expect({ claims, jti, asked, same }).toEqual({ claims, jti, asked, same: true })
        }
      }
    }),
    { numRuns: 700, seed: 11 },
  )
  // Most that did not widen changed something, or nothing was put to the test.
  expect([tried > 200, changed > 200]).toEqual([true, true])
})
