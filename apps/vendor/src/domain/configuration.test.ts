import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConfiguration } from '../schema/resources.ts'
import type { CompileContext, Configuration } from './configuration.ts'
import {
  amendConfiguration,
  collectAmendment,
  compileConfiguration,
  EMPTY_CONFIGURATION,
} from './configuration.ts'
import type { Resource } from './resource.ts'
import { finish } from './steps.ts'

const context: CompileContext = {
  generation: 2,
  hash: 'h',
  account: '123456789012',
  adminAudience: 'admin',
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
}

const POLICY = {
  document: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::artifacts/*'] }],
  },
}

/** One of few configurations: names in common, bodies that differ by the numbers drawn. */
function resourcesOf(drawn: {
  readonly mappings: readonly number[]
  readonly maxHours: number
  readonly issuer: number
}) {
  const role = { policies: [{ use: 'p@1' }], target: 'store', for: 'machine' }
  const read = readConfiguration({
    issuers: { ci: { url: 'https://ci.example.com', audiences: [`a${drawn.issuer}`], for: 'machine' } },
    targets: { store: { kind: 'minio', endpoint: 'https://store.example.com' } },
    policies: { 'p@1': POLICY },
    roles: {
      fixed: { ...role, lifetime: { default: '1h', max: '1h' } },
      other: { ...role, lifetime: { default: '1h', max: `${drawn.maxHours}h` } },
    },
    mappings: Object.fromEntries(
      drawn.mappings.map((value, at) => [
        `m-${at}`,
        {
          issuer: 'ci',
          role: at % 2 === 0 ? 'fixed' : 'other',
          when: [{ claim: ['id'], equals: value }],
          owner: 'o',
          purpose: 'p',
          mode: (['off', 'shadow', 'enforce'] as const)[value % 3] ?? 'off',
          expires: '2099-01-01',
        },
      ]),
    ),
  })
  expect(read.problems).toEqual([])
  return read.declared
}

type Drawn = Parameters<typeof resourcesOf>[0]
const drawn: fc.Arbitrary<Drawn> = fc.record({
  mappings: fc.array(fc.nat({ max: 5 }), { maxLength: 40 }),
  maxHours: fc.integer({ min: 1, max: 2 }),
  issuer: fc.nat({ max: 1 }),
})

const key = ({ kind, name }: Pick<Resource, 'kind' | 'name'>) => `${kind}/${name}`

function amend(before: Configuration, changed: readonly Resource[]) {
  const amendment = collectAmendment()
  amendment.add(changed.slice(0, 3))
  amendment.add(changed.slice(3))
  return finish(amendConfiguration(before, amendment.whole(), context)).configuration
}

/** The next state as the store makes it, and what of it changed. */
function step(before: readonly Resource[], declared: ReturnType<typeof resourcesOf>) {
  const old = new Map(before.map((one) => [key(one), one] as const))
  const wanted = new Map<string, (typeof declared)[number]>(declared.map((one) => [key(one), one] as const))
  const changed: Resource[] = []
  for (const one of declared) {
    const had = old.get(key(one))
    if (had?.state === 'enabled' && JSON.stringify(had.body) === JSON.stringify(one.body)) continue
    changed.push({ ...one, version: (had?.version ?? 0) + 1, state: 'enabled' } as Resource) // a declared body is of its kind
  }
  for (const one of before) {
    if (one.state === 'enabled' && !wanted.has(key(one)))
      changed.push({ ...one, version: one.version + 1, state: 'disabled' })
  }
  const after = new Map([...before, ...changed].map((one) => [key(one), one] as const))
  return { changed, after: [...after.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) }
}

/** What of a configuration can be compared: closures are compared by what they were made from. */
const plain = (configuration: Configuration | null) =>
  JSON.parse(
    JSON.stringify(configuration, (name, value: unknown) => {
      if (name === 'others') return undefined
      return value instanceof Map
        ? [...value].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
        : value
    }),
  )

test('what changed, compiled into what stood, is what all would be compiled together', () => {
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 1, maxLength: 4 }), (states) => {
      let resources: readonly Resource[] = []
      let amended = EMPTY_CONFIGURATION
      for (const state of states) {
        const next = step(resources, resourcesOf(state))
        resources = next.after
        const compiled = amend(amended, next.changed)
        expect(plain(compiled)).toEqual(plain(compileConfiguration(resources, context).configuration))
        if (compiled === null) throw new Error('it does not compile')
        amended = compiled
      }
    }),
    { numRuns: 60, seed: 20261124 },
  )
})

test('takes over compiled mappings, roles and indexes that did not change', () => {
  const first = step([], resourcesOf({ mappings: Array(40).fill(2), maxHours: 1, issuer: 0 }))
  const before = amend(EMPTY_CONFIGURATION, first.changed)
  const second = step(
    first.after,
    resourcesOf({ mappings: [5, ...Array(39).fill(2)], maxHours: 1, issuer: 0 }),
  )
  expect(second.changed.map(({ name }) => name)).toEqual(['m-0'])
  const after = amend(before ?? EMPTY_CONFIGURATION, second.changed)
  expect(after?.roles.get('fixed')).toBe(before?.roles.get('fixed'))
  expect(after?.standing.mappings.filter((one) => before?.standing.mappings.includes(one)).length).toBe(39)
  const groups = (one: Configuration | null) => one?.mappings.get('ci')?.found.byRole
  expect(groups(after)?.get('other')).toBe(groups(before)?.get('other'))
  expect(groups(after)?.get('fixed')).not.toBe(groups(before)?.get('fixed'))
})
