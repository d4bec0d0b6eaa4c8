import type { Resource } from '../../apps/vendor/src/domain/resource.ts'
import { readConfiguration } from '../../apps/vendor/src/schema/resources.ts'

/** What differs from the base: members over those of its issuer, its target, its role and its mapping `m`. */
export type BaseCells = {
  readonly issuer?: object
  readonly target?: object
  readonly role?: object
  readonly mapping?: object
  /** More mappings, each over `m`; of the role `other` where they say so. */
  readonly more?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The role `other` is there, whoever leads to it. */
  readonly otherRole?: true
  readonly actions?: readonly string[]
  /** In the place of the one statement of the policy. */
  readonly statements?: readonly object[]
}

export const is = (claim: string, equals: unknown) => ({ claim: [claim], equals })
export const glob = (claim: string, pattern: string, delimiter = '/') => ({
  claim: [claim],
  glob: pattern,
  delimiter,
})
/** A mapping by these conditions and no others. */
export const when = (...conditions: object[]) => ({ mapping: { when: conditions } })
/** The conditions of the base. */
export const ID = is('repository_id', '42')
export const REF = is('ref', 'refs/heads/main')
export const PROTECTED = is('ref_protected', 'true')

const MAPPING = {
  issuer: 'ci',
  role: 'a',
  when: [ID, REF, PROTECTED],
  owner: 'team@example.com',
  purpose: 'the nightly build reads its inputs',
  mode: 'enforce',
  expires: '2027-05-31',
}
const ROLE = {
  target: 'store',
  policies: [{ use: 'p@1' }],
  lifetime: { default: '1h', max: '1h' },
  for: 'machine',
}

/**
 * The configuration that the corpora of lint and of detectors start from, and in which neither finds anything: one GitHub
 * issuer, one store, one role that only reads, one mapping by ids with an owner, a purpose and an end.
 */
export function baseConfiguration(cells: BaseCells) {
  const { more = {}, otherRole = Object.values(more).some((one) => one['role'] === 'other') } = cells
  const role = { ...ROLE, ...cells.role }
  const Statement = cells.statements ?? [
    { Effect: 'Allow', Action: cells.actions ?? ['s3:GetObject'], Resource: 'arn:aws:s3:::artifacts/x/*' },
  ]
  return {
    issuers: {
      ci: { preset: 'github-actions', audiences: ['https://stint.example.com'], ...cells.issuer },
    },
    targets: {
      store: {
        kind: 'minio',
        endpoint: 'https://minio.example.com',
        subjectBudget: { sessions: 60, per: '1m' },
        ...cells.target,
      },
    },
    policies: { 'p@1': { document: { Version: '2012-10-17', Statement } } },
    roles: { a: role, ...(otherRole ? { other: role } : {}) },
    mappings: {
      m: { ...MAPPING, ...cells.mapping },
      ...Object.fromEntries(Object.entries(more).map(([name, over]) => [name, { ...MAPPING, ...over }])),
    },
  }
}

/** Everything that a configuration declares, enabled and in its first version. Throws where it has an error. */
export function enabledResources(configuration: object): readonly Resource[] {
  const { declared, problems } = readConfiguration(configuration)
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0)
    throw new Error(`a configuration of the corpus has errors: ${JSON.stringify(errors)}`)
  return declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // declared bodies are of their kind
}

export const PASS_THROUGH = {
  mode: 'pass-through',
  roleArn: 'arn:minio:iam:::role/nOybJqMNzNmroqEKq5D0EUsRZw0',
  accept: ['pass_through'],
}
