import type { Actor } from '../domain/audit-event.ts'
import type { ErasedPerson } from '../domain/log-event.ts'
import { isCommitment } from '../domain/personal/commitment.ts'
import type { Person } from '../domain/personal/person.ts'
import { VendorError } from '../errors.ts'
import type { RequestId } from '../ids.ts'
import type { Erased } from '../ports/personal.ts'
import type { AuditLog, Clock, Logger, Timers } from '../ports.ts'

export type ErasingDeps = {
  readonly audit: Pick<AuditLog, 'personal' | 'revocations' | 'liveSessions'>
  readonly clock: Clock
  readonly timers: Timers
  readonly breathe: () => Promise<void>
  /** Everybody whom the configuration says that this identity is, or was. */
  readonly personsOf: (identity: Pick<Actor, 'issuer' | 'sub'>) => readonly string[]
  readonly log: Logger
}

export type EraseBy = { readonly actor: Actor; readonly request: RequestId; readonly reason: string }

/** What became of it, as whoever asked is told. */
export type ErasureReport = Erased

export type SubjectToErase = {
  /** The configured name, for the record, and its `iss`. */
  readonly issuer: string
  readonly url: string
  /** In clear, or as the commitment that stands in the log. */
  readonly sub: string
}

export type Erasing = {
  /**
   * Erases what the log keeps of a person in clear, and records that it did; the person is nobody from then on, in every
   * event. Again: `values: 0`, and nothing is recorded. Throws `erasure_locked` while a revocation of the person stands,
   * `erasure_too_early` while a session of it may live, `erasure_own`, `audit_unavailable`; then everything is kept.
   */
  subject(of: SubjectToErase, by: EraseBy): Promise<Erased>
  /** The same of what was nobody's on a UTC day (`2026-11-26`). Throws `audit_unavailable`. */
  day(day: string, by: EraseBy): Promise<Erased>
  stop(): void
}

/** A person who is given sessions all the time is told to be too early; this bounds a race that is lost again and again. */
const MOST_LOOKS = 10
const WIPES = 20
const WIPE_AGAIN_MS = 100
const WIPE_LATER_MS = 60_000
const NOTHING: Erased = { values: 0, subs: [], wiped: true }

/** Builds the one erasure of a process. */
export function createErasing(deps: ErasingDeps): Erasing {
  let cancel = () => {}
  let isStopped = false

  /** A reader that looks at an older moment of the file holds up the write-ahead log; it goes, and then what it held goes. */
  async function wiped(): Promise<boolean> {
    for (let left = WIPES; left > 0; left--) {
      if (await deps.audit.personal.wipe()) return true
      await new Promise<void>((resolve) => deps.timers.after(WIPE_AGAIN_MS, resolve))
    }
    deps.log.warn('audit.erased_not_wiped', {})
    wipeLater()
    return false
  }

  function wipeLater(): void {
    cancel()
    if (isStopped) return
    cancel = deps.timers.after(WIPE_LATER_MS, () => {
      deps.audit.personal.wipe().then(
        (done) => (done ? deps.log.info('audit.erased_wiped', {}) : wipeLater()),
        () => wipeLater(),
      )
    })
  }

  async function erased(of: Person, named: ErasedPerson, by: EraseBy): Promise<Erased> {
    for (let left = MOST_LOOKS; left > 0; left--) {
      const mark = deps.audit.personal.mark(of)
      await refuseWhatRests(deps, of, named)
      const done = await deps.audit.personal.erase(of, { of: named, ...by }, mark)
      if (done !== null) return done.wiped ? done : { ...done, wiped: await wiped() }
    }
    throw new VendorError('erasure_too_early')
  }

  return {
    async subject({ issuer, url, sub: named }, by) {
      const sub = await clearSub(deps.audit, named)
      // Nobody knows any more whose it was.
      if (sub === null) return NOTHING
      if (isOneself(deps, { issuer: url, sub }, by.actor)) throw new VendorError('erasure_own')
      return erased({ issuer: url, sub }, { kind: 'subject', issuer, url }, by)
    },
    day: (day, by) => erased({ day }, { kind: 'day', day }, by),
    stop() {
      isStopped = true
      cancel()
    },
  }
}

/** A `sub` that is named in clear, or by its commitment; null: nobody can tell any more whose that is. */
export async function clearSub(
  { personal }: Pick<AuditLog, 'personal'>,
  sub: string,
): Promise<string | null> {
  return isCommitment(sub) ? personal.clear(sub) : sub
}

/** By identity, or by any binding of the same person: whoever is in the record does not take himself out of it. */
function isOneself({ personsOf }: ErasingDeps, of: Pick<Actor, 'issuer' | 'sub'>, actor: Actor): boolean {
  if (of.issuer === actor.issuer && of.sub === actor.sub) return true
  const mine = new Set([actor.person, ...personsOf(actor)])
  return personsOf(of).some((person) => mine.has(person))
}

/** After an erasure neither the lock of a person nor its sessions can be told from anybody else's. */
async function refuseWhatRests(deps: ErasingDeps, of: Person, named: ErasedPerson): Promise<void> {
  if ('day' in of || named.kind === 'day') return
  for (const { of: revoked, id } of await deps.audit.revocations())
    if (revoked.kind === 'subject' && revoked.url === of.issuer && revoked.sub === of.sub)
      throw new VendorError('erasure_locked', { facts: { revocation: id } })
  const subject = { kind: 'subject', issuer: named.issuer, url: of.issuer, sub: of.sub } as const
  for (let before: number | null = null; ; ) {
    const page = await deps.audit.liveSessions({ of: subject, nowMs: deps.clock.nowMs(), before })
    const [first] = page.sessions
    if (first !== undefined)
      throw new VendorError('erasure_too_early', { facts: { assumption: first.assumption } })
    if (page.next === null) return
    before = page.next
    await deps.breathe()
  }
}
