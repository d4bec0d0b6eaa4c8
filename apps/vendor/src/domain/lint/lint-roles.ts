import type { Dialect } from '@stint/policy'
import { compileSessionPolicy, DIALECTS, lintPolicy, POLICY_LINT_RULES } from '@stint/policy'
import type { PolicyBody, Resource, ResourceOf, RoleBody, TargetBody } from '../resource.ts'
import { sessionPolicyInput } from '../role.ts'
import { roleStatements } from '../role-covers.ts'
import { capabilityOf } from '../target-kind.ts'
import { findings } from './findings.ts'
import { ROLE_GROUP_RULES } from './role-group-rules.ts'
import type { PlacedStatement, RoleInput } from './role-rules.ts'
import { ROLE_RULES } from './role-rules.ts'
import type { Finding, Rule } from './rule.ts'

type PolicyInput = { readonly used: boolean }

const POLICY_RULES: readonly Rule<PolicyInput>[] = [
  {
    id: 'policy-unused',
    severity: 'notice',
    about: 'a policy that no role pins',
    fix: 'take it away',
    find: ({ used }) => (used ? [] : [{ at: [], says: 'it allows nobody anything' }]),
  },
]

/** Rules over roles and the documents that they pin, for the documents. */
export const ROLE_AND_POLICY_RULES = [
  ...POLICY_LINT_RULES,
  ...[...POLICY_RULES, ...ROLE_RULES, ...ROLE_GROUP_RULES].map(({ id, severity, about, fix }) => ({
    id,
    severity,
    about,
    fix,
  })),
]

/** What is to be thought about in roles and policies. `used` are the roles that a mapping leads to. */
export function lintRoles(enabled: readonly Resource[], used: ReadonlySet<string>): readonly Finding[] {
  const roles = ofKind(enabled, 'role')
  const targets = new Map(ofKind(enabled, 'target').map(({ name, body }) => [name, body] as const))
  const policies = new Map(ofKind(enabled, 'policy').map(({ name, body }) => [name, body] as const))
  const newest = newestOf([...policies.keys()])
  const inputs = roles.flatMap(({ name, body }) => {
    const dialect = dialectOf(targets.get(body.target))
    if (dialect === null) return []
    const role: RoleInput = {
      body,
      used: used.has(name),
      dialect,
      policies,
      newest,
      statements: placedStatements(body, policies),
      ...compiledOf(body, policies, dialect),
    }
    return [{ name, role }]
  })
  return [
    ...inputs.flatMap(({ name, role }) =>
      ROLE_RULES.flatMap((rule) => findings(rule, role, { kind: 'role', name })),
    ),
    ...ROLE_GROUP_RULES.flatMap(({ id, severity, fix, find }) =>
      find(inputs).map(
        ({ name, at, says }): Finding => ({ rule: id, severity, kind: 'role', name, at, message: says, fix }),
      ),
    ),
    ...lintDocuments(policies, roles, targets),
  ]
}

/** Each document as each dialect reads it whose roles pin it; one that nobody pins as AWS does. */
function lintDocuments(
  policies: ReadonlyMap<string, PolicyBody>,
  roles: readonly ResourceOf<'role'>[],
  targets: ReadonlyMap<string, TargetBody>,
): readonly Finding[] {
  const dialects = new Map<string, Set<Dialect>>()
  for (const { body } of roles) {
    const dialect = dialectOf(targets.get(body.target))
    if (dialect === null) continue
    for (const { use } of body.policies) dialects.set(use, (dialects.get(use) ?? new Set()).add(dialect))
  }
  return [...policies].flatMap(([name, { document, placeholders }]) => {
    const readings = dialects.get(name)
    const found = [...(readings ?? [DIALECTS.aws])].flatMap((dialect) =>
      lintPolicy(document, placeholders, dialect),
    )
    const once = new Map(found.map((one) => [JSON.stringify([one.rule, one.at]), one] as const))
    return [
      ...POLICY_RULES.flatMap((rule) =>
        findings(rule, { used: readings !== undefined }, { kind: 'policy', name }),
      ),
      ...[...once.values()].map(
        ({ at, ...one }): Finding => ({ ...one, kind: 'policy', name, at: ['document', ...at] }),
      ),
    ]
  })
}

function placedStatements(
  body: RoleBody,
  policies: ReadonlyMap<string, PolicyBody>,
): readonly PlacedStatement[] {
  return body.policies.flatMap((used, policy) => {
    const statements = roleStatements(
      { policies: [used], documents: policies },
      (claim) => `{{${claim.join('.')}}}`,
    )
    return (statements ?? []).map((statement, index) => ({ statement, use: used.use, policy, index }))
  })
}

function compiledOf(
  body: RoleBody,
  policies: ReadonlyMap<string, PolicyBody>,
  dialect: Dialect,
): Pick<RoleInput, 'compiled' | 'size'> {
  const compiled = compileSessionPolicy(sessionPolicyInput(body, policies, dialect))
  return { compiled, size: compiled.ok ? compiled.value.size : null }
}

function newestOf(names: readonly string[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>()
  for (const full of names) {
    const [name = '', version = ''] = full.split('@')
    newest.set(name, Math.max(newest.get(name) ?? 0, Number(version)))
  }
  return newest
}

function dialectOf(target: TargetBody | undefined): Dialect | null {
  return target === undefined ? null : DIALECTS[capabilityOf(target).dialect]
}

function ofKind<K extends Resource['kind']>(resources: readonly Resource[], kind: K): ResourceOf<K>[] {
  return resources.filter((one): one is ResourceOf<K> => one.kind === kind)
}
