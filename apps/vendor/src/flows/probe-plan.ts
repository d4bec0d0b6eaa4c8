import type { Actor, Pin } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import { TARGET_TRIES } from '../domain/probe/catalogue.ts'
import { roleProbe } from '../domain/probe/role-probe.ts'
import { MARK } from '../domain/probe/role-values.ts'
import type { ProbeTrigger } from '../domain/probe/sheet.ts'
import { storeOf } from '../domain/probe/sheet.ts'
import type { Need, ProbeScope, ProbeTry } from '../domain/probe/try.ts'
import type { TargetBody } from '../domain/resource.ts'
import type { Role } from '../domain/role.ts'
import { VendorError } from '../errors.ts'
import type { ProbeId, RequestId } from '../ids.ts'
import type { CredentialTarget } from '../ports.ts'
import type { ProbePlan } from './probe-run.ts'

export type ProbeAsk = {
  readonly of:
    | { readonly kind: 'target'; readonly name: string }
    | {
        readonly kind: 'role'
        readonly name: string
        /** Values for placeholders whose claims the probe cannot make up, by placeholder. */
        readonly with: Readonly<Record<string, string>>
      }
  readonly trigger: ProbeTrigger
  readonly actor: Actor | null
  readonly request: RequestId | null
}

export type PlanDeps = {
  readonly configuration: () => Configuration
  readonly target: (name: string) => CredentialTarget | undefined
  readonly newProbeId: () => ProbeId
  /** Hex, for a name that nobody has. */
  readonly randomHex: () => string
  readonly nowMs: () => number
}

/**
 * Plans one probe on what stands. Throws `not_found`, `probe_unsupported`, and `probe_values` where a placeholder of the
 * role has no value, or one that it cannot take.
 */
export function planProbe(deps: PlanDeps, ask: ProbeAsk): Omit<ProbePlan, 'isStopped'> {
  const configuration = deps.configuration()
  const { of, ...by } = ask
  const role = of.kind === 'role' ? configuration.roles.get(of.name) : undefined
  if (of.kind === 'role' && role === undefined) throw new VendorError('not_found')
  const name = role?.target.name ?? of.name
  const pinned = configuration.targets.get(name)
  const target = deps.target(name)
  if (pinned === undefined || target === undefined) throw new VendorError('not_found')
  if (target.probe === null) throw new VendorError('probe_unsupported')
  const tries =
    role === undefined ? TARGET_TRIES : triesOf(configuration, role, of.kind === 'role' ? of.with : {})
  const pin = ({ name: pinName, version }: Pin) => ({ name: pinName, version })
  return {
    ...by,
    probe: deps.newProbeId(),
    target,
    store: target.probe,
    of: { target: pin(pinned), role: role === undefined ? null : pin(role), store: storeOf(pinned.body) },
    tries,
    scope: scopeOf(deps, name, pinned.body),
    absent: absentAt(configuration, { name, body: pinned.body, hasToken: target.probe.mintRaw !== null }),
  }
}

function scopeOf(deps: PlanDeps, name: string, { probe }: TargetBody): ProbeScope {
  return {
    bucket: probe.bucket ?? '',
    root: `${probe.prefix}/${name}`,
    stranger: `${MARK}-${deps.randomHex()}`,
    nowMs: deps.nowMs(),
  }
}

function absentAt(
  configuration: Configuration,
  { name, body, hasToken }: { readonly name: string; readonly body: TargetBody; readonly hasToken: boolean },
): ReadonlySet<Need> {
  const isOpen = [...configuration.roles.values()].some(
    (role) =>
      role.target.name === name &&
      role.reach.some(({ resources }) => resources.some((one) => /^arn:aws:s3:::[^/]*\{\{/.test(one))),
  )
  const absent: readonly (readonly [Need, boolean])[] = [
    ['bucket', body.probe.bucket === null],
    ['open_bucket', true],
    ['own_token', !hasToken],
    ['own_subject', !hasToken],
    ['closed_wall', isOpen],
  ]
  return new Set(absent.flatMap(([need, isAbsent]) => (isAbsent ? [need] : [])))
}

function triesOf(
  configuration: Configuration,
  role: Role,
  given: Readonly<Record<string, string>>,
): readonly ProbeTry[] {
  const probe = roleProbe(configuration, role, given)
  if (!probe.ok) throw new VendorError('probe_values', { facts: { member: probe.member } })
  return probe.tries
}
