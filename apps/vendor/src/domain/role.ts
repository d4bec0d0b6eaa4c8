import type {
  CompiledSessionPolicy,
  Diagnostic,
  Dialect,
  SessionPolicyInput,
  SessionPolicyPart,
} from '@stint/policy'
import { compileSessionPolicy, DIALECTS, parsePolicy } from '@stint/policy'
import type { Pin } from './audit-event.ts'
import type { CapabilitySheet } from './capability.ts'
import type { Condition } from './condition.ts'
import { compileCondition } from './condition.ts'
import type { Kind } from './issuer.ts'
import { LEAST_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS, STORE_FLOOR_SECONDS } from './lifetime.ts'
import type { PlaceholderValue, PolicyBody, Problem, ResourceOf, RoleBody, TargetBody } from './resource.ts'
import type { Sha256 } from './session-name.ts'

/** What callers ask for by its ARN, compiled: one target, one session policy with holes for claim values. */
export type Role = Pin & {
  readonly arn: string
  readonly target: Pin
  readonly for: Kind
  readonly tags: RoleBody['tags']
  readonly lifetime: RoleBody['lifetime']
  /** Shorter than this the target gives none. */
  readonly leastSeconds: number
  readonly never: readonly Condition[]
  readonly replaySeconds: number | null
  readonly policies: readonly { readonly use: string; readonly sha256: string }[]
  readonly sessionPolicy: CompiledSessionPolicy
  /** What the session policy is made of: a caller may narrow its session to some of it by name. */
  readonly parts: readonly SessionPolicyPart[]
  /** What it may reach at most, for the wall that the store itself keeps; what varies by claim still stands as `{{name}}`. */
  readonly reach: readonly Reach[]
  /** Diagnostics that the author accepted by name: they stay on every review. */
  readonly findings: readonly Diagnostic[]
  /**
   * What would be errors, were it not for a probe that shows the target immune to forged conditions (DESIGN rule 7):
   * empty for every other role. While there is no fresh one, nothing is given for this role.
   */
  readonly restsOnProbe: readonly Problem[]
}

