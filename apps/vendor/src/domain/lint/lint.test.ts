import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LINT, type LintRow } from '../../../../../test/corpus/lint.ts'
import { POLICY_LINT } from '../../../../../test/corpus/policy-lint.ts'
import { readConfiguration } from '../../schema/resources.ts'
import type { Resource } from '../resource.ts'
import { GHOST_RULES } from './ghost-rules.ts'
import { LINT_RULES, lintConfiguration } from './lint.ts'
import { PROBE_LINT_RULES } from './probe-rules.ts'

const NOW = Date.UTC(2026, 10, 24)
const MAPPING = {
  issuer: 'ci',
  role: 'a',
  when: [
    { claim: ['repository_id'], equals: '42' },
    { claim: ['ref'], equals: 'refs/heads/main' },
    { claim: ['ref_protected'], equals: 'true' },
  ],
  owner: 'team@example.com',
  purpose: 'the nightly build reads its inputs',
  mode: 'enforce',
  expires: '2027-05-31',
}

function resourcesOf({
  issuer,
  mapping,
  more = {},
  role,
  target,
  actions,
  extra,
  admins = {},
}: Omit<LintRow, 'rule' | 'finds' | 'name'>) {
  const Statement = [{ Effect: 'Allow', Action: actions ?? ['s3:GetObject'], Resource: 'arn:aws:s3:::b/*' }]
  const roleBody = {
    target: 'store',
    policies: [{ use: 'p@1' }],
    lifetime: { default: '1h', max: '2h' },
    for: 'machine',
    ...role,
  }
  const others = Object.entries(more).map(([name, over]) => [name, { ...MAPPING, ...over }] as const)
  const needsOther = others.some(([, body]) => body.role === 'other') || others.some(([name]) => name === 'o')
  const base = {
    issuers: { ci: { preset: 'github-actions', audiences: ['https://stint.example.com'], ...issuer } },
    targets: { store: { kind: 'minio', endpoint: 'https://minio.example.com', ...target } },
    policies: { 'p@1': { document: { Version: '2012-10-17', Statement } } },
    roles: { a: roleBody, ...(needsOther ? { other: roleBody } : {}) },
    mappings: { m: { ...MAPPING, ...mapping }, ...Object.fromEntries(others) },
    admins: Object.fromEntries(
      Object.entries(admins).map(([sub, [person, ...roles]]) => [sub, { issuer: 'ci', sub, person, roles }]),
    ),
  }
  const merged =
    extra === undefined ? base : { ...base, issuers: { ...base.issuers, ...(extra as typeof base).issuers } } // the one row that has it
  const { declared, problems } = readConfiguration(merged)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  return declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // declared bodies are of their kind
}
const rulesOf = (row: Omit<LintRow, 'rule' | 'finds' | 'name'>) =>
  lintConfiguration(resourcesOf(row), NOW).map(({ rule }) => rule)

test('finds nothing in a mapping by ids with an owner, a purpose and an end', () => {
  expect(lintConfiguration(resourcesOf({}), NOW)).toEqual([])
})

test.each(LINT)('$rule, $name: $finds', (row) => {
  expect(rulesOf(row).includes(row.rule)).toBe(row.finds)
})

test('each rule has cases in which it finds something and cases in which it does not', () => {
  const ids = LINT_RULES.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThanOrEqual(25)
  for (const id of ids) {
    const rows = [...LINT, ...POLICY_LINT].filter(({ rule }) => rule === id)
    expect([id, rows.some(({ finds }) => finds), rows.some(({ finds }) => !finds)]).toEqual([id, true, true])
  }
  expect(LINT.filter(({ rule }) => !ids.includes(rule))).toEqual([])
})

test('says where, warnings first', () => {
  const row = { mapping: { owner: 'bob', when: [{ claim: ['repository'], equals: 'acme/app' }] } }
  const found = lintConfiguration(resourcesOf(row), NOW)
  expect(found[0]).toMatchObject({ severity: 'warning', kind: 'mapping', name: 'm' })
  expect(found.at(-1)?.severity).toBe('notice')
  expect(found.find(({ rule }) => rule === 'name-without-id')).toMatchObject({ at: ['when', 0] })
})

test('docs/LINT.md has a row for each rule, as it is', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../../docs/LINT.md'), 'utf8')
  const rows = page.split('\n').filter((line) => /^\| `/.test(line))
  expect(rows).toEqual(
    [...LINT_RULES, ...PROBE_LINT_RULES, ...GHOST_RULES].map(
      ({ id, severity, about, fix }) => `| \`${id}\` | ${severity} | ${about} | ${fix} |`,
    ),
  )
})
