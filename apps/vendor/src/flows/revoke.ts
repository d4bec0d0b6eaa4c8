import type { Actor } from '../domain/audit-event.ts'
import { isCommitment } from '../domain/personal/commitment.ts'
import type { Locks, Revocation, Revoked } from '../domain/revocation.ts'
import { lockKey } from '../domain/revocation.ts'
import { VendorError } from '../errors.ts'
import type { RequestId, RevocationId } from '../ids.ts'
import type { AuditLog, Clock, CredentialTarget, Ending, LiveSession, Logger, Timers } from '../ports.ts'
import type { Endings } from './ending.ts'
import type { InFlight } from './in-flight.ts'

export type RevokeDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly audit: Pick<AuditLog, 'append' | 'liveSessions' | 'revocations'>
  readonly target: (name: string) => CredentialTarget | undefined
  readonly inFlight: InFlight
  readonly endings: Endings
  readonly newRevocationId: () => RevocationId
  /** Nothing that was given is given again: called as soon as a revocation or its lifting stands. */
  readonly forgetGiven: () => void
  readonly breathe: () => Promise<void>
  readonly log: Logger
}

export type RevokeBy = { readonly actor: Actor; readonly request: RequestId; readonly reason: string }

export type UnprovedSession = {
  readonly assumption: string
  readonly target: string
  /** It is over then, whatever the store did. */
  readonly latestExpiry: string
  readonly detail: string
}

/** What became of a revocation, measured from the call by the monotonic clock. */
export type RevokeReport = {
  readonly revocation: RevocationId
  /** The lock that stops issue; null for a single session. */
  readonly lock: RevocationId | null
  readonly sessions: number
  readonly proved: number
  /** The first hundred sessions that are not proved to be over, those that live longest first. */
  readonly unproved: readonly UnprovedSession[]
  readonly moreUnproved: number
  /**
   * Targets of which one session cannot be ended alone: every session that was given there before now is denied,
   * whoever's it is. Those of this revocation are among the unproved, with `denied_older`.
   */
  readonly deniedOlder: readonly string[]
  /** When the lock stood: from then on nothing is issued. */
  readonly stoppedMs: number
  /** When the last session's own key id was refused; null where none was. */
  readonly lastMs: number | null
}

export type RevokeFlow = {
  /** What is locked: read by every exchange, at stop 3 and again in the tick of its answer. */
  locks(): Locks
  /**
   * Stops issue of what is revoked at once and until it is lifted, waits for the exchanges that began before, ends
   * every session that was given, and says which are proved to be over. Twice it is one lock. What a kill cuts short is
   * finished by the next start; a session that could not be ended is tried again until it is over. Throws
   * `audit_unavailable`, and then nothing is locked.
   */
  revoke(of: Revoked, by: RevokeBy): Promise<RevokeReport>
  /** Lets it be issued again. Throws `not_found` where no such lock stands. */
  lift(id: RevocationId, by: RevokeBy): Promise<Revocation>
  /** The locks that stand, oldest first. */
  standing(): Promise<readonly Revocation[]>
  /** Reads the locks, before any door opens. Throws `audit_tampered` where one is of a person whom nobody can name. */
  open(): Promise<void>
  /** Goes on with what an earlier process did not finish. */
  resume(): Promise<void>
}

/** Of ending one session most is waiting for the store; a store takes some hundred calls a second. */
const CONCURRENT = 16
const MAX_TOLD = 100
/** What `CredentialTarget.endOlder` says where the Deny stands. */
const DENIED_OLDER = 'denied_older'
/** Beyond the deadlines of any exchange. */
const DRAIN_MS = 15_000

