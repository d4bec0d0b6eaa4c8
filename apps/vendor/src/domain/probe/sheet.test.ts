import { expect, test } from 'vitest'
import { lintProbes, PROBE_LINT_RULES } from '../lint/probe-rules.ts'
import type { TargetBody } from '../resource.ts'
import { dueAt } from './schedule.ts'
import type { ProbeRecord, Sheet, SheetHead } from './sheet.ts'
import { headOf, isFresh, liftsRule7, whatChanged } from './sheet.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 25)
const iso = (ms: number) => new Date(ms).toISOString()

const BODY: TargetBody = {
  kind: 'minio',
  mode: 'issued-identity',
  endpoint: 'https://minio.example.com',
  region: '',
  allowPrivateAddresses: [],
  subjectBudget: null,
  probe: { bucket: 'stint-probe', prefix: 'stint-probe', everySeconds: 86_400 },
}
const { kind, mode, endpoint, region } = BODY
const STORE = { kind, mode, endpoint, region }

const tried = (id: string, over: Partial<Sheet['tries'][number]> = {}): Sheet['tries'][number] => ({
  id,
  group: 'forged',
  title: '',
  expected: '',
  bears: 'weakness',
  verdict: 'holds',
  reason: null,
  steps: [],
  ms: 1,
  ...over,
})

function sheet(over: Partial<Sheet> = {}): SheetHead {
  return headOf({
    probe: 'prb_1',
    target: { name: 'store', version: 1 },
    role: null,
    store: STORE,
    trigger: 'asked',
    actor: null,
    began: iso(NOW - DAY),
    ended: iso(NOW - DAY),
    outcome: 'completed',
    code: null,
    identity: { server: 'MinIO', reads: { 'forged-prefix': 'holds' } },
    tries: [tried('forged-prefix'), tried('confined-outside', { group: 'confinement', bears: 'guarantee' })],
    sessions: { minted: 3, proved: 3, unproved: [] },
    left: [],
    ...over,
  })
}
const of = (completed: SheetHead | null, more: Partial<ProbeRecord> = {}): ProbeRecord => ({
  newest: completed,
  completed,
  before: null,
  ofRole: null,
  ...more,
})

const LIFTS = [
  { name: 'a fresh sheet of this store that withstood everything', head: sheet(), lifts: true },
  { name: 'none', head: null, lifts: false },
  { name: 'one of 30 days', head: sheet({ ended: iso(NOW - 30 * DAY) }), lifts: false },
  { name: 'one a moment younger than 30 days', head: sheet({ ended: iso(NOW - 30 * DAY + 1) }), lifts: true },
  { name: 'one from the future: a clock was set', head: sheet({ ended: iso(NOW + 1) }), lifts: false },
  {
    name: 'one of another endpoint',
    head: sheet({ store: { ...STORE, endpoint: 'https://b.example.com' } }),
    lifts: false,
  },
  { name: 'one of another mode', head: sheet({ store: { ...STORE, mode: 'assume-role' } }), lifts: false },
  {
    name: 'one in which one condition was forged',
    head: sheet({ tries: [tried('a'), tried('b', { verdict: 'fails' })] }),
    lifts: false,
  },
  {
    name: 'one in which one condition was not tried',
    head: sheet({ tries: [tried('a'), tried('b', { verdict: 'not_tried' })] }),
    lifts: false,
  },
  { name: 'one in which nothing was tried', head: sheet({ tries: [] }), lifts: false },
  { name: 'one that was cut', head: sheet({ outcome: 'cut' }), lifts: false },
  { name: 'one of a role', head: sheet({ role: { name: 'a', version: 1 } }), lifts: false },
]

test.each(LIFTS)('rule 7 by $name: $lifts', ({ head, lifts }) => {
  expect(liftsRule7(of(head), STORE, NOW)).toBe(lifts)
})

test('a sheet is fresh for thirty days and not a moment longer', () => {
  const ended = iso(NOW)
  expect([
    isFresh({ ended }, NOW),
    isFresh({ ended }, NOW + 30 * DAY - 1),
    isFresh({ ended }, NOW + 30 * DAY),
  ]).toEqual([true, true, false])
})