export type Reach = {
  readonly effect: 'Allow' | 'Deny'
  /** Whether a condition decides as well. */
  readonly conditional: boolean
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

export type RoleContext = {
  readonly arn: string
  /** What that target is and can do. */
  readonly target: Pin & { readonly body: TargetBody; readonly sheet: CapabilitySheet }
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
  const input = sessionPolicyInput(body, context.policies, DIALECTS[context.target.sheet.dialect])
  const strict = compileSessionPolicy(input)
  const restsOnProbe = strict.ok ? [] : strict.diagnostics
  const compiled =
    !strict.ok && restsOnProbe.every(canRestOnProbe)
      ? compileSessionPolicy({ ...input, allowForgeableConditions: true })
      : strict
  const problems = [
    ...compiled.diagnostics.map((found) => diagnosticProblem(found, resource)),
    ...lifetimeProblems(resource, context),
    ...tagProblems(resource, context),
  ]
  if (!compiled.ok) return { role: null, problems }
  const role: Role = {
    name: resource.name,
    version: resource.version,
    arn: context.arn,
    target: { name: context.target.name, version: context.target.version },
    for: body.for,
    tags: body.tags,
    lifetime: body.lifetime,
    leastSeconds: leastSecondsOf(context.target.sheet),
    never: body.never.map(compileCondition),
    replaySeconds: body.replay?.windowSeconds ?? null,
    policies: body.policies.map(({ use }) => ({
      use,
      sha256: context.sha256(JSON.stringify(context.policies.get(use))),
    })),
    sessionPolicy: compiled.value,
    parts: input.parts,
    reach: body.policies.flatMap((used) => reachOf(context.policies.get(used.use)?.document, used.with)),
    findings: compiled.value.findings,
    restsOnProbe: restsOnProbe.map((found) => diagnosticProblem(found, resource)),
  }
  return { role, problems }
}

/** What the policy engine compiles for a role: its policies with the values that they get. */
export function sessionPolicyInput(
  body: RoleBody,
  policies: ReadonlyMap<string, PolicyBody>,
  dialect: Dialect,
): SessionPolicyInput {
  const parts = body.policies.map(({ use, with: values }) => ({
    document: policies.get(use)?.document,
    placeholders: policies.get(use)?.placeholders,
    with: values,
    path: use,
  }))
  return { dialect: dialect.name, accept: body.accept, parts }
}

/** Headers that a caller sends as he likes at every store: no probe makes them worth anything. */
const FORGED_BY_NATURE = ['aws:Referer', 'aws:UserAgent']

function canRestOnProbe({ code, path }: Diagnostic): boolean {
  return code === 'condition_forgeable' && !FORGED_BY_NATURE.some((key) => path.endsWith(`.${key}`))
}

function leastSecondsOf({ shortLifetimes }: CapabilitySheet): number {
  return shortLifetimes ? LEAST_LIFETIME_SECONDS : STORE_FLOOR_SECONDS
}

/** A store fails a call for a lifetime that it does not give: that is found out here, not by a CI job. */
function lifetimeProblems({ name, body }: ResourceOf<'role'>, { target }: RoleContext): readonly Problem[] {
  const { minSeconds, maxSeconds } = body.lifetime
  const at = ['roles', name, 'lifetime']
  const least = leastSecondsOf(target.sheet)
  const most = target.sheet.maxLifetimeSeconds ?? target.body.maxSessionSeconds ?? MAX_LIFETIME_SECONDS
  return [
    ...(minSeconds < least
      ? [problem('lifetime_below_store', at, `target \`${body.target}\` gives no session below ${least} s`)]
      : []),
    ...(maxSeconds > most
      ? [problem('lifetime_above_store', [...at, 'max'], `target \`${body.target}\` gives at most ${most} s`)]
      : []),
  ]
}

/** Session tags as AWS reads them (IAM User Guide, `id_session-tags`): one that it refuses fails the whole call. */
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const MAX_TAGS = 50

function tagProblems({ name, body }: ResourceOf<'role'>, { target }: RoleContext): readonly Problem[] {
  const tags = Object.entries(body.tags)
  const at = ['roles', name, 'tags']
  if (tags.length > 0 && !target.sheet.sessionTags)
    return [
      warning('tags_unused', at, `target \`${body.target}\` takes no session tags: they say nothing there`),
    ]
  const keys = tags.map(([key]) => key.toLowerCase())
  const wrong = tags.filter(
    ([key, value]) => key === '' || !TAG.test(key) || !TAG.test(value) || /^aws:/i.test(key),
  )
  return [
    ...wrong.map(([key]) => problem('tag_refused', [...at, key], 'the store takes no such tag')),
    ...(new Set(keys).size < keys.length || keys.length > MAX_TAGS
      ? [problem('tag_refused', at, `at most ${MAX_TAGS} tags, and no two that differ in case alone`)]
      : []),
  ]
}

function reachOf(document: unknown, values: Readonly<Record<string, PlaceholderValue>>): readonly Reach[] {
  const parsed = parsePolicy(document)
  if (!parsed.ok) return []
  const fixed = (resource: string) => withFixedValues(resource, values)
  return parsed.value.Statement.map(({ Effect, Action, Resource, Condition = {} }) => ({
    effect: Effect,
    conditional: Object.keys(Condition).length > 0,
    actions: Action,
    resources: Resource.map(fixed),
  }))
}

/** A resource with what the role writes for its placeholders; what varies by claim stays `{{name}}`. */
export function withFixedValues(
  resource: string,
  values: Readonly<Record<string, PlaceholderValue>>,
): string {
  return resource.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    const value = values[name]
    return value !== undefined && 'value' in value ? value.value : whole
  })
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

function warning(code: string, path: readonly (string | number)[], message: string): Problem {
  return { severity: 'warning', code, path, message }
}

/** One error of a configuration. */
export function problem(code: string, path: readonly (string | number)[], message: string): Problem {
  return { severity: 'error', code, path, message }
}
