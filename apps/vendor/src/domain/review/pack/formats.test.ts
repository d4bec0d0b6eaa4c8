import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ItemStanding } from '../item.ts'
import { firstStanding } from '../item.ts'
import { REPORT_COLUMNS, reportRow, rowOfLast } from '../report.ts'
import type { ItemFinding, ReviewItem } from '../snapshot.ts'
import type { PackFacts, SealedReview } from './facts.ts'
import { createItemFacts } from './item-facts.ts'
import type { PackFormat } from './manifest.ts'
import { partJson, tableCsv } from './part.ts'
import { partsOf } from './parts.ts'
import { reportHtml } from './report-html.ts'

const rita = { issuer: 'https://idp.example.com', sub: 'rita', person: 'rita@example.com' }
const ann = { issuer: 'https://idp.example.com', sub: 'ann', person: 'ann@example.com' }
const at = (hours: number) => new Date(Date.parse('2026-10-01T00:00:00Z') + hours * 3_600_000).toISOString()
const step = (hours: number, seq: number) => ({ by: rita, at: at(hours), seq })
const checkpoint = { size: 40, root: 'a'.repeat(64) }
const counted = { enabled: 2, disabled: 1, inScope: 2 }
const population = {
  mapping: counted,
  issuer: counted,
  target: counted,
  admin_binding: counted,
  exception: counted,
}

const SAID = { severity: 'warning', message: '2 events could not be written', fix: 'look' } as const

const REVIEW: SealedReview = {
  id: 'rev_0193f000-0000-7000-8000-000000000000',
  state: 'sealed',
  revision: 9,
  plan: {
    title: 'third quarter',
    period: { from: at(-2000), to: at(0) },
    frameworks: ['soc2-cc6.3'],
    scope: { kinds: [], issuers: [], roles: [], targets: [], owners: [], mappings: [] },
    dueAt: at(700),
    noResponse: 'suspend',
    minReviewers: 1,
    criticalBuckets: ['artifacts'],
    reviewers: [],
    fallback: null,
    remindDays: [7, 1],
  },
  drafted: step(1, 40),
  prepared: {
    ...step(2, 41),
    ...{ generation: 3, configurationHash: 'b'.repeat(64), population, items: 3 },
    ...{ snapshotSha256: 'c'.repeat(64), checkpoint },
  },
  started: step(3, 42),
  due: null,
  held: null,
  released: null,
  acknowledged: [
    {
      ...{ by: rita, at: at(70), seq: 59, rationale: 'the disk was full that night' },
      findings: [
        {
          ...{ key: 'S19/log/audit/gap:9', detector: 'S19', rule: 'log-health', firstSeen: at(-50) },
          ...SAID,
        },
      ],
    },
  ],
  reminded: [],
  closed: { ...step(80, 60), counts: { attested: 2, verified: 1 }, reason: null },
  sealed: { ...step(81, 61), checkpoint: { size: 60, root: 'd'.repeat(64) }, itemsSha256: 'e'.repeat(64) },
}

function itemOf(n: number, more: Partial<ReviewItem>): ReviewItem {
  return {
    ...{ n, kind: 'mapping', name: `m-${n}`, resource: { kind: 'mapping', name: `m-${n}` }, version: 1 },
    ...{ sha256: 'f'.repeat(64), body: {}, owner: 'team@example.com', purpose: 'a <test>', words: ['it'] },
    ...{ makers: [{ version: 1, author: ann, approver: null }], opens: null, usage: null, keySince: null },
    findings: [],
    ...{ moreFindings: 0, risk: 20, recommendation: 'keep', because: ['it may write'] },
    ...{ required: 1, reviewers: [] },
    ...more,
  }
}

function decided(verdict: 'attest' | 'revoke', more: Partial<ItemStanding>): ItemStanding {
  const decision = {
    ...{ by: rita, signedIn: { acr: 'mfa', authTime: at(3) }, at: at(4), seq: 43, verdict },
    ...{ rationale: 'looked at with its owner', evidence: null, seenVersion: 1, until: null },
  }
  return { ...firstStanding([]), revision: 2, decisions: [decision], ...more }
}