/** Builds the one revoke flow of a process. */
export function createRevokeFlow(deps: RevokeDeps): RevokeFlow {
  let locks: Locks = new Map()
  let last: Promise<unknown> = Promise.resolve()

  /** What is locked by two at once would be two locks, and letting go of one would let go of both. */
  function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }

  function keep(key: string | null, id: RevocationId | null): void {
    if (key === null) return
    const rest = [...locks].filter(([other]) => other !== key)
    locks = new Map(id === null ? rest : [...rest, [key, id] as const])
  }

  return {
    locks: () => locks,
    async revoke(of, by) {
      const begunMs = deps.clock.monotonicMs()
      const id = deps.newRevocationId()
      const key = lockKey(of)
      const { actor, request, reason } = by
      const lock = await oneAtATime(async () => {
        const held = key === null ? null : (locks.get(key) ?? null)
        const locked = key !== null && held === null
        await deps.audit.append({ type: 'revoke.begun', revocation: id, of, actor, request, reason, locked })
        if (locked) keep(key, id)
        return locked ? id : held
      })
      deps.forgetGiven()
      const stoppedMs = deps.clock.monotonicMs() - begunMs
      return finish(deps, { id, of, lock, begunMs, stoppedMs, by })
    },
    lift: (id, { actor, request, reason }) =>
      oneAtATime(async () => {
        const found = (await deps.audit.revocations()).find((one) => one.id === id && one.locked)
        if (found === undefined) throw new VendorError('not_found')
        await deps.audit.append({
          type: 'revoke.lifted',
          revocation: id,
          of: found.of,
          actor,
          request,
          reason,
        })
        keep(lockKey(found.of), null)
        deps.forgetGiven()
        return { ...found, locked: false }
      }),
    async standing() {
      return (await deps.audit.revocations()).filter(({ locked }) => locked)
    },
    async open() {
      for (const { id, of, locked, finished } of await deps.audit.revocations()) {
        // An erasure waits for it to be lifted, so somebody else took away what it is of: it would hold nothing.
        if (of.kind === 'subject' && isCommitment(of.sub) && (locked || !finished))
          throw new VendorError('audit_tampered', { facts: { revocation: id, reason: 'of nobody known' } })
        if (locked) keep(lockKey(of), id)
      }
    },
    async resume() {
      for (const { id, of, by, reason, finished, locked } of await deps.audit.revocations()) {
        if (finished) continue
        const begunMs = deps.clock.monotonicMs()
        const lock = locked ? id : null
        await finish(deps, { id, of, lock, begunMs, stoppedMs: 0, by: { actor: by, request: null, reason } })
      }
    },
  }
}

type Begun = {
  readonly id: RevocationId
  readonly of: Revoked
  readonly lock: RevocationId | null
  readonly begunMs: number
  readonly stoppedMs: number
  readonly by: Omit<RevokeBy, 'request'> & { readonly request: RequestId | null }
}

async function finish(deps: RevokeDeps, begun: Begun): Promise<RevokeReport> {
  await drained(deps)
  const ended: Ended[] = []
  const older = olderEndings(deps, begun.of)
  for (let before: number | null = null; ; ) {
    const page = await deps.audit.liveSessions({ of: begun.of, nowMs: deps.clock.nowMs(), before })
    ended.push(...(await endAll(deps, page.sessions, older)))
    if (page.next === null) break
    before = page.next
    await deps.breathe()
  }
  const report = reportOf(begun, ended)
  const { lock: _standing, revocation, ...facts } = report
  const { actor, request } = begun.by
  await deps.audit.append({ type: 'revoke.finished', revocation, of: begun.of, actor, request, ...facts })
  return report
}

/** What ends every older session of a target, asked for once a target and revocation; null where one can be ended alone. */
type OlderEndings = (target: string) => Promise<Ending> | null

/** Nobody who ends one session means those of all others: then it is left to its own end, and that is said. */
function olderEndings(deps: RevokeDeps, of: Revoked): OlderEndings {
  const asked = new Map<string, Promise<Ending>>()
  return (name) => {
    const endOlder = of.kind === 'assumption' ? null : (deps.target(name)?.endOlder ?? null)
    if (endOlder === null) return null
    const ending = asked.get(name) ?? endOlder().catch((thrown: unknown) => failedBy(deps, name, thrown))
    asked.set(name, ending)
    return ending
  }
}

