import { expect, test } from 'vitest'
import { enabledResources } from '../../../../../test/corpus/base-configuration.ts'
import { LINT } from '../../../../../test/corpus/lint.ts'
import { POLICY_LINT, type PolicyLintRow } from '../../../../../test/corpus/policy-lint.ts'
import { lintConfiguration } from './lint.ts'
import { ROLE_AND_POLICY_RULES } from './lint-roles.ts'

const NOW = Date.UTC(2026, 10, 24)
const TARGETS = {
  minio: { kind: 'minio', endpoint: 'https://minio.example.com' },
  rgw: { kind: 'rgw', endpoint: 'https://rgw.example.com', roleArn: 'arn:aws:iam:::role/stint-store' },
  aws: {
    kind: 'aws',
    endpoint: 'https://sts.eu-west-1.amazonaws.com',
    region: 'eu-west-1',
    roleArn: 'arn:aws:iam::111122223333:role/stint-store',
  },
}
const OTHER = { kind: 'minio', endpoint: 'https://other.example.com' }

function findingsOf(row: Omit<PolicyLintRow, 'rule' | 'finds' | 'name'>) {
  const { kind = 'minio', statements, placeholders, role, policies = {}, roles = {} } = row
  const documentOf = (all: readonly object[]) => ({ Version: '2012-10-17', Statement: all })
  const a = {
    target: 'store',
    policies: [{ use: 'p@1', ...(row.with === undefined ? {} : { with: row.with }) }],
    lifetime: { default: '1h', max: '1h' },
    for: 'machine',
    ...role,
  }
  const resources = enabledResources({
    issuers: { ci: { preset: 'generic', url: 'https://ci.example.com', audiences: ['x'], for: 'machine' } },
    targets: { store: TARGETS[kind], other: OTHER },
    policies: {
      'p@1': { document: documentOf(statements), ...(placeholders === undefined ? {} : { placeholders }) },
      ...Object.fromEntries(
        Object.entries(policies).map(([name, all]) => [name, { document: documentOf(all) }]),
      ),
    },
    roles: {
      a,
      ...Object.fromEntries(Object.entries(roles).map(([name, over]) => [name, { ...a, ...over }])),
    },
    mappings: {},
  })
  return lintConfiguration(resources, NOW)
}

test.each(POLICY_LINT)('$rule, $name: $finds', (row) => {
  expect(findingsOf(row).some(({ rule }) => rule === row.rule)).toBe(row.finds)
})

test('each rule has cases in which it finds something and cases in which it does not', () => {
  const ids = ROLE_AND_POLICY_RULES.map(({ id }) => id)
  expect(ids.length).toBeGreaterThanOrEqual(50)
  for (const id of ids) {
    const rows = [...POLICY_LINT, ...LINT].filter(({ rule }) => rule === id)
    expect([id, rows.some(({ finds }) => finds), rows.some(({ finds }) => !finds)]).toEqual([id, true, true])
  }
  expect(POLICY_LINT.filter(({ rule }) => !ids.includes(rule))).toEqual([])
})

test('finds nothing but what is asked about in a role that reads and writes a place of its own', () => {
  const ACTIONS = ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
  const found = findingsOf({
    statements: [{ Effect: 'Allow', Action: ACTIONS, Resource: 'arn:aws:s3:::artifacts/{{p}}/*' }],
    placeholders: { p: { type: 'path', maxBytes: 200 } },
    with: { p: { claim: ['repository'] } },
  })
  expect(found.filter(({ kind }) => kind === 'policy')).toEqual([])
  expect(found.filter(({ kind }) => kind === 'role').map(({ rule }) => rule)).toEqual(['role-unused'])
})

test('says the place in the document, so that a plan has its line', () => {
  const [found] = findingsOf({
    statements: [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b1a/x/*' },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:DeleteObjectVersion'],
        Resource: 'arn:aws:s3:::b1a/y/*',
      },
    ],
  }).filter(({ rule }) => rule === 'delete-for-good')
  expect(found).toMatchObject({ kind: 'policy', name: 'p@1', at: ['document', 'Statement', 1, 'Action', 1] })
})

test('a policy that roles of two dialects pin is read as each does, and each finding said once', () => {
  const statements = [{ Effect: 'Allow', Action: 's3:GetObjectVersion', Resource: 'arn:aws:s3:::b1a/x/*' }]
  const found = findingsOf({ kind: 'aws', statements, roles: { b: { target: 'other' } } })
  expect(found.filter(({ rule }) => rule === 'version-reads-object')).toHaveLength(1)
})
