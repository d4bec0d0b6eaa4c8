import type { Actor } from '../domain/audit-event.ts'
import type { Clock, Random, SignedInPerson } from '../ports.ts'

/** One person at the page. What opens it, the cookie, is not in it. */
export type Session = {
  /** Names it in the log; nobody can use it. */
  readonly handle: string
  readonly identity: Pick<Actor, 'issuer' | 'sub'>
  /** Stands in every form of this session and in no other. */
  readonly csrf: string
  readonly authTime: string | null
  readonly acr: string | null
}

export type Sessions = {
  /** Opens one under a new cookie value, which nobody had before: whatever a browser held is worth nothing. */
  open(person: SignedInPerson): { readonly cookie: string; readonly session: Session }
  /** The session of a cookie, and it counts as seen; null where there is none, or it is over. */
  find(cookie: string): Session | null
  end(cookie: string): void
  size(): number
}

export const SESSION_HOURS = 8
export const IDLE_MINUTES = 30
const ABSOLUTE_MS = SESSION_HOURS * 3_600_000
const IDLE_MS = IDLE_MINUTES * 60_000
const MOST = 1_000
const COOKIE_BYTES = 32

type Held = { readonly session: Session; readonly openedMs: number; seenMs: number }

/**
 * Sessions in this process's memory (ADR 0042): 8 hours at most, 30 minutes without a request, by the monotonic clock.
 * They are kept by the hash of their cookie, so that a dump of memory that shows the table opens none of them. Of a
 * thousand the one that was not seen for the longest gives way.
 */
export function createSessions(deps: {
  readonly clock: Clock
  readonly random: Random
  readonly sha256: (text: string) => string
}): Sessions {
  const { clock, random, sha256 } = deps
  const held = new Map<string, Held>()
  const token = () => Buffer.from(random.bytes(COOKIE_BYTES)).toString('base64url')
  const isOver = ({ openedMs, seenMs }: Held, now: number) =>
    now - openedMs >= ABSOLUTE_MS || now - seenMs >= IDLE_MS

  function makeRoom(now: number): void {
    for (const [key, one] of held) if (isOver(one, now)) held.delete(key)
    // Whoever is seen goes to the end of the map, so the first was not seen for the longest.
    for (const key of held.keys()) {
      if (held.size < MOST) return
      held.delete(key)
    }
  }

  return {
    open({ issuer, sub, authTime, acr }) {
      const now = clock.monotonicMs()
      makeRoom(now)
      const cookie = token()
      const key = sha256(cookie)
      const handle = sha256(`handle ${key}`).slice(0, 16)
      const session: Session = { handle, identity: { issuer, sub }, csrf: token(), authTime, acr }
      held.set(key, { session, openedMs: now, seenMs: now })
      return { cookie, session }
    },
    find(cookie) {
      const key = sha256(cookie)
      const one = held.get(key)
      if (one === undefined) return null
      held.delete(key)
      const now = clock.monotonicMs()
      if (isOver(one, now)) return null
      one.seenMs = now
      held.set(key, one)
      return one.session
    },
    end: (cookie) => void held.delete(sha256(cookie)),
    size: () => held.size,
  }
}
