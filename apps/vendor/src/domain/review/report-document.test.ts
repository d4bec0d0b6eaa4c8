import { expect, test } from 'vitest'
import { ITEM_KINDS } from './item.ts'
import { reportHtml } from './pack/report-html.ts'
import type { ReportRow } from './report.ts'
import { REPORT_COLUMNS } from './report.ts'
import { reportMarkdown } from './report-markdown.ts'
import { type ReportFacts, reportHead, reportParts } from './report-parts.ts'
import type { Population, Review } from './review.ts'

const HOSTILE =
  '<script>x</script> | [a](https://evil.example) `c` ![i](x) **b** \u202e www.evil.example 1. #'
const ROW = {
  ...Object.fromEntries(REPORT_COLUMNS.map((name) => [name, null])),
  ...{
    n: 1,
    kind: 'mapping',
    name: 'app-main',
    version: 3,
    risk: 25,
    recommendation: 'keep',
    state: 'attested',
  },
  ...{ because: [], findings: [], rationale: HOSTILE },
} as unknown as ReportRow // every column is there
const POPULATION = Object.fromEntries(
  ITEM_KINDS.map((kind, at) => [kind, { enabled: at, disabled: 10 + at, inScope: at }]),
) as unknown as Population // every kind is there
const FACTS: ReportFacts = {
  review: {
    id: 'rev_1',
    state: 'running',
    plan: {
      title: HOSTILE,
      period: { from: '2026-07-01T00:00:00Z', to: '2026-10-01T00:00:00Z' },
      dueAt: '2026-10-31T00:00:00Z',
    },
    prepared: {},
    closed: null,
    sealed: null,
  } as unknown as Review, // what the head reads
  counts: { attested: 1, pending: 2 },
  population: { prepared: POPULATION, standing: POPULATION },
  snapshot: { sha256: 'f'.repeat(64), holds: false },
  breaches: [{ n: 1, reviewer: { person: 'rita@example.com' } }],
  items: [ROW],
}
const html = (facts = FACTS) => [...reportHtml(reportHead(facts), reportParts(facts), 'alone')].join('')
const markdown = (facts = FACTS) => [...reportMarkdown(reportHead(facts), reportParts(facts))].join('')

test.each([
  ['a page', html],
  ['Markdown', markdown],
])('%s says how far it is, of what, who decided, and that a snapshot was touched', (_form, made) => {
  const said = made().replaceAll('\\', '')
  for (const one of [
    'It looks back on 2026-07-01 to 2026-09-30',
    'is not the one that the log has',
    'It is not sealed: what stands here may change.',
    '1 decisions are by persons who had a part',
    'rita@example.com',
    'app-main',
    'attested',
  ])
    expect(said).toContain(one)
  expect(made({ ...FACTS, snapshot: { ...FACTS.snapshot, holds: true }, breaches: [] })).toContain(
    'Nobody decided over what they had a part in',
  )
})

test('what somebody wrote is text on the page: nothing runs, nothing is fetched, nothing leads away', () => {
  const page = html()
  expect(page).not.toMatch(/<script|<img|href="(?!#)|src=/)
  expect(page).toContain('&lt;script&gt;')
  expect(page).toContain('[U+202E]')
  // In no pack: no table stands in a file beside it.
  expect(page).not.toContain('as in')
})

test('what somebody wrote is text in Markdown: no link, no HTML, no cell more', () => {
  const text = markdown()
  const row = text.split('\n').find((line) => line.includes('app-main')) ?? ''
  expect(row.replace(/\\./g, '').split('|').length).toBe(REPORT_COLUMNS.length + 2)
  expect(row).not.toMatch(/(?<!\\)[<[`!]/)
  expect(row).toContain('https:\\/\\/evil.example')
  expect(row).toContain('www\\.evil.example')
  expect(row).toContain('[U+202E]'.replaceAll(/[[\]]/g, '\\$&'))
})