/**
 * Not what items hold today, hence the casts: the sums of the frozen formats below are of packs with these very values.
 */
const proof = { by: 'decision', holds: true, outcome: 'refused', code: 'no_mapping', others: [], live: 0 }
const remediation = {
  ...{ how: 'revoked', generation: 4, version: 2, revocation: 'rvk_1', detail: null },
  ...{ sessions: { found: 3, proved: 3 }, change: null, at: at(5), by: rita },
}

/** As the flow gathers it; what a test does not read is left as it is. */
function sampleFacts(items: readonly (readonly [ReviewItem, ItemStanding])[] = ITEMS): PackFacts {
  const { facts, add } = createItemFacts()
  for (const [item, standing] of items) add(item, standing)
  return {
    review: REVIEW,
    rows: items.map(([item, standing]) => reportRow(item, standing)),
    earlierRows: items.map(([item, standing]) => rowOfLast(item, standing)),
    items: facts,
    population: {
      kinds: (['mapping', 'issuer'] as const).map((kind) => ({
        ...{ kind, configuration: counted, snapshot: 2, log: { enabled: 2, disabled: 1 } },
      })),
      unlike: [],
      seen: [{ issuer: 'ci', mapping: 'm-1', events: 7, place: 'in the snapshot' }],
      pruned: 0,
      prunedConfiguration: 0,
    },
    changes: [
      {
        ...{ seq: 50, at: at(5), generation: 4, author: rita, approver: null },
        ...{ kind: 'mapping', name: 'm-2', action: 'disable', version: 2 },
      },
    ],
    log: {
      start: checkpoint,
      end: { size: 64, root: '1'.repeat(64), note: 'a note' },
      consistency: ['x'],
      events: new Map([['review.sealed', 1]]),
    },
    samples: [
      {
        ...{ of: 'grant', population: 1 },
        drawn: [{ seq: 9, ticket: '0a', at: at(-9), type: 'assume.issued', what: 'asm_1' }],
      },
    ],
  }
}

const FINDING: ItemFinding = {
  ...{ detector: 'S06', rule: 'mutable-name', message: 'by name', fix: 'by id' },
  severity: 'warning',
}
const ITEMS: readonly (readonly [ReviewItem, ItemStanding])[] = [
  [itemOf(1, { findings: [FINDING] }), decided('attest', { state: 'attested' })],
  // What a proof and a remediation have beyond what is read here is left out.
  [
    itemOf(2, {}),
    decided('revoke', {
      state: 'verified',
      remediation,
      proof: { ...proof, at: at(9) },
    } as unknown as Partial<ItemStanding>),
  ],
  [
    itemOf(3, {
      kind: 'target',
      name: 'store',
      resource: { kind: 'target', name: 'store' },
      keySince: at(-4000),
    }),
    decided('attest', { state: 'attested' }),
  ],
]

const bob = { issuer: 'https://idp.example.com', sub: 'bob', person: 'bob@example.com' }
/** The same person as `rita`, spelt otherwise. */
const ritaAgain = { issuer: 'https://idp.example.com', sub: 'rita-2', person: ' RITA@example.com' }
const carl = { issuer: 'https://idp.example.com', sub: 'carl', person: 'carl@example.com' }

