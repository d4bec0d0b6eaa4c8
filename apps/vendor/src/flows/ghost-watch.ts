import type { GhostFacts, ToldBy } from '../domain/access/ghost.ts'
import { placesOf } from '../domain/access/role-grants.ts'
import type { AssumptionRecord, Judgement, SeenSession } from '../domain/access/session-judgement.ts'
import { judgeSession, recordOf } from '../domain/access/session-judgement.ts'
import type { RecordedEvent } from '../domain/audit-event.ts'
import type { Role } from '../domain/role.ts'
import { isId } from '../ids.ts'
import type { AccessStore, ListedSession, SessionMark, TouchedSession } from '../ports/access.ts'
import type { AuditLog, Clock, Logger, Timers } from '../ports.ts'
import type { GhostReports } from './ghost-reports.ts'

/** What of a store's sessions is of the identity that we show it, by what the store says of them. */
export type IssuedBy = (of: {
  readonly roleArn: string | null
  readonly issuer: string | null
  readonly parent: string | null
}) => boolean

export type GhostWatchDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly audit: Pick<AuditLog, 'page'> & { readonly pruning: Pick<AuditLog['pruning'], 'horizonMs'> }
  readonly access: Pick<AccessStore, 'mark'>
  readonly reports: GhostReports
  /** null: sessions of this target cannot be told from others (pass-through, or no such target). */
  readonly issuedBy: (target: string) => IssuedBy | null
  /** The role as it stands, or undefined. */
  readonly role: (name: string) => Role | undefined
  /** Whether we are asking a store about a key under this name just now. */
  readonly isCanary: (sub: string) => boolean
  readonly breathe: () => Promise<void>
  readonly log: Logger
}

export type GhostWatch = {
  /** Sessions that the store told of just now: they are judged within seconds, in the background. */
  touched(sessions: readonly TouchedSession[]): void
  /** Judges the store's own list, and resolves when that is done. */
  listed(target: string, sessions: readonly ListedSession[], listedMs: number): Promise<void>
  /** Judges what waits. */
  settle(): Promise<void>
  /** Sessions that wait to be judged, and those that were not because too many did. */
  standing(): { readonly waiting: number; readonly dropped: number }
  stop(): Promise<void>
}

/** A session is judged so often while it is used: each time its assumption's events are read. */
const EVERY_MS = 2_000
const MOST_WAITING = 20_000
const AT_ONCE = 50
/** No assumption has more: one that has is not read whole, and its newest count. */
const MOST_EVENTS = 200

