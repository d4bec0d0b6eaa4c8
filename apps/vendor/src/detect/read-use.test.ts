import { expect, test } from 'vitest'
import { THRESHOLDS } from '../domain/detect/thresholds.ts'
import type { MappingRefusals, RefusalUse } from '../domain/usage.ts'
import { readUse } from './read-use.ts'

const NOW = Date.UTC(2026, 10, 25, 12)
const LIFETIMES = { count: 3, p50Seconds: 900, p95Seconds: 1_800, mostSeconds: 3_600 }
const COUNTS = { issued: 3, redelivered: 0, refused: 1, withheld: 0, upstreamFailed: 0 }

function reading(of: {
  readonly mappingRefusals?: readonly MappingRefusals[]
  readonly refusals?: readonly Pick<RefusalUse, 'from' | 'code' | 'role' | 'count'>[]
}) {
  const asked: unknown[] = []
  const reader = {
    async population(period: unknown) {
      asked.push(period)
      const usage = {
        mapping: 'm',
        counts: COUNTS,
        used: null,
        ever: { firstMs: 1, lastMs: 2 },
        versions: [],
        subjects: { count: 1, more: false },
        networks: { count: 2, more: false },
        given: LIFETIMES,
        asked: LIFETIMES,
      }
      return new Map([['m', usage]])
    },
    refusals: async () => (of.refusals ?? []).map((one) => ({ issuer: 'ci', firstMs: 0, lastMs: 0, ...one })),
    mappingRefusals: async () => of.mappingRefusals ?? [],
    async newNetworks(sinceMs: number) {
      asked.push(sinceMs)
      return [
        {
          mapping: 'm',
          network: '192.0.2.0/24',
          firstMs: 5,
          lastMs: 6,
          count: 1,
          firstSubject: { issuer: 'ci', sub: 'canary' },
        },
      ]
    },
    sharedSubjects: async () => [
      {
        issuer: 'ci',
        sub: 'canary',
        lastMs: 1,
        mappings: ['b', 'a'].map((mapping) => ({ mapping, role: `r-${mapping}`, lastMs: 1 })),
      },
    ],
  }
  return { read: readUse(reader, { nowMs: NOW, thresholds: THRESHOLDS.standard }), asked }
}

test('the use of 90 days, and networks since the quarter began with those of the year before it', async () => {
  const { read, asked } = reading({})
  const use = await read
  const quarter = Date.UTC(2026, 9, 1)
  expect(asked).toEqual([
    { fromMs: NOW - 90 * 86_400_000, toMs: NOW },
    quarter,
    { fromMs: quarter - 366 * 86_400_000, toMs: quarter - 1 },
  ])
  expect(use.mappings.get('m')).toEqual({
    ever: { firstMs: 1, lastMs: 2 },
    sessions: 3,
    longestGivenSeconds: 3_600,
    p95GivenSeconds: 1_800,
    before: { sessions: 3, networks: 2 },
  })
  expect(use.shared).toEqual([['a', 'b']])
})

test('whose sub it is goes no further', async () => {
  const use = await reading({}).read
  expect(JSON.stringify([use.newNetworks, use.shared])).not.toContain('canary')
})

test('refusals of a mapping are told of it by day with the commonest code, and not once more of its role', async () => {
  const { read } = reading({
    mappingRefusals: [
      { from: '2026-11-23', mapping: 'm', code: 'uses_exhausted', count: 9 },
      { from: '2026-11-24', mapping: 'm', code: 'claim_value_refused', count: 2 },
      { from: '2026-11-24', mapping: 'm', code: 'uses_exhausted', count: 1 },
    ],
    refusals: [
      { from: '2026-11-24', role: 'a', code: 'claim_value_refused', count: 2 },
      { from: '2026-11-24', role: 'a', code: 'no_mapping_matches', count: 7 },
      { from: '2026-11-24', role: null, code: 'no_mapping_matches', count: 70 },
    ],
  })
  const day = Date.UTC(2026, 10, 24) / 86_400_000
  expect((await read).refusals).toEqual([
    {
      kind: 'mapping',
      name: 'm',
      code: 'claim_value_refused',
      days: new Map([
        [day - 1, 9],
        [day, 3],
      ]),
    },
    { kind: 'role', name: 'a', code: 'no_mapping_matches', days: new Map([[day, 7]]) },
  ])
})
