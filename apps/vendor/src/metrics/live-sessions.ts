export type LiveSessions = {
  add(expiresMs: number): void
  count(nowMs: number): number
}

const MINUTE_MS = 60_000

/** How many sessions have their end ahead, by the minute: at most 720 numbers, however many sessions. */
export function createLiveSessions(): LiveSessions {
  const ends = new Map<number, number>()
  return {
    add(expiresMs) {
      const minute = Math.ceil(expiresMs / MINUTE_MS)
      ends.set(minute, (ends.get(minute) ?? 0) + 1)
    },
    count(nowMs) {
      let live = 0
      for (const [minute, count] of ends) {
        if (minute * MINUTE_MS <= nowMs) ends.delete(minute)
        else live += count
      }
      return live
    },
  }
}