const unproved = {
  minted: 1,
  proved: 0,
  unproved: [{ assumption: 'asm_1', detail: 'x', latestExpiry: iso(NOW) }],
}
const broken = [tried('confined-outside', { bears: 'guarantee', verdict: 'fails' })]
const blind = [
  tried('forged-prefix', {
    verdict: 'not_tried',
    reason: 'the store lets the probe neither write nor read in its own bucket',
  }),
]
const other = { server: 'MinIO', reads: { 'forged-prefix': 'fails' } } as const
const RULES: readonly { rule: string; finds: ProbeRecord; not: ProbeRecord }[] = [
  { rule: 'never-probed', finds: of(null), not: of(sheet()) },
  {
    rule: 'probe-failed',
    finds: of(null, { newest: sheet({ outcome: 'failed', code: 'target_refused' }) }),
    not: of(sheet()),
  },
  { rule: 'probe-broken', finds: of(sheet({ tries: broken })), not: of(sheet()) },
  { rule: 'probe-unended', finds: of(sheet({ sessions: unproved })), not: of(sheet()) },
  { rule: 'probe-old', finds: of(sheet({ ended: iso(NOW - 31 * DAY) })), not: of(sheet()) },
  { rule: 'probe-blind', finds: of(sheet({ tries: blind })), not: of(sheet()) },
  {
    rule: 'store-changed',
    finds: of(sheet(), { before: sheet({ identity: other }) }),
    not: of(sheet(), { before: sheet() }),
  },
  { rule: 'rests-on-probe', finds: of(sheet()), not: of(null) },
  { rule: 'probe-stale', finds: of(null), not: of(sheet()) },
]
const rulesOf = (record: ProbeRecord) => {
  const targets = [{ name: 'store', body: BODY, record }]
  return lintProbes({ targets, roles: [{ name: 'r', target: 'store', conditions: 1 }] }, NOW).map(
    ({ rule }) => rule,
  )
}

test.each(RULES)('$rule is found where it is, and not where it is not', ({ rule, finds, not }) => {
  expect([rulesOf(finds).includes(rule), rulesOf(not).includes(rule)]).toEqual([true, false])
})

test.each([
  ['before it', sheet({ ended: iso(NOW - 2 * DAY) }), true],
  ['after it', sheet({ ended: iso(NOW) }), false],
  [
    'after it, at another store',
    sheet({ ended: iso(NOW), store: { ...STORE, endpoint: 'http://other' } }),
    true,
  ],
] as const)(
  'a failed probe is told of where a role of the target was probed %s: %#',
  (_when, ofRole, isTold) => {
    const failed = sheet({ outcome: 'failed', ended: iso(NOW - DAY) })
    expect(rulesOf(of(null, { newest: failed, ofRole })).includes('probe-failed')).toBe(isTold)
  },
)

test('each rule about probes has a case', () => {
  expect(RULES.map(({ rule }) => rule)).toEqual(PROBE_LINT_RULES.map(({ id }) => id))
})

test('a try that could not be made this time is no other store', () => {
  const now = { server: 'MinIO', reads: {} }
  expect(whatChanged({ server: 'MinIO', reads: { 'forged-prefix': 'fails' } }, now)).toBe(null)
  expect(whatChanged({ server: 'MinIO', reads: {} }, { server: 'RustFS', reads: {} })).toContain('RustFS')
  expect(whatChanged(null, now)).toBe(null)
})

const DUE = {
  newest: sheet({ ended: iso(NOW) }),
  sameStore: true,
  failures: 0,
  everyMs: DAY,
  nowMs: NOW,
  spread: 0,
}

test('due: at once where nobody looked, by the schedule, sooner after a failure, never where nobody wants it', () => {
  expect(dueAt({ ...DUE, newest: null })).toEqual({ atMs: NOW, trigger: 'new_target' })
  expect(dueAt({ ...DUE, sameStore: false })).toEqual({ atMs: NOW, trigger: 'new_target' })
  expect(dueAt(DUE)).toEqual({ atMs: NOW + DAY, trigger: 'schedule' })
  expect(dueAt({ ...DUE, spread: 1 })?.atMs).toBe(NOW + 0.9 * DAY)
  expect([1, 2, 3].map((failures) => (dueAt({ ...DUE, failures })?.atMs ?? 0) - NOW)).toEqual([
    60_000, 120_000, 240_000,
  ])
  expect(dueAt({ ...DUE, failures: 1_000 })?.atMs).toBe(NOW + DAY)
  expect(dueAt({ ...DUE, everyMs: null })).toBe(null)
})
