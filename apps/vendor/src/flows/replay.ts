import { LEAST_LIFETIME_SECONDS } from '../domain/lifetime.ts'
import type { Clock, Timers } from '../ports.ts'
import type { Exchanged } from './issue.ts'

/**
 * What was given a moment ago, for roles that let an identical request have it again: a client that repeats itself gets
 * one session and not twelve. In memory only, bounded, and every delivery is recorded by whoever asks.
 */
export type Replays = {
  /**
   * The answer to the one identical request within the window: `mint`'s where there is none yet, else what that one was
   * given; while it is under way, its twins wait for it. A refusal is shared with those that waited, and then forgotten.
   */
  once(
    of: { readonly key: string; readonly windowSeconds: number },
    mint: () => Promise<Exchanged>,
  ): Promise<{ readonly exchanged: Exchanged; readonly again: boolean }>
  /** Forgets everything: at any revocation and any new configuration. What is under way is not given to twins any more. */
  clear(): void
  size(): number
}

type Entry = {
  readonly pending: Promise<Exchanged>
  untilMs: number
  /** Ends the timer that would forget it: whoever is forgotten early must not be held by it. */
  cancel: () => void
}

/** Some 3 KB each. */
const MOST = 10_000

/** Makes an empty one. */
export function createReplays(
  deps: { readonly clock: Clock; readonly timers: Timers },
  most = MOST,
): Replays {
  let entries = new Map<string, Entry>()

  function forget(key: string, entry: Entry): void {
    entry.cancel()
    if (entries.get(key) === entry) entries.delete(key)
  }

  function forgetOldest(): void {
    const [oldest] = entries
    if (oldest !== undefined) forget(...oldest)
  }

  function isFresh(exchanged: Exchanged, entry: Entry): boolean {
    if (!exchanged.ok) return true
    const leftMs = exchanged.minted.expiresMs - deps.clock.nowMs()
    return deps.clock.monotonicMs() < entry.untilMs && leftMs >= LEAST_LIFETIME_SECONDS * 1000
  }

  async function first(
    { key, windowSeconds }: Parameters<Replays['once']>[0],
    mint: () => Promise<Exchanged>,
  ): Promise<Exchanged> {
    const pending = mint()
    const entry: Entry = { pending, untilMs: Number.POSITIVE_INFINITY, cancel: () => undefined }
    if (entries.size >= most) forgetOldest()
    entries.set(key, entry)
    try {
      const exchanged = await pending
      if (!exchanged.ok) forget(key, entry)
      else if (entries.get(key) === entry) {
        entry.untilMs = deps.clock.monotonicMs() + windowSeconds * 1000
        entry.cancel = deps.timers.after(windowSeconds * 1000, () => forget(key, entry))
      }
      return exchanged
    } catch (thrown) {
      forget(key, entry)
      throw thrown
    }
  }

  return {
    async once(of, mint) {
      for (let found = entries.get(of.key); found !== undefined; found = entries.get(of.key)) {
        const exchanged = await found.pending
        const isStanding = entries.get(of.key) === found
        if (isStanding && !isFresh(exchanged, found)) forget(of.key, found)
        // What failed is shared by those that waited for it; what was given only while nothing was revoked or changed.
        else if (isStanding || !exchanged.ok) return { exchanged, again: true }
      }
      return { exchanged: await first(of, mint), again: false }
    },
    clear() {
      for (const { cancel } of entries.values()) cancel()
      entries = new Map()
    },
    size: () => entries.size,
  }
}