/** Holds every session that a store tells of against the log. It only tells: nothing is given or refused by it. */
export function createGhostWatch(deps: GhostWatchDeps): GhostWatch {
  const waiting = new Map<string, { readonly session: TouchedSession; readonly dueMs: number }>()
  let cancel: (() => void) | null = null
  let running: Promise<void> = Promise.resolve()
  let dropped = 0
  let isStopped = false

  function arm(): void {
    if (isStopped || cancel !== null || waiting.size === 0) return
    cancel = deps.timers.after(EVERY_MS, () => {
      cancel = null
      void settle()
    })
  }

  function settle(): Promise<void> {
    running = running
      .then(judgeWaiting)
      .catch((thrown: unknown) => deps.log.error('ghosts.not_judged', { reason: String(thrown) }))
      .finally(arm)
    return running
  }

  async function judgeWaiting(): Promise<void> {
    const nowMs = deps.clock.nowMs()
    const due = [...waiting].filter(([, { dueMs }]) => dueMs <= nowMs)
    for (let at = 0; at < due.length; at += AT_ONCE) {
      const marks: SessionMark[] = []
      for (const [key, { session }] of due.slice(at, at + AT_ONCE)) {
        // What came of it meanwhile waits as another one.
        if (waiting.get(key)?.session === session) waiting.delete(key)
        const mark = await judgeTouched(key, session)
        if (mark !== null) marks.push(mark)
      }
      await deps.access.mark(marks)
      await deps.breathe()
    }
  }

  async function judgeTouched(key: string, session: TouchedSession): Promise<SessionMark | null> {
    if (deps.issuedBy(session.target)?.(session) !== true) return null
    const { target, accessKeyId, sub, firstMs, usedMs, expiresMs } = session
    const seen = { target, accessKeyId, sub, firstMs, usedMs, expiresMs, listedMs: null, lasting: false }
    const { record, events } = await readRecord(sub)
    const judged = await judge(seen, record)
    // What was said of it before stands.
    if (judged.is === 'pruned') return null
    if (judged.is === 'open') {
      if (!waiting.has(key)) waiting.set(key, { session, dueMs: judged.untilMs })
      return null
    }
    const label = labelOf(events)
    const places = label?.role == null ? [] : placesOf(deps.role(label.role))
    if (judged.is === 'ours') return { id: session.id, label, places, ghost: null }
    await deps.reports.report({
      ...factsOf(seen, record, 'webhook'),
      reason: judged.reason,
      source: session.source === '' ? null : session.source,
      uses: session.uses,
    })
    // What a ghost did is nothing that its role was used for.
    return { id: session.id, label: null, places: [], ghost: judged.reason }
  }

  async function judge(seen: SeenSession, record: AssumptionRecord | null): Promise<Judgement> {
    if (record === null && seen.sub !== null && deps.isCanary(seen.sub)) return { is: 'ours' }
    const prunedBeforeMs = await deps.audit.pruning.horizonMs()
    return judgeSession(seen, record, { nowMs: deps.clock.nowMs(), prunedBeforeMs })
  }

  async function readRecord(sub: string | null) {
    if (sub === null || !isId('asm', sub)) return { record: null, events: [] }
    const { events } = await deps.audit.page({ assumption: sub, limit: MOST_EVENTS })
    const oldestFirst = events.map(({ event }) => event).toReversed()
    return { record: recordOf(oldestFirst), events: oldestFirst }
  }

  return {
    touched(sessions) {
      for (const session of sessions) {
        const key = `${session.target} ${session.accessKeyId}`
        if (waiting.size >= MOST_WAITING && !waiting.has(key)) dropped += 1
        else waiting.set(key, { session, dueMs: 0 })
      }
      arm()
    },
    async listed(target, sessions, listedMs) {
      for (const [at, listed] of sessions.entries()) {
        if (at % AT_ONCE === 0) await deps.breathe()
        const { record } = await readRecord(listed.sub)
        const { accessKeyId, sub, expiresMs, lasting } = listed
        const firstMs = listedMs
        const seen = { target, accessKeyId, sub, firstMs, usedMs: null, expiresMs, listedMs, lasting }
        const judged = await judge(seen, record)
        if (judged.is !== 'ghost') continue
        await deps.reports.report({
          ...factsOf(seen, record, 'list'),
          reason: judged.reason,
          source: null,
          uses: 0,
        })
      }
    },
    settle,
    standing: () => ({ waiting: waiting.size, dropped }),
    async stop() {
      isStopped = true
      cancel?.()
      await running
    },
  }
}

function factsOf(
  { target, accessKeyId, sub, firstMs, usedMs, expiresMs }: SeenSession,
  record: AssumptionRecord | null,
  by: ToldBy,
): Omit<GhostFacts, 'reason' | 'source' | 'uses'> {
  return {
    ...{ target, accessKeyId, sub, by },
    assumption: record?.assumption ?? null,
    firstSeen: new Date(firstMs).toISOString(),
    lastUsed: isoOrNull(usedMs),
    expires: isoOrNull(expiresMs),
  }
}

function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString()
}

/** Role and mappings by its intent; of a session of the probe neither. */
function labelOf(events: readonly RecordedEvent[]): SessionMark['label'] {
  const intent = events.find((event) => event.type === 'assume.intent')
  if (intent?.type !== 'assume.intent') return { role: null, mappings: [] }
  const { role, mappings } = intent.decision
  return { role: role?.name ?? null, mappings: mappings.map(({ name }) => name) }
}
