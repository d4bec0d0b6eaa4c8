import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { baseConfiguration, enabledResources } from '../../../../../test/corpus/base-configuration.ts'
import { LINT, type LintRow } from '../../../../../test/corpus/lint.ts'
import { POLICY_LINT } from '../../../../../test/corpus/policy-lint.ts'
import { GHOST_RULES } from './ghost-rules.ts'
import { LINT_RULES, lintConfiguration } from './lint.ts'
import { PROBE_LINT_RULES } from './probe-rules.ts'

const NOW = Date.UTC(2026, 10, 24)
type Cells = Omit<LintRow, 'rule' | 'finds' | 'name'>

function resourcesOf({ issuers = {}, admins = {}, ...cells }: Cells) {
  const base = baseConfiguration(cells)
  return enabledResources({
    ...base,
    issuers: { ...base.issuers, ...issuers },
    admins: Object.fromEntries(
      Object.entries(admins).map(([sub, [person, ...roles]]) => [sub, { issuer: 'ci', sub, person, roles }]),
    ),
  })
}
const rulesOf = (row: Cells) => lintConfiguration(resourcesOf(row), NOW).map(({ rule }) => rule)

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