type Vote = readonly [by: typeof rita, verdict: 'attest' | 'revoke', seenVersion: number, hours: number]
function votes(...all: readonly Vote[]): Pick<ItemStanding, 'decisions'> {
  return {
    decisions: all.map(([by, verdict, seenVersion, hours], index) => ({
      ...{ by, verdict, seenVersion, at: at(hours), seq: 43 + index },
      ...{ signedIn: { acr: null, authTime: null }, rationale: `${by.sub} said so for a reason` },
      ...{ evidence: null, until: null },
    })),
  }
}
/** Two persons who differ, a vote over what changed since, and one person as two. */
const OF_TWO: readonly (readonly [ReviewItem, ItemStanding])[] = [
  [
    itemOf(1, { required: 2 }),
    decided('revoke', {
      ...votes([rita, 'revoke', 1, 4], [bob, 'attest', 1, 6]),
      ...{ state: 'verified', remediation, proof: { ...proof, at: at(9) } },
    } as unknown as Partial<ItemStanding>),
  ],
  [
    itemOf(2, { required: 2 }),
    decided('attest', {
      ...votes([rita, 'attest', 1, 4], [bob, 'attest', 2, 5], [carl, 'attest', 2, 6]),
      state: 'attested',
    }),
  ],
  [
    itemOf(3, { required: 2 }),
    decided('attest', { ...votes([rita, 'attest', 1, 4], [ritaAgain, 'attest', 1, 5]), state: 'attested' }),
  ],
]
/** One person as two who differ. */
const OF_ONE: readonly (readonly [ReviewItem, ItemStanding])[] = [
  [
    itemOf(1, { required: 2 }),
    decided('attest', { ...votes([rita, 'attest', 1, 4], [ritaAgain, 'revoke', 1, 5]), state: 'verified' }),
  ],
]

/** Every byte of parts and report. */
function bytesOf(facts: PackFacts, format: PackFormat): string {
  const parts = partsOf(facts, format)
  const head = { title: 'third quarter', review: REVIEW.id, lines: ['a line'] }
  return [
    ...parts.flatMap((part) => [
      partJson(part),
      ...part.tables.flatMap((table) => [...tableCsv(table, format)]),
    ]),
    ...reportHtml(head, parts, format),
  ].join('')
}

test.each([
  ['stint-pack@v1', ITEMS, 'abb07b33c7addb93747ffc5d7e2e7986501f0473ca51b8999ee6b29354a88995'],
  ['stint-pack@v2', ITEMS, '721bac60674f6496e1ce5326c9141354f6cf96957dbc624570b284df54e36aca'],
  ['stint-pack@v1', OF_TWO, 'ede24a86880f390520f288a5960d8de710f25b0ea46d8ec168c654ac7e1fd092'],
  ['stint-pack@v2', OF_TWO, '65b48418b7b355806b9d04e0b9aa91bc7b332cfbbd4a345afebdc770a511db56'],
] as const)('%s is made as it always was, byte for byte', (format, items, sha256) => {
  expect(
    createHash('sha256')
      .update(bytesOf(sampleFacts(items), format))
      .digest('hex'),
  ).toBe(sha256)
})

test('of two persons the third form says what they came to, whose votes counted, and how long it took', () => {
  const parts = new Map(partsOf(sampleFacts(OF_TWO), 'stint-pack@v3').map((part) => [part.name, part]))
  const rowsOf = (name: string, suffix = '') =>
    parts.get(name)?.tables.find((table) => table.suffix === suffix)?.rows ?? []
  const items = rowsOf('03-items').map((cells) =>
    Object.fromEntries(REPORT_COLUMNS.map((column, index) => [column, cells[index]])),
  )
  // Who wanted it revoked is why it was; the other one is told beside.
  expect(items[0]).toMatchObject({
    ...{ state: 'verified', verdict: 'revoke', rationale: 'rita said so for a reason', decidedAt: at(6) },
    ...{ reviewer: expect.stringContaining('rita'), secondReviewer: expect.stringContaining('bob') },
    hoursToProof: '3',
  })
  // A vote over what changed since made nobody a second person.
  expect(items[1]).toMatchObject({
    ...{ verdict: 'attest', reviewer: expect.stringContaining('carl'), seenVersion: '2' },
    secondReviewer: expect.stringContaining('bob'),
  })
  expect(rowsOf('05-remediation')[0]?.slice(3, 6)).toEqual(['verified', 'revoke', at(6)])
  expect(rowsOf('05-remediation', '-hours')).toContainEqual(['within 4 hours', 1])
  // One person under two spellings decided twice.
  const breaches = rowsOf('09-duties').flatMap((row) => (row.at(-1) === null ? [] : [row.at(-1)]))
  expect(breaches).toEqual(['decided twice where two persons were wanted'])
})

