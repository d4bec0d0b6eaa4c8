import { describe, expect, test } from 'vitest'
import {
  baseConfiguration,
  enabledResources,
  ID,
  is,
  when,
} from '../../../../../test/corpus/base-configuration.ts'
import { DETECTOR_ROWS, type DetectorRow, daysAgo, NOW } from '../../../../../test/corpus/detectors.ts'
import { LINT_RULES } from '../lint/lint.ts'
import type { Resource } from '../resource.ts'
import { DETECTORS, detect } from './detect.ts'
import type { Evidence, History, MappingUse } from './evidence.ts'
import { THRESHOLDS } from './thresholds.ts'

type Cells = Partial<Omit<DetectorRow, 'detector' | 'finds' | 'name'>>

const HISTORY: History = {
  inForceMs: daysAgo(200),
  changedMs: daysAgo(200),
  approved: true,
  contentVersion: 1,
  attestedMs: null,
  exceptionsAttestedMs: {},
  acceptedMs: {},
}
const USE: MappingUse = {
  ever: { firstMs: daysAgo(199), lastMs: daysAgo(1) },
  sessions: 500,
  longestGivenSeconds: 3_600,
  p95GivenSeconds: 3_600,
  before: { sessions: 40, networks: 2 },
}

const PEOPLE = {
  preset: 'generic',
  url: 'https://id.example.com',
  audiences: ['stint-people'],
  for: 'human',
}

function resourcesOf(cells: Cells): readonly Resource[] {
  const base = baseConfiguration(cells)
  const { admins, disabled = [], version = 1 } = cells
  const whole =
    admins === undefined ? base : { ...base, issuers: { ...base.issuers, people: PEOPLE }, admins }
  return enabledResources(whole).map((one) => ({
    ...one,
    version: one.kind === 'mapping' && one.name === 'm' ? version : 1,
    state: disabled.includes(`${one.kind}/${one.name}`) ? 'disabled' : 'enabled',
  }))
}

function evidenceOf(cells: Cells): Evidence {
  const resources = resourcesOf(cells)
  const names = resources.filter(({ kind }) => kind === 'mapping').map(({ name }) => name)
  const used = names.map((name) => [name, name === 'm' ? { ...USE, ...cells.use } : USE] as const)
  return {
    nowMs: NOW,
    thresholds: THRESHOLDS[cells.profile ?? 'standard'],
    twoPersons: cells.twoPersons ?? true,
    resources,
    history: new Map(
      resources.map(({ kind, name }) => {
        const key = `${kind}/${name}`
        return [key, { ...HISTORY, ...(key === 'mapping/m' ? cells.history : cells.histories?.[key]) }]
      }),
    ),
    use: {
      sinceMs: daysAgo(300),
      mappings: new Map(used.filter(([name]) => name !== 'm' || cells.use !== null)),
      refusals: [],
      newNetworks: [],
      subjects: [],
      shared: [],
      packedPercent: new Map(),
      ...cells.uses,
    },
    issuerKeys: cells.issuerKeys ?? [],
    secrets: cells.secrets ?? [],
    access: cells.access ?? null,
    log: {
      open: [],
      gaps: [],
      clockSteps: [],
      uncoveredMs: null,
      anchorsBehind: [],
      exceptions: [],
      ...cells.log,
    },
  }
}

const found = (cells: Cells) => detect(evidenceOf(cells)).found

test('finds nothing where nothing is wrong', () => {
  expect(found({})).toEqual([])
})

describe.each(DETECTORS)('$id', ({ id }) => {
  const rows = DETECTOR_ROWS.filter(({ detector }) => detector === id)

  test('is tried where it finds something and where it does not, three times at least', () => {
    expect(rows.filter(({ finds }) => finds).length).toBeGreaterThanOrEqual(3)
    expect(rows.filter(({ finds }) => !finds).length).toBeGreaterThanOrEqual(3)
  })

  test.each(rows)('$finds: $name', ({ finds, ...cells }) => {
    const own = found(cells).filter(({ detector }) => detector === id)
    expect(own.length > 0).toBe(finds)
  })
})

