import type { CompiledSessionPolicy, Diagnostic, DialectName, SessionPolicyPart } from '@stint/policy'
import { compileSessionPolicy, parsePolicy } from '@stint/policy'
import type { Pin } from './audit-event.ts'
import type { Condition } from './condition.ts'
import { compileCondition } from './condition.ts'
import type { Kind } from './issuer.ts'
import type { PlaceholderValue, PolicyBody, Problem, ResourceOf, RoleBody } from './resource.ts'
import type { Sha256 } from './session-name.ts'

/** What callers ask for by its ARN, compiled: one target, one session policy with holes for claim values. */
export type Role = Pin & {
  readonly arn: string
  readonly target: Pin
  readonly for: Kind
  readonly lifetime: RoleBody['lifetime']
  readonly never: readonly Condition[]
  readonly policies: readonly { readonly use: string; readonly sha256: string }[]
  readonly sessionPolicy: CompiledSessionPolicy
  /** What the session policy is made of: a caller may narrow its session to some of it by name. */
  readonly parts: readonly SessionPolicyPart[]
  /** What it may reach at most, for the wall that the store itself keeps; what varies by claim still stands as `{{name}}`. */
  readonly reach: readonly Reach[]
  /** Diagnostics that the author accepted by name: they stay on every review. */
  readonly findings: readonly Diagnostic[]
}

export type Reach = {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

export type RoleContext = {
  readonly arn: string
  readonly target: Pin
  /** The policy language of the target. */
  readonly dialect: DialectName
  readonly policies: ReadonlyMap<string, PolicyBody>
  readonly sha256: Sha256
}

/** Compiles a role, or says everything that is wrong with it. Sizes are proved here, for the longest values (rule 8). */
export function compileRole(
  resource: ResourceOf<'role'>,
  context: RoleContext,
): { readonly role: Role | null; readonly problems: readonly Problem[] } {
  const { body } = resource
  const at = ['roles', resource.name]
  const missing = body.policies.flatMap((used, index) =>
    context.policies.has(used.use)
      ? []
      : [problem('policy_unknown', [...at, 'policies', index, 'use'], `no enabled policy \`${used.use}\``)],
  )
  if (missing.length > 0) return { role: null, problems: missing }
  const parts = body.policies.map((used) => ({
    document: context.policies.get(used.use)?.document,
    placeholders: context.policies.get(used.use)?.placeholders,
    with: used.with,
    path: used.use,
  }))
  const compiled = compileSessionPolicy({ dialect: context.dialect, accept: body.accept, parts })
  const problems = compiled.diagnostics.map((found) => diagnosticProblem(found, resource))
  if (!compiled.ok) return { role: null, problems }
  const role: Role = {
    name: resource.name,
    version: resource.version,
    arn: context.arn,
    target: context.target,
    for: body.for,
    lifetime: body.lifetime,
    never: body.never.map(compileCondition),
    policies: body.policies.map(({ use }) => ({
      use,
      sha256: context.sha256(JSON.stringify(context.policies.get(use))),
    })),
    sessionPolicy: compiled.value,
    parts,
    reach: body.policies.flatMap((used) => reachOf(context.policies.get(used.use)?.document, used.with)),
    findings: compiled.value.findings,
  }
  return { role, problems }
}

function reachOf(document: unknown, values: Readonly<Record<string, PlaceholderValue>>): readonly Reach[] {
  const parsed = parsePolicy(document)
  if (!parsed.ok) return []
  const fixed = (resource: string) =>
    resource.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
      const value = values[name]
      return value !== undefined && 'value' in value ? value.value : whole
    })
  return parsed.value.Statement.map(({ Effect, Action, Resource }) => ({
    effect: Effect,
    actions: Action,
    resources: Resource.map(fixed),
  }))
}

/** A diagnostic of the policy engine names the policy; the file's reader finds it at the role that uses it. */
function diagnosticProblem(found: Diagnostic, role: ResourceOf<'role'>): Problem {
  const index = role.body.policies.findIndex(
    ({ use }) => found.path === use || found.path.startsWith(`${use}.`),
  )
  const ofRole = found.path.startsWith('$.accept')
    ? ['roles', role.name, 'accept']
    : ['roles', role.name, 'policies']
  return {
    severity: found.severity,
    code: found.code,
    path: index === -1 ? ofRole : [...ofRole, index],
    message: `${found.path}: ${found.message}`,
  }
}

/** One error of a configuration. */
export function problem(code: string, path: readonly (string | number)[], message: string): Problem {
  return { severity: 'error', code, path, message }
}