/** Exchanges that began before the lock end by themselves: withheld, or with an outcome that is on disk. */
async function drained(deps: RevokeDeps): Promise<void> {
  const late = Promise.withResolvers<void>()
  const cancel = deps.timers.after(DRAIN_MS, () => late.resolve())
  await Promise.race([deps.inFlight.drained(), late.promise])
  cancel()
}

type Ended = { readonly session: LiveSession; readonly ending: Ending; readonly atMs: number }

/** Store by store, so that one that hangs holds up the sessions of no other. */
async function endAll(
  deps: RevokeDeps,
  sessions: readonly LiveSession[],
  older: OlderEndings,
): Promise<readonly Ended[]> {
  const byTarget = Map.groupBy(sessions, ({ target }) => target)
  const ended = await Promise.all([...byTarget.values()].map((some) => endSome(deps, some, older)))
  return ended.flat()
}

async function endSome(
  deps: RevokeDeps,
  sessions: readonly LiveSession[],
  older: OlderEndings,
): Promise<readonly Ended[]> {
  const ended: Ended[] = []
  const waiting = [...sessions]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      ended.push(await endOne(deps, next, older))
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENT, sessions.length) }, worker))
  return ended
}

async function endOne(deps: RevokeDeps, session: LiveSession, older: OlderEndings): Promise<Ended> {
  const { assumption, target, accessKeyId, latestExpiryMs } = session
  const byDeny = older(target)
  const ending = byDeny === null ? await endAtStore(deps, session) : await byDeny
  const atMs = deps.clock.monotonicMs()
  const latestExpiry = new Date(latestExpiryMs).toISOString()
  const { proof, detail } = ending
  const final = proof === 'proved'
  const storeTokenExpires = new Date(session.storeTokenExpiresMs).toISOString()
  const event = { assumption, target, accessKeyId, proof, detail, latestExpiry, storeTokenExpires, final }
  await deps.audit.append({ type: 'assume.revoked', ...event })
  // The queue tries again until the store answers, or the session is over by itself. A Deny is for a person to repeat.
  if (proof === 'failed' && byDeny === null)
    void deps.endings.begin({ ...session, announced: true }, 'process_ended')
  return { session, ending, atMs }
}

async function endAtStore(
  deps: RevokeDeps,
  { assumption, target, accessKeyId }: LiveSession,
): Promise<Ending> {
  const found = deps.target(target)
  if (found === undefined) return { proof: 'failed', detail: 'target_not_configured' }
  try {
    return await found.end(assumption, accessKeyId)
  } catch (thrown) {
    return failedBy(deps, assumption, thrown)
  }
}

function failedBy(deps: RevokeDeps, of: string, thrown: unknown): Ending {
  const detail = thrown instanceof VendorError ? thrown.code : 'internal_error'
  deps.log.error('revoke.failed', { of, detail })
  return { proof: 'failed', detail }
}

function reportOf({ id, lock, begunMs, stoppedMs }: Begun, ended: readonly Ended[]): RevokeReport {
  const proved = ended.filter(({ ending }) => ending.proof === 'proved')
  const rest = ended
    .filter(({ ending }) => ending.proof !== 'proved')
    .toSorted((a, b) => b.session.latestExpiryMs - a.session.latestExpiryMs)
  const last = proved.reduce<number | null>((latest, { atMs }) => Math.max(latest ?? 0, atMs - begunMs), null)
  return {
    revocation: id,
    lock,
    sessions: ended.length,
    proved: proved.length,
    unproved: rest.slice(0, MAX_TOLD).map(({ session, ending }) => ({
      assumption: session.assumption,
      target: session.target,
      latestExpiry: new Date(session.latestExpiryMs).toISOString(),
      detail: ending.detail,
    })),
    moreUnproved: Math.max(0, rest.length - MAX_TOLD),
    deniedOlder: [
      ...new Set(
        rest.flatMap(({ session, ending }) => (ending.detail === DENIED_OLDER ? [session.target] : [])),
      ),
    ].toSorted(),
    stoppedMs: Math.round(stoppedMs),
    lastMs: last === null ? null : Math.round(last),
  }
}