test('every row is of a detector that is there', () => {
  expect(new Set(DETECTOR_ROWS.map(({ detector }) => detector))).toEqual(
    new Set(DETECTORS.map(({ id }) => id)),
  )
  expect(DETECTORS.map(({ id }) => id)).toEqual(
    Array.from({ length: 20 }, (_, at) => `S${String(at + 1).padStart(2, '0')}`),
  )
})

test('no two findings of any row share a key, and the same evidence gives the same findings', () => {
  for (const row of DETECTOR_ROWS) {
    const all = found(row)
    const keys = all.map(({ key }) => key)
    expect(new Set(keys).size, row.name).toBe(keys.length)
    expect(found(row)).toEqual(all)
  }
})

test('the key of a finding does not change with the days that pass', () => {
  const keys = (days: number) =>
    found({ use: { ever: { firstMs: daysAgo(300), lastMs: daysAgo(days) } } }).map(({ key }) => key)
  expect(keys(91)).toEqual(['S01/mapping/m/unused'])
  expect(keys(120)).toEqual(keys(91))
})

test('what a detector takes from the lint stands once, with the rule and place of the lint', () => {
  const { lint, found: taken } = detect(evidenceOf({ mapping: { owner: 'bob' } }))
  expect(taken).toMatchObject([
    { detector: 'S10', rule: 'owner-unreachable', kind: 'mapping', name: 'm', at: ['owner'] },
  ])
  expect(lint.filter(({ rule }) => rule === 'owner-unreachable')).toEqual([])
})

test('what a detector leaves to the lint stands there', () => {
  const { lint, found: taken } = detect(evidenceOf(when(ID, is('event_name', 'pull_request'))))
  expect(taken.map(({ detector }) => detector)).not.toContain('S07')
  expect(lint.map(({ rule }) => rule)).toContain('pull-request')
})

test('every rule that a detector takes is one of the lint, and no two detectors take the same', () => {
  const taken = DETECTORS.flatMap(({ folds }) => folds)
  const known = new Set(LINT_RULES.map(({ id }) => id))
  expect(taken.filter((rule) => !known.has(rule))).toEqual([])
  expect(new Set(taken).size).toBe(taken.length)
})

test('an exception is a notice until nobody attested it for half a year', () => {
  const severityAfter = (days: number, attested: number | null) =>
    found({
      target: {
        mode: 'pass-through',
        roleArn: 'arn:minio:iam:::role/nOybJqMNzNmroqEKq5D0EUsRZw0',
        accept: ['pass_through'],
      },
      histories: {
        'target/store': {
          acceptedMs: { pass_through: daysAgo(days) },
          exceptionsAttestedMs: attested === null ? {} : { pass_through: daysAgo(attested) },
        },
      },
    }).map(({ detector, severity }) => `${detector} ${severity}`)
  expect(severityAfter(179, null)).toEqual(['S18 notice'])
  expect(severityAfter(181, null)).toEqual(['S18 warning'])
  expect(severityAfter(400, 30)).toEqual(['S18 notice'])
})

test('no finding has a claim value of a subject that was seen', () => {
  const text = JSON.stringify(
    found({
      more: { n: { role: 'other' } },
      uses: {
        subjects: [
          {
            issuer: 'ci',
            claims: { repository_id: '42', ref: 'refs/heads/main', ref_protected: 'true', sub: 'canary-sub' },
            assumption: 'asm_1',
          },
        ],
      },
    }),
  )
  expect(text).toContain('S12')
  expect(text).not.toContain('canary-sub')
})

test('each thing that is found about the log says what to do about that thing', () => {
  const rows = DETECTOR_ROWS.filter(({ detector, finds }) => detector === 'S19' && finds)
  const fixes = rows.flatMap(({ detector: _own, finds: _does, name: _name, ...cells }) =>
    found(cells).flatMap(({ detector, fix }) => (detector === 'S19' ? [fix] : [])),
  )
  expect(new Set(fixes).size).toBe(rows.length)
  expect(fixes).not.toContain(DETECTORS.find(({ id }) => id === 'S19')?.fix)
})
