import type { Configuration } from '../domain/configuration.ts'
import { lintProbes } from '../domain/lint/probe-rules.ts'
import type { Finding } from '../domain/lint/rule.ts'
import type { ImmuneTargets } from '../domain/probe/rule-7.ts'
import { liftsRule7, storeOf } from '../domain/probe/sheet.ts'
import { lockKey } from '../domain/revocation.ts'
import type { Role } from '../domain/role.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { Clock, Logger } from '../ports.ts'
import type { ProbeDeps, ProbeFlow } from './probe.ts'
import { createProbeFlow } from './probe.ts'
import type { ProbeSchedule } from './probe-schedule.ts'
import { createProbeSchedule } from './probe-schedule.ts'

export type ProbingDeps = Omit<ProbeDeps, 'nowMs'> & {
  readonly clock: Clock
  readonly sha256: Sha256
  readonly log: Logger
  /** Whether targets are probed by themselves (server settings). */
  readonly isScheduled: boolean
}

/** Everything of a process that has to do with probes. */
export type Probing = {
  readonly flow: ProbeFlow
  readonly schedule: ProbeSchedule
  /** Where roles may rest on conditions now (DESIGN rule 7). */
  immune(): ImmuneTargets
  /** Whether what the role rests on is shown now: true for every role that rests on no probe. */
  isProved(role: Role): boolean
  findings(nowMs: number): readonly Finding[]
  /** Reads the newest sheets, before any door opens. */
  open(): Promise<void>
  /** A configuration stands that did not: what is new in it is probed in the background. */
  wake(): void
  stop(): Promise<void>
}

/** Builds it. */
export function createProbing(deps: ProbingDeps): Probing {
  const { clock, configuration, isScheduled } = deps
  const flow = createProbeFlow({ ...deps, nowMs: () => clock.nowMs() })
  const isLocked = (name: string) => deps.locks().has(lockKey({ kind: 'target', name }) ?? '')
  const hasProbe = (name: string) => (deps.target(name)?.probe ?? null) !== null
  const canProbe = (name: string) => hasProbe(name) && !isLocked(name)
  const schedule = createProbeSchedule({ ...deps, flow, canProbe })

  function isImmune(name: string): boolean {
    const target = configuration().targets.get(name)
    return target !== undefined && liftsRule7(flow.record(name), storeOf(target.body), clock.nowMs())
  }

  return {
    flow,
    schedule,
    immune: () =>
      [...configuration().targets.values()].flatMap(({ name, body }) =>
        isImmune(name) ? [{ target: name, store: storeOf(body) }] : [],
      ),
    isProved: (role) => role.restsOnProbe.length === 0 || isImmune(role.target.name),
    findings: (nowMs) => lintProbes(probed(configuration(), flow, hasProbe), nowMs),
    open: () => flow.open(targetsOf(configuration())),
    wake() {
      if (isScheduled) schedule.wake()
    },
    async stop() {
      schedule.stop()
      await flow.stop()
    },
  }
}

/** Disabled ones, too: what is enabled again is the target that it was. */
function targetsOf({ standing }: Configuration): readonly string[] {
  return standing.others.flatMap(({ kind, name }) => (kind === 'target' ? [name] : []))
}

/** Of kinds that have no probe nothing is said: nobody could mend it. */
function probed({ targets, roles }: Configuration, flow: ProbeFlow, hasProbe: (name: string) => boolean) {
  return {
    targets: [...targets.values()].flatMap(({ name, body }) =>
      hasProbe(name) ? [{ name, body, record: flow.record(name) }] : [],
    ),
    roles: [...roles.values()].flatMap(({ name, target, restsOnProbe }) =>
      restsOnProbe.length === 0 ? [] : [{ name, target: target.name, conditions: restsOnProbe.length }],
    ),
  }
}
