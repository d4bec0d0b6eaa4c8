import { policyChanges } from '../action-deeds.ts'
import { presetAt } from '../preset.ts'
import type { Problem, Resource, ResourceKind, ResourceOf, RoleBody } from '../resource.ts'
import { rolesOfPersons } from '../separation.ts'
import { BINDING_RULES } from './binding-rules.ts'
import { CLAIM_RULES } from './claim-rules.ts'
import { byWeight, findings } from './findings.ts'
import { GROUP_RULES } from './group-rules.ts'
import { lintRoles, ROLE_AND_POLICY_RULES } from './lint-roles.ts'
import { MAPPING_RULES } from './mapping-rules.ts'
import { ISSUER_RULES, TARGET_RULES } from './resource-rules.ts'
import type { Finding } from './rule.ts'

/** Every rule, for the documents: its id, severity, what it looks for and how it is mended. */
export const LINT_RULES = [
  ...CLAIM_RULES,
  ...MAPPING_RULES,
  ...GROUP_RULES,
  ...ISSUER_RULES,
  ...TARGET_RULES,
  ...BINDING_RULES,
  ...ROLE_AND_POLICY_RULES,
].map(({ id, severity, about, fix }) => ({ id, severity, about, fix }))

/**
 * Everything that somebody should think about in a configuration that is valid: warnings before notices, then by kind and
 * name. Pure; `nowMs` decides what has expired. Linear in the mappings but for groups of one issuer and role.
 */
export function lintConfiguration(resources: readonly Resource[], nowMs: number): readonly Finding[] {
  const enabled = resources.filter(({ state }) => state === 'enabled')
  const mappings = ofKind(enabled, 'mapping')
  const found = [
    ...lintMappings(enabled, mappings, nowMs),
    ...lintGroups(mappings),
    ...lintOthers(enabled, mappings),
  ]
  return found.toSorted(byWeight)
}

function lintMappings(
  enabled: readonly Resource[],
  mappings: readonly ResourceOf<'mapping'>[],
  nowMs: number,
): readonly Finding[] {
  const issuers = new Map(ofKind(enabled, 'issuer').map(({ name, body }) => [name, body] as const))
  const roles = new Map(ofKind(enabled, 'role').map(({ name, body }) => [name, body] as const))
  const policies = new Map(
    ofKind(enabled, 'policy').map(({ name, body }) => [name, policyChanges(body)] as const),
  )
  const writing = new Map(
    [...roles].map(
      ([name, role]) => [name, role.policies.some(({ use }) => policies.get(use) === true)] as const,
    ),
  )
  const rules = [...CLAIM_RULES, ...MAPPING_RULES]
  return mappings.flatMap(({ name, body }) => {
    const issuer = issuers.get(body.issuer)
    if (issuer === undefined) return []
    const preset = presetAt(issuer)
    const role: RoleBody | null = roles.get(body.role) ?? null
    const input = { name, body, issuer, preset, role, writes: writing.get(body.role) === true, nowMs }
    return rules.flatMap((rule) => findings(rule, input, { kind: 'mapping', name }))
  })
}

function lintGroups(mappings: readonly ResourceOf<'mapping'>[]): readonly Finding[] {
  const inForce = mappings.filter(({ body }) => body.mode === 'enforce')
  const groups = Map.groupBy(inForce, ({ body }) => `${body.issuer} ${body.role}`)
  return [...groups.values()].flatMap((group) =>
    GROUP_RULES.flatMap(({ id, severity, fix, find }) =>
      find(group).map(
        ({ name, at, says }): Finding => ({
          rule: id,
          severity,
          kind: 'mapping',
          name,
          at,
          message: says,
          fix,
        }),
      ),
    ),
  )
}

function lintOthers(
  enabled: readonly Resource[],
  mappings: readonly ResourceOf<'mapping'>[],
): readonly Finding[] {
  const issuersUsed = new Set(
    [...mappings, ...ofKind(enabled, 'admin_binding')].map(({ body }) => body.issuer),
  )
  const rolesUsed = new Set(mappings.map(({ body }) => body.role))
  return [
    ...ofKind(enabled, 'issuer').flatMap(({ name, body }) =>
      ISSUER_RULES.flatMap((rule) =>
        findings(rule, { body, used: issuersUsed.has(name) }, { kind: 'issuer', name }),
      ),
    ),
    ...ofKind(enabled, 'target').flatMap(({ name, body }) =>
      TARGET_RULES.flatMap((rule) => findings(rule, { body }, { kind: 'target', name })),
    ),
    ...lintBindings(ofKind(enabled, 'admin_binding')),
    ...lintRoles(enabled, rolesUsed),
  ]
}

function lintBindings(bindings: readonly ResourceOf<'admin_binding'>[]): readonly Finding[] {
  const rolesOf = rolesOfPersons(bindings.map(({ body }) => body))
  return bindings.flatMap(({ name, body }) =>
    BINDING_RULES.flatMap((rule) =>
      findings(rule, { body, roles: rolesOf(body) }, { kind: 'admin_binding', name }),
    ),
  )
}

function ofKind<K extends ResourceKind>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return resources.filter((one): one is ResourceOf<K> => one.kind === kind)
}

const SECTIONS: Readonly<Record<ResourceKind, string>> = {
  issuer: 'issuers',
  target: 'targets',
  policy: 'policies',
  role: 'roles',
  mapping: 'mappings',
  admin_binding: 'admins',
}

/** A finding as a plan shows it: with the steps to it in the file. */
export function findingProblem({ rule, severity, kind, name, at, message, fix }: Finding): Problem {
  return { severity, code: rule, path: [SECTIONS[kind], name, ...at], message: `${message}; ${fix}` }
}
