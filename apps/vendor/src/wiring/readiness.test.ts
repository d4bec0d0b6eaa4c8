import { expect, test } from 'vitest'
import { notServing, type ReadinessOf, readinessOf } from './readiness.ts'

const MIB = 1024 * 1024
const well: ReadinessOf = {
  generation: () => 3,
  readConfiguration: async () => 3,
  audit: { healthy: () => true, recheck: () => undefined },
  breakers: () => [{ target: 'store', state: 'closed' }],
  keySets: () => [{ issuer: 'ci', stale: false, usable: true }],
  unreconciled: () => [],
  diskFreeBytes: () => 1024 * MIB,
  isClockBehind: () => false,
  log: { isRolledBack: () => false, hasAnchors: true, anchorsBehind: () => [], sinksFailing: () => [] },
}

const CASES: readonly {
  readonly name: string
  readonly of: Partial<ReadinessOf>
  readonly ready: boolean
  readonly told: readonly string[]
}[] = [
  { name: 'all is well', of: {}, ready: true, told: [] },
  { name: 'nothing was applied yet', of: { generation: () => 0 }, ready: true, told: [] },
  {
    name: 'the configuration cannot be read',
    of: { readConfiguration: () => Promise.reject(new Error('no')) },
    ready: false,
    told: ['config_database not_readable'],
  },
  {
    name: 'the log cannot be written',
    of: { audit: { healthy: () => false, recheck: () => undefined } },
    ready: false,
    told: ['audit_log not_writable'],
  },
  {
    name: 'an anchor holds a newer log',
    of: {
      log: { isRolledBack: () => true, hasAnchors: true, anchorsBehind: () => [], sinksFailing: () => [] },
    },
    ready: false,
    told: ['audit_log rolled_back'],
  },
  {
    name: 'an anchor cannot be written',
    of: {
      log: {
        isRolledBack: () => false,
        hasAnchors: true,
        anchorsBehind: () => ['file:/anchor'],
        sinksFailing: () => [],
      },
    },
    ready: true,
    told: ['anchors some_behind file:/anchor'],
  },
  {
    name: 'no anchor is configured',
    of: {
      log: {
        isRolledBack: () => false,
        hasAnchors: false,
        anchorsBehind: () => [],
        sinksFailing: () => [],
      },
    },
    ready: true,
    told: [],
  },
  {
    name: 'a sink cannot be delivered to',
    of: {
      log: {
        isRolledBack: () => false,
        hasAnchors: true,
        anchorsBehind: () => [],
        sinksFailing: () => ['siem'],
      },
    },
    ready: true,
    told: ['sinks some_failing siem'],
  },
  {
    name: 'a store is held back',
    of: {
      breakers: () => [
        { target: 'store', state: 'open' },
        { target: 'other', state: 'closed' },
      ],
    },
    ready: true,
    told: ['targets some_held_back store'],
  },
  {
    name: 'keys are past their time',
    of: { keySets: () => [{ issuer: 'ci', stale: true, usable: true }] },
    ready: true,
    told: ['key_sets some_stale ci'],
  },
  {
    name: 'keys cannot be read at all, at either door',
    of: {
      keySets: () => [
        { issuer: 'ci', stale: false, usable: false },
        { issuer: 'ci', stale: true, usable: true },
      ],
    },
    ready: true,
    told: ['key_sets some_unreadable ci'],
  },
  {
    name: 'the disk is nearly full',
    of: { diskFreeBytes: () => 255 * MIB },
    ready: true,
    told: ['disk nearly_full'],
  },
  {
    name: 'nobody can tell of the disk',
    of: { diskFreeBytes: () => null },
    ready: true,
    told: ['disk unknown'],
  },
]

test.each(CASES)('$name: ready is $ready', async ({ of, ready, told }) => {
  const report = await readinessOf({ ...well, ...of })
  const bad = report.checks.filter(({ ok }) => !ok)
  expect(report.ready).toBe(ready)
  expect(bad.map(({ name, detail, about = [] }) => [name, detail, ...about].join(' '))).toEqual(told)
})

test('a log that cannot be written is tried again whenever somebody asks', async () => {
  let tries = 0
  await readinessOf({ ...well, audit: { healthy: () => false, recheck: () => void tries++ } })
  await readinessOf({ ...well, audit: { healthy: () => true, recheck: () => void tries++ } })
  expect(tries).toBe(1)
})

test.each(['starting', 'stopping'] as const)('one that is %s is not ready', (detail) => {
  expect(notServing(detail)).toMatchObject({ ready: false, checks: [{ name: 'service', detail }] })
})
