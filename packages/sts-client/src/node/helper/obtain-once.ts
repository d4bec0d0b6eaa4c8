import { StsClientError } from '../../errors.ts'
import { makeCacheFolder, sweepCacheFolder } from './cache-file.ts'
import { clearStaleLock, tryLock } from './lock.ts'
import type { KeptSession, Slot } from './session-cache.ts'
import { readFailure, readSession, writeFailure, writeSession } from './session-cache.ts'

/** The earliest SDK asks for new credentials 15 minutes before the end of the old; so much and a minute must be left. */
const WINDOW_MS = 16 * 60_000
/** Credentials with less left are not handed out: a request signed with them may arrive too late. */
const LEAST_LEFT_MS = 60_000
const LONGEST_SESSION_MS = 12 * 3_600_000
const LONGEST_WAIT_MS = 45_000
const POLL_MS = 20

export type ObtainOptions = {
  readonly slot: Slot
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly exchange: () => Promise<KeptSession>
  /** Told where the session cannot be kept, or an old one is given because the server is away. */
  readonly warn: (text: string) => void
}

/**
 * A session with enough life left: the kept one, else that of one exchange, however many helpers ask at once. The others
 * wait for it, and for its failure too. Where the server is unavailable a kept session that still holds is given; where
 * it refuses, none is. Throws StsClientError.
 */
export async function obtainOnce(options: ObtainOptions): Promise<KeptSession> {
  const { slot, nowMs } = options
  const kept = readSession(slot)
  if (kept !== null && isFresh(kept, nowMs())) return kept
  if (!canKeep(options)) return options.exchange()
  try {
    return await exchangeOrWait(options)
  } catch (error) {
    if (!(error instanceof StsClientError && error.retryable)) throw error
    const old = readSession(slot)
    if (old === null || !isUsable(old, nowMs())) throw error
    options.warn(`${error.code}: ${error.message}; the session of before is given, which ends soon`)
    return old
  }
}

/** A machine without a writable folder gets its credentials all the same; each helper asks by itself. */
function canKeep({ slot, warn }: ObtainOptions): boolean {
  try {
    makeCacheFolder(slot.folder)
    return true
  } catch (error) {
    if (error instanceof StsClientError) throw error
    warn(`the cache folder cannot be made, so nothing is kept: ${slot.folder}`)
    return false
  }
}

async function exchangeOrWait(options: ObtainOptions): Promise<KeptSession> {
  const { slot, nowMs, sleep } = options
  const path = `${slot.folder}/${slot.name}.lock`
  const beganMs = nowMs()
  for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS; waitedMs += POLL_MS) {
    const release = tryLock(path)
    const kept = readSession(slot)
    if (kept !== null && isFresh(kept, nowMs())) {
      release?.()
      return kept
    }
    // Only of those for whom this one waited: a failure of before says nothing about now.
    const failed = waitedMs === 0 ? null : readFailure(slot, beganMs)
    if (release !== null) {
      try {
        if (failed !== null) throw failed
        return await exchangeAndKeep(options)
      } finally {
        release()
      }
    }
    clearStaleLock(path, nowMs())
    await sleep(POLL_MS)
  }
  return options.exchange()
}

async function exchangeAndKeep({ slot, nowMs, exchange, warn }: ObtainOptions): Promise<KeptSession> {
  try {
    const session = await exchange()
    keep(() => writeSession(slot, session), warn)
    keep(() => sweepCacheFolder(slot.folder, nowMs() - LONGEST_SESSION_MS), warn)
    return session
  } catch (error) {
    if (error instanceof StsClientError) keep(() => writeFailure(slot, error, nowMs()), warn)
    throw error
  }
}

/** A full disk costs the next helper an exchange, never this one its answer. */
function keep(write: () => void, warn: ObtainOptions['warn']): void {
  try {
    write()
  } catch {
    warn('the cache cannot be written, so nothing is kept')
  }
}

function isFresh({ obtainedMs, endsMs }: KeptSession, nowMs: number): boolean {
  const windowMs = Math.min(WINDOW_MS, (endsMs - obtainedMs) / 2)
  return nowMs >= obtainedMs && nowMs < endsMs - windowMs
}

/** A clock that was set back makes every end look far away, so a session from "the future" is not used. */
function isUsable({ obtainedMs, endsMs }: KeptSession, nowMs: number): boolean {
  return nowMs >= obtainedMs && nowMs < endsMs - LEAST_LEFT_MS
}
