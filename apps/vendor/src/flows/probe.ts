import type { ProbeRecord, Sheet, SheetHead, ShownSheet } from '../domain/probe/sheet.ts'
import { headOf } from '../domain/probe/sheet.ts'
import type { Locks } from '../domain/revocation.ts'
import { lockKey } from '../domain/revocation.ts'
import { VendorError } from '../errors.ts'
import type { ProbeId } from '../ids.ts'
import type { AuditLog, Timers } from '../ports.ts'
import type { PlanDeps, ProbeAsk } from './probe-plan.ts'
import { planProbe } from './probe-plan.ts'
import type { ProbeRunDeps } from './probe-run.ts'
import { runProbe } from './probe-run.ts'

export type ProbeDeps = ProbeRunDeps &
  PlanDeps & {
    readonly audit: Pick<AuditLog, 'append' | 'probes' | 'probe' | 'openProbes'>
    readonly timers: Timers
    /** What is locked now: nothing of it is minted, not even to try. */
    readonly locks: () => Locks
  }

export type ProbeFlow = {
  /**
   * Probes a target or a role at the real store, one after another in this process, and answers with the sheet, which is
   * in the log by then. Throws `not_found`, `probe_unsupported`, `probe_values`, `probe_locked`, `probe_running` where
   * one of the same is asked for already, `overloaded`, `shutting_down`, `audit_unavailable`.
   */
  probe(ask: ProbeAsk): Promise<ShownSheet>
  /** One sheet, or null. Throws `audit_unavailable`. */
  get(id: ProbeId): Promise<ShownSheet | null>
  /** Sheets without their transcripts, newest first. Throws `audit_unavailable`. */
  list: AuditLog['probes']
  /** What is known of a target by its probes; of one that was never probed nothing. */
  record(target: string): ProbeRecord
  /** Probes of it that failed or were cut since the last completed one. */
  failures(target: string): number
  /** Whether one of it runs or waits. */
  isRunning(target: string): boolean
  /** Reads the newest sheets of these targets, and ends on record what an earlier process was stopped in. */
  open(targets: readonly string[]): Promise<void>
  /** Begins no more, and waits for the one that runs, which stops after its step. */
  stop(): Promise<void>
}

/** As many may wait as a person would: a store is asked some sixty things by each. */
const MOST_WAITING = 8
/** So many sheets of a target are looked at for its record: failures beyond them are as good as so many. */
const KEPT = 20
const NOTHING: ProbeRecord = { newest: null, completed: null, before: null, ofRole: null }

/** Builds the one probe flow of a process. */
export function createProbeFlow(deps: ProbeDeps): ProbeFlow {
  const heads = new Map<string, readonly SheetHead[]>()
  /** By target: the newest of its roles that was completed. */
  const ofRoles = new Map<string, SheetHead>()
  const asked = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()
  let stopped = false

  function isLocked(target: string, role: string | null): boolean {
    const locks = deps.locks()
    if (locks.size === 0) return false
    const keys = [
      lockKey({ kind: 'target', name: target }),
      role === null ? null : lockKey({ kind: 'role', name: role }),
    ]
    return keys.some((key) => key !== null && locks.has(key))
  }

  async function run(ask: ProbeAsk): Promise<Sheet> {
    if (stopped) throw new VendorError('shutting_down')
    // Planned on what stands when its turn comes.
    const plan = planProbe(deps, ask)
    const { target, role } = plan.of
    const isStopped = () => stopped || isLocked(target.name, role?.name ?? null)
    if (isStopped()) throw new VendorError('probe_locked')
    const sheet = await runProbe(deps, { ...plan, isStopped })
    if (role !== null && sheet.outcome === 'completed') ofRoles.set(target.name, headOf(sheet))
    if (role === null)
      heads.set(target.name, [headOf(sheet), ...(heads.get(target.name) ?? [])].slice(0, KEPT))
    return sheet
  }

  return {
    async probe(ask) {
      // What cannot be probed is told before anything waits.
      planProbe(deps, ask)
      const key = `${ask.of.kind}/${ask.of.name}`
      if (asked.has(key)) throw new VendorError('probe_running')
      if (asked.size >= MOST_WAITING) throw new VendorError('overloaded', { facts: { waiting: asked.size } })
      asked.add(key)
      const mine = last.then(() => run(ask))
      last = mine.catch(() => undefined)
      try {
        return shown(await mine)
      } finally {
        asked.delete(key)
      }
    },
    async get(id) {
      const found = await deps.audit.probe(id)
      return found === null ? null : shown(found)
    },
    list: (query) => deps.audit.probes(query),
    record(target) {
      const known = heads.get(target) ?? []
      const ofRole = ofRoles.get(target) ?? null
      if (known.length === 0 && ofRole === null) return NOTHING
      const [completed = null, before = null] = known.filter(({ outcome }) => outcome === 'completed')
      return { newest: known[0] ?? null, completed, before, ofRole }
    },
    failures(target) {
      const known = heads.get(target) ?? []
      const completed = known.findIndex(({ outcome }) => outcome === 'completed')
      return completed === -1 ? known.length : completed
    },
    isRunning: (target) => asked.has(`target/${target}`),
    async open(targets) {
      const ended = new Date(deps.nowMs()).toISOString()
      // A log without room takes none of these, and that is no reason not to start: the next start says it.
      for (const cut of await deps.audit.openProbes())
        await deps.audit.append({ type: 'probe.finished', ...cut, ended }).catch(unlessUnavailable)
      for (const target of targets) {
        const found = await deps.audit.probes({ target, role: null, before: null, limit: KEPT })
        if (found.length > 0) heads.set(target, found)
        const all = await deps.audit.probes({ target, role: undefined, before: null, limit: KEPT })
        const ofRole = all.find(({ role, outcome }) => role !== null && outcome === 'completed')
        if (ofRole !== undefined) ofRoles.set(target, ofRole)
      }
    },
    async stop() {
      stopped = true
      await last
    },
  }
}

function shown(sheet: Sheet): ShownSheet {
  return { ...headOf(sheet), tries: sheet.tries }
}

function unlessUnavailable(thrown: unknown): void {
  if (!(thrown instanceof VendorError && thrown.code === 'audit_unavailable')) throw thrown
}
