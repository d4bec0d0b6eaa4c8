import type { Configuration } from '../domain/configuration.ts'
import type { Due } from '../domain/probe/schedule.ts'
import { dueAt } from '../domain/probe/schedule.ts'
import { isSameStore, storeOf } from '../domain/probe/sheet.ts'
import type { TargetBody } from '../domain/resource.ts'
import type { Sha256 } from '../domain/session-name.ts'
import { VendorError } from '../errors.ts'
import type { Clock, Logger, Timers } from '../ports.ts'
import type { ProbeFlow } from './probe.ts'

export type ScheduleDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly sha256: Sha256
  readonly configuration: () => Configuration
  readonly flow: Pick<ProbeFlow, 'probe' | 'record' | 'failures' | 'isRunning'>
  /** Whether anything of it can be probed: the kind has a probe, and no lock stands on it. */
  readonly canProbe: (target: string) => boolean
  readonly log: Logger
}

/** A target and when it is probed next by itself; null: only when somebody asks. */
export type Scheduled = {
  readonly target: string
  readonly everySeconds: number | null
  readonly isRunning: boolean
  readonly dueMs: number | null
}

export type ProbeSchedule = {
  /** Looks again at what is due: at start, and when a configuration stands that did not. */
  wake(): void
  list(): readonly Scheduled[]
  stop(): void
}

/** After an apply: its answer is on its way before a probe begins. */
const FIRST_LOOK_MS = 1_000
/** After a probe that could not even be recorded, or that somebody else asked for just now. */
const HOLD_MS = 60_000
/** No timer waits longer, so that a clock that was set is noticed. */
const MOST_WAIT_MS = 3_600_000

/**
 * Probes every target that is due, one at a time, in the background. It keeps nothing of its own: what is due follows
 * from the newest sheets, so that a restart neither forgets nor repeats anything.
 */
export function createProbeSchedule(deps: ScheduleDeps): ProbeSchedule {
  let cancel: () => void = () => undefined
  let isBusy = false
  let isStopped = false

  function due(name: string, body: TargetBody): Due | null {
    const { newest } = deps.flow.record(name)
    return dueAt({
      newest,
      sameStore: newest !== null && isSameStore(newest.store, storeOf(body)),
      failures: deps.flow.failures(name),
      everyMs: body.probe.everySeconds === null ? null : body.probe.everySeconds * 1000,
      nowMs: deps.clock.nowMs(),
      spread: spreadOf(deps.sha256, newest?.probe ?? name),
    })
  }

  /** The next one, soonest first. */
  function next(): (Due & { readonly name: string }) | null {
    const all = [...deps.configuration().targets.values()].flatMap(({ name, body }) => {
      const found = deps.canProbe(name) && !deps.flow.isRunning(name) ? due(name, body) : null
      return found === null ? [] : [{ name, ...found }]
    })
    return all.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null
  }

  function arm(leastMs: number): void {
    cancel()
    if (isStopped || isBusy) return
    const found = next()
    const waitMs = found === null ? MOST_WAIT_MS : found.atMs - deps.clock.nowMs()
    cancel = deps.timers.after(Math.min(Math.max(waitMs, leastMs), MOST_WAIT_MS), () => void look())
  }

  async function look(): Promise<void> {
    const found = next()
    if (!isStopped && found !== null && found.atMs <= deps.clock.nowMs()) {
      isBusy = true
      const isMade = await probe(found)
      isBusy = false
      return arm(isMade ? FIRST_LOOK_MS : HOLD_MS)
    }
    arm(FIRST_LOOK_MS)
  }

  async function probe({ name, trigger }: Due & { readonly name: string }): Promise<boolean> {
    const of = { kind: 'target', name } as const
    try {
      await deps.flow.probe({ of, trigger, actor: null, request: null })
      return true
    } catch (thrown) {
      const code = thrown instanceof VendorError ? thrown.code : 'internal_error'
      deps.log.warn('probe.not_made', { target: name, code })
      return false
    }
  }

  return {
    wake: () => arm(FIRST_LOOK_MS),
    list: () =>
      [...deps.configuration().targets.values()].map(({ name, body }) => ({
        target: name,
        everySeconds: body.probe.everySeconds,
        isRunning: deps.flow.isRunning(name),
        dueMs: deps.canProbe(name) ? (due(name, body)?.atMs ?? null) : null,
      })),
    stop() {
      isStopped = true
      cancel()
    },
  }
}

/** From 0 to 1, the same for the same text. */
function spreadOf(sha256: Sha256, text: string): number {
  return Number.parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32
}
