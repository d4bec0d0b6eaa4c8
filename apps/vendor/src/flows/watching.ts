import type { Exercised, Told } from '../domain/access/exercised.ts'
import type { Ghost } from '../domain/access/ghost.ts'
import type { Actor } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { GhostFinding } from '../domain/lint/ghost-rules.ts'
import { lintGhosts } from '../domain/lint/ghost-rules.ts'
import type { Mapping } from '../domain/mapping.ts'
import type { TargetBody } from '../domain/resource.ts'
import { VendorError } from '../errors.ts'
import type { AssumptionId, EventId, RequestId } from '../ids.ts'
import type { AccessReader, AccessStore, ExercisedOf, StoredUses, Taken } from '../ports/access.ts'
import type { AuditLog, Clock, Logger, Timers } from '../ports.ts'
import type { Secret } from '../secret.ts'
import { accesses } from './accesses.ts'
import { createExercised } from './exercised.ts'
import { createGhostReports } from './ghost-reports.ts'
import type { GhostWatch, IssuedBy } from './ghost-watch.ts'
import { createGhostWatch } from './ghost-watch.ts'
import type { Reconcile } from './reconcile.ts'
import { createReconcile } from './reconcile.ts'

export type WatchingDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly audit: Pick<AuditLog, 'append' | 'page' | 'ghosts' | 'pruning'>
  readonly access: AccessStore
  readonly configuration: () => Configuration
  readonly mapping: (name: string) => Mapping | undefined
  readonly issuedBy: (target: string, body: TargetBody) => IssuedBy | null
  /** Throws `secret_unusable`. */
  readonly secret: (name: string) => Secret<string>
  readonly breathe: () => Promise<void>
  readonly log: Logger
  readonly onGhost?: (target: string) => void
}

/** Everything of a process that has to do with what stores tell of sessions. */
export type Watching = {
  /** One post of a store's audit webhook, whose secret was checked. Throws as `AccessStore.take`. */
  take(target: string, body: Uint8Array<ArrayBuffer>): Promise<Taken>
  readonly reconcile: Reconcile
  readonly reader: AccessReader
  /** Throws `not_found`, and `access_untold` where its store never told anything. */
  exercised(of: ExercisedOf, days: number): Promise<Exercised>
  /** What its store told that sessions of it did. Throws as `exercised`. */
  used(of: ExercisedOf, days: number): Promise<Used>
  readonly watch: Pick<GhostWatch, 'standing' | 'settle'>
  accesses(query: Parameters<typeof accesses>[1]): ReturnType<typeof accesses>
  readonly ghosts: AuditLog['ghosts']
  /** Puts a ghost away: it stays in the log and is no finding any more. Throws `not_found`. */
  dismiss(id: EventId, by: DismissBy): Promise<Ghost>
  findings(): readonly GhostFinding[]
  /** Remembers that a store is asked about a key of ours under that name, and answers it. */
  canary(id: AssumptionId): AssumptionId
  /** Looks at what an earlier process did not, and begins to ask stores. */
  open(): void
  /** A configuration stands that did not. */
  wake(): void
  stop(): Promise<void>
}

export type Used = StoredUses & { readonly role: string; readonly told: Told; readonly sinceMs: number }

export type DismissBy = { readonly actor: Actor; readonly request: RequestId; readonly reason: string }

const DAY_MS = 86_400_000
const PURGE_MS = 600_000
/** A session by which a key is asked about lives half a minute. */
const CANARY_MS = 300_000

/** Builds it. */
export function createWatching(deps: WatchingDeps): Watching {
  const { clock, timers, audit, access, configuration, log } = deps
  const reports = createGhostReports(deps)
  const canaries = new Map<string, number>()
  const targets = () => [...configuration().targets.values()]
  const watch = createGhostWatch({
    ...deps,
    reports,
    issuedBy(name) {
      const body = configuration().targets.get(name)?.body
      return body === undefined ? null : deps.issuedBy(name, body)
    },
    role: (name) => configuration().roles.get(name),
    isCanary: (sub) => canaries.has(sub),
  })
  const reconcile = createReconcile({ ...deps, targets, watch })
  const reader = createExercised(deps)
  let cancelPurge: () => void = () => undefined
  let isOpen = false
  let lookedAgain = 0

  /** What an earlier process did not come to, or this one in a flood. */
  async function judgeUnjudged(): Promise<void> {
    try {
      watch.touched(await access.unjudged(clock.nowMs()))
    } catch (thrown) {
      log.warn('access.not_read', { reason: String(thrown) })
    }
  }

  function purge(): void {
    const keepDays = targets().map(({ name, body }) => [name, body.intake?.keepDays ?? 90] as const)
    // Also where no store tells any more: what it told has its end.
    access
      .purge(Object.fromEntries(keepDays))
      .catch((thrown: unknown) => log.warn('access.not_purged', { reason: String(thrown) }))
    reports.closeOver().catch((thrown: unknown) => log.warn('ghosts.not_counted', { reason: String(thrown) }))
    const { dropped } = watch.standing()
    if (dropped > lookedAgain) {
      lookedAgain = dropped
      void judgeUnjudged()
    }
    cancelPurge = timers.after(PURGE_MS, purge)
  }

  const roleOf = ({ kind, name }: ExercisedOf) =>
    configuration().roles.get(kind === 'role' ? name : (deps.mapping(name)?.role ?? ''))

  return {
    async take(target, body) {
      const taken = await access.take(target, body)
      watch.touched(taken.sessions)
      return taken
    },
    reconcile,
    reader,
    async exercised(of, days) {
      const found = await reader.exercised(of, days)
      if (found !== null) return found
      throw new VendorError(roleOf(of) === undefined ? 'not_found' : 'access_untold')
    },
    async used(of, days) {
      const role = roleOf(of)
      if (role === undefined) throw new VendorError('not_found')
      const told = await access.told(role.target.name)
      if (told === null) throw new VendorError('access_untold')
      const sinceMs = clock.nowMs() - days * DAY_MS
      return { role: role.name, told, sinceMs, ...(await access.uses(of, sinceMs)) }
    },
    watch,
    accesses: (query) => accesses({ access, audit, targets: () => targets().map(({ name }) => name) }, query),
    ghosts: audit.ghosts,
    async dismiss(id, { actor, request, reason }) {
      const ghost = audit.ghosts.get(id)
      if (ghost === null) throw new VendorError('not_found')
      if (ghost.dismissed !== null) return ghost
      await audit.append({ type: 'ghost.dismissed', ghost: id, target: ghost.target, actor, request, reason })
      return audit.ghosts.get(id) ?? ghost
    },
    findings: () => lintGhosts(audit.ghosts.open()),
    canary(id) {
      const nowMs = clock.monotonicMs()
      for (const [sub, atMs] of canaries) if (nowMs - atMs > CANARY_MS) canaries.delete(sub)
      canaries.set(id, nowMs)
      return id
    },
    open() {
      isOpen = true
      void judgeUnjudged()
      reconcile.wake()
      purge()
    },
    wake() {
      if (isOpen) reconcile.wake()
    },
    async stop() {
      isOpen = false
      cancelPurge()
      await reconcile.stop()
      await watch.stop()
      await reports.flush().catch(() => undefined)
    },
  }
}
