import type { ReadyCheck, ReadyReport } from '../http/ops.ts'
import { reportOf } from '../http/ops.ts'
import type { KeySetStanding } from '../oidc/key-sets.ts'

export type Breaker = { readonly target: string; readonly state: 'closed' | 'half_open' | 'open' }

/** What readiness asks of the parts of a running service. */
export type ReadinessOf = {
  readonly generation: () => number
  /** Throws where the file cannot be read. */
  readonly readConfiguration: () => Promise<unknown>
  readonly audit: { healthy(): boolean; recheck(): void }
  readonly breakers: () => readonly Breaker[]
  readonly keySets: () => readonly Omit<KeySetStanding, 'refused'>[]
  readonly diskFreeBytes: () => number | null
  readonly isClockBehind: () => boolean
  /** Targets whose list of sessions could not be read when it was asked for last. */
  readonly unreconciled: () => readonly string[]
  readonly log: {
    /** An anchor holds a newer log than this, or another one. */
    readonly isRolledBack: () => boolean
    /** Whether checkpoints are kept out of reach of the data folder at all. */
    readonly hasAnchors: boolean
    readonly anchorsBehind: () => readonly string[]
    readonly sinksFailing: () => readonly string[]
  }
}

/** Below this the disk is said to be nearly full: some 70,000 assumptions are left. */
const NEARLY_FULL_BYTES = 256 * 1024 * 1024

/**
 * The checks of a service that has started. What every exchange needs decides: the service, its configuration, both
 * files. A store or an issuer that is down harms only its own callers, and a disk that is nearly full still serves: they
 * are told, because taking the whole process out of service would make a warning an outage.
 */
export async function readinessOf(of: ReadinessOf): Promise<ReadyReport> {
  return reportOf([
    SERVING,
    configuration(of.generation()),
    await configDatabase(of.readConfiguration),
    auditLog(of.audit, of.log.isRolledBack()),
    anchors(of.log.hasAnchors, of.log.anchorsBehind()),
    sinks(of.log.sinksFailing()),
    targets(of.breakers()),
    keySets(of.keySets()),
    storeSessions(of.unreconciled()),
    disk(of.diskFreeBytes()),
    wallClock(of.isClockBehind()),
  ])
}

/** Before the databases are open, and from the signal to stop on. */
export function notServing(detail: 'starting' | 'stopping'): ReadyReport {
  return reportOf([{ name: 'service', ok: false, detail, decides: true }])
}

const SERVING: ReadyCheck = { name: 'service', ok: true, detail: 'serving', decides: true }

function configuration(generation: number): ReadyCheck {
  // An empty one is a right one: it refuses everybody, and takes the first apply.
  const detail = generation === 0 ? 'empty' : 'loaded'
  return { name: 'configuration', ok: true, detail, decides: true }
}

async function configDatabase(read: () => Promise<unknown>): Promise<ReadyCheck> {
  const ok = await read().then(
    () => true,
    () => false,
  )
  return { name: 'config_database', ok, detail: ok ? 'readable' : 'not_readable', decides: true }
}

function auditLog(audit: ReadinessOf['audit'], isRolledBack: boolean): ReadyCheck {
  if (isRolledBack) return { name: 'audit_log', ok: false, detail: 'rolled_back', decides: true }
  const ok = audit.healthy()
  // Whoever is out of service gets no request that would find out that the disk is there again.
  if (!ok) audit.recheck()
  return { name: 'audit_log', ok, detail: ok ? 'writable' : 'not_writable', decides: true }
}

/** A failure of an anchor never stops a vend. */
function anchors(hasAny: boolean, about: readonly string[]): ReadyCheck {
  const well = hasAny ? 'none_behind' : 'none_configured'
  const detail = about.length === 0 ? well : 'some_behind'
  return { name: 'anchors', ok: about.length === 0, detail, decides: false, about }
}

/** Nor one of a sink: what it does not have waits. */
function sinks(about: readonly string[]): ReadyCheck {
  const detail = about.length === 0 ? 'none_failing' : 'some_failing'
  return { name: 'sinks', ok: about.length === 0, detail, decides: false, about }
}

function targets(breakers: readonly Breaker[]): ReadyCheck {
  const about = breakers.filter(({ state }) => state !== 'closed').map(({ target }) => target)
  const detail = about.length === 0 ? 'none_held_back' : 'some_held_back'
  return { name: 'targets', ok: about.length === 0, detail, decides: false, about }
}

function keySets(standings: ReturnType<ReadinessOf['keySets']>): ReadyCheck {
  const about = [
    ...new Set(standings.filter(({ stale, usable }) => stale || !usable).map(({ issuer }) => issuer)),
  ]
  const unread = standings.some(({ usable }) => !usable)
  const detail = about.length === 0 ? 'fresh' : unread ? 'some_unreadable' : 'some_stale'
  return { name: 'key_sets', ok: about.length === 0, detail, decides: false, about }
}

/** Who looks for sessions that are not ours is blind there; nothing that is vended depends on it. */
function storeSessions(about: readonly string[]): ReadyCheck {
  const detail = about.length === 0 ? 'none_unread' : 'some_unread'
  return { name: 'store_sessions', ok: about.length === 0, detail, decides: false, about }
}

function disk(freeBytes: number | null): ReadyCheck {
  if (freeBytes === null) return { name: 'disk', ok: false, detail: 'unknown', decides: false }
  const ok = freeBytes >= NEARLY_FULL_BYTES
  return { name: 'disk', ok, detail: ok ? 'enough' : 'nearly_full', decides: false }
}

/** Where it went back, tokens are judged by the time that was before: those that are new may be taken for over. */
function wallClock(isBehind: boolean): ReadyCheck {
  return { name: 'clock', ok: !isBehind, detail: isBehind ? 'went_back' : 'steady', decides: false }
}