test('one person who votes twice over a version is a breach in the third form, whatever the votes say', () => {
  const said = (format: PackFormat) =>
    partsOf(sampleFacts(OF_ONE), format)
      .find(({ name }) => name === '09-duties')
      ?.tables[0]?.rows.map((row) => row.at(-1))
  expect(said('stint-pack@v3')).toEqual([null, 'decided twice where two persons were wanted'])
  expect(said('stint-pack@v2')).toEqual([null, null])
})

test('the second form has detectors, the age of keys, the time to revoke, and what was found about the log', () => {
  const parts = new Map(partsOf(sampleFacts(), 'stint-pack@v3').map((part) => [part.name, part]))
  const rowsOf = (name: string, suffix: string) =>
    parts.get(name)?.tables.find((table) => table.suffix === suffix)?.rows
  expect(parts.size).toBe(10)
  expect(rowsOf('03-items', '-findings')).toEqual([
    [1, 'mapping', 'm-1', 'S06', 'mutable-name', 'warning', 'by name', 'by id'],
  ])
  expect(rowsOf('03-items', '')?.[0]).toContain('S06 mutable-name')
  expect(rowsOf('03-items', '-keys')).toEqual([[3, 'target', 'store', at(-4000), 166]])
  expect(rowsOf('03-items', '-key-ages')).toContainEqual(['up to 180 days', 1])
  expect(rowsOf('05-remediation', '-hours')).toEqual([
    ['within an hour', 0],
    ['within 4 hours', 0],
    ['within a day', 1],
    ['within 3 days', 0],
    ['within a week', 0],
    ['later', 0],
    ['not shown to be over', 0],
  ])
  expect(rowsOf('08-log', '-findings')?.[0]).toEqual(
    expect.arrayContaining(['S19', 'log-health', 'the disk was full that night']),
  )
})

test('the charts are drawn beside their tables, of nothing but the page itself', () => {
  const parts = partsOf(sampleFacts(), 'stint-pack@v2')
  const page = [...reportHtml({ title: 't', review: 'r', lines: [] }, parts, 'stint-pack@v2')].join('')
  const figures = page.match(/<figure>.*?<\/figure>\n<div class="scroll"><table>/gs) ?? []
  expect(figures).toHaveLength(2)
  for (const figure of figures) expect(figure).toMatch(/role="img" aria-label="[^"]+"/)
  expect(page).not.toMatch(/ style="|<script|href="(?!#)|url\(/)
  expect(bytesOf(sampleFacts(), 'stint-pack@v1')).not.toContain('<figure')
})

test('where events of the configuration were pruned the log counts nothing, rather than wrongly', () => {
  const facts = sampleFacts()
  const pruned = {
    ...facts.population,
    ...{ prunedConfiguration: 4, unlike: ['mapping/m-1'] },
    seen: [
      { issuer: 'ci', mapping: 'm-1', events: 7, place: 'in the snapshot' },
      { issuer: 'ci', mapping: 'm-9', events: 7, place: 'ORPHAN' },
    ] as const,
  }
  const [, part] = partsOf({ ...facts, population: pruned }, 'stint-pack@v2')
  expect(part?.about.join(' ')).toMatch(/^4 events of the configuration were pruned/)
  expect(part?.about.join(' ')).not.toMatch(/NOT of the version|1 of them are orphans/)
  expect(part?.tables[0]?.rows[0]).toEqual(['mapping', 2, 1, 2, 2, null, null, null])
  expect(part?.tables[1]?.rows.map((row) => row[3])).toEqual(['in the snapshot', 'cannot tell'])
})
