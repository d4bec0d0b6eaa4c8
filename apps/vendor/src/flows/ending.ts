import type { AuditEvent } from '../domain/audit-event.ts'
import { VendorError } from '../errors.ts'
import type { AuditLog, Clock, CredentialTarget, Ending, Logger, OpenIntent, Timers } from '../ports.ts'

type Withheld = Extract<AuditEvent, { type: 'assume.withheld' }>
type Reason = Extract<AuditEvent, { type: 'assume.unresolved' }>['reason']

export type EndingDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly audit: Pick<AuditLog, 'append' | 'openIntents'>
  readonly target: (name: string) => CredentialTarget | undefined
  readonly log: Logger
}

/** Ends at the store what was minted, or may have been, and never handed out. */
export type Endings = {
  /**
   * Records why (with `assume.unresolved`, or the withheld event given; nothing where it is announced), ends the session by the same `sub` at once
   * and again after the store token's `exp`, when a lost request can mint no more, and records each attempt. Resolves
   * when the first recording was tried; it never rejects: what the log cannot take now is written when it heals, and
   * what this process does not live to finish stands in the log's open intents for the next one.
   */
  begin(open: OpenIntent, why: Reason | Withheld): Promise<void>
  /** Takes up the open intents of an earlier process. */
  resume(): Promise<void>
  /** How many are not finished. */
  pending(): number
  /** Cancels the timers; the open intents stay for the next start. */
  stop(): void
}

/** Beyond the token's `exp`, for a store whose clock runs behind ours. */
const TOKEN_MARGIN_MS = 5_000
const RETRY_FIRST_MS = 1_000
const RETRY_MOST_MS = 30_000
/** A store that comes back from an outage is not met by everything at once; one that hangs holds up no other. */
const MAX_CONCURRENT = 4
const RESUMED_AT_ONCE = 256

type Work = { readonly open: OpenIntent; announcement: AuditEvent | null; attempts: number }

/** Builds the one ending queue of a process. */
export function createEndings(deps: EndingDeps): Endings {
  const cancels = new Map<Work, () => void>()
  const works = new Set<Work>()
  const queues = new Map<string, { readonly waiting: Work[]; running: number }>()
  let stopped = false

  function enqueue(work: Work): void {
    const { target } = work.open
    const queue = queues.get(target) ?? { waiting: [], running: 0 }
    queues.set(target, queue)
    queue.waiting.push(work)
    goOn(target)
  }

  function goOn(target: string): void {
    const queue = queues.get(target)
    while (!stopped && queue !== undefined && queue.running < MAX_CONCURRENT) {
      const next = queue.waiting.shift()
      if (next === undefined) break
      queue.running += 1
      void run(next).finally(() => {
        queue.running -= 1
        goOn(target)
      })
    }
    if (queue?.running === 0 && queue.waiting.length === 0) queues.delete(target)
  }

  async function run(work: Work): Promise<void> {
    const delayMs = await attempt(deps, work)
    if (delayMs === null) works.delete(work)
    else schedule(work, delayMs)
  }

  function schedule(work: Work, delayMs: number): void {
    if (stopped) return
    const cancel = deps.timers.after(delayMs, () => {
      cancels.delete(work)
      enqueue(work)
    })
    cancels.set(work, cancel)
  }

  async function begin(open: OpenIntent, why: Reason | Withheld): Promise<void> {
    const work: Work = { open, announcement: open.announced ? null : announcementOf(open, why), attempts: 0 }
    works.add(work)
    await announce(deps, work)
    enqueue(work)
  }

  return {
    begin,
    async resume() {
      // Together: a start waits for as many commits as they take, and one takes many.
      const intents = await deps.audit.openIntents()
      for (let at = 0; at < intents.length; at += RESUMED_AT_ONCE)
        await Promise.all(intents.slice(at, at + RESUMED_AT_ONCE).map((open) => begin(open, 'process_ended')))
    },
    pending: () => works.size,
    stop() {
      stopped = true
      for (const cancel of cancels.values()) cancel()
      cancels.clear()
    },
  }
}

function announcementOf(open: OpenIntent, why: Reason | Withheld): AuditEvent {
  if (typeof why !== 'string') return why
  return {
    type: 'assume.unresolved',
    assumption: open.assumption,
    target: open.target,
    reason: why,
    latestExpiry: new Date(open.latestExpiryMs).toISOString(),
  }
}

/** Tries to write what is not written yet; true when it stands. */
async function announce(deps: EndingDeps, work: Work): Promise<boolean> {
  if (work.announcement === null) return true
  try {
    await deps.audit.append(work.announcement)
    work.announcement = null
    return true
  } catch (thrown) {
    deps.log.error('ending.not_recorded', { assumption: work.open.assumption, code: codeOf(thrown) })
    return false
  }
}

/** One attempt at the store and its record. Answers when to come again, in ms, or null when it is over. */
async function attempt(deps: EndingDeps, work: Work): Promise<number | null> {
  const { open } = work
  const backoff = Math.min(RETRY_FIRST_MS * 2 ** work.attempts, RETRY_MOST_MS)
  work.attempts += 1
  const ending = await endAtStore(deps, open)
  const nowMs = deps.clock.nowMs()
  const tokenDeadMs = open.storeTokenExpiresMs + TOKEN_MARGIN_MS
  const over = nowMs >= open.latestExpiryMs + TOKEN_MARGIN_MS
  const final = over || (nowMs >= tokenDeadMs && ending.proof !== 'failed')
  if (!(await announce(deps, work))) return backoff
  // A store that stays down is one record at the beginning and one at the end, not one a minute.
  if (ending.proof === 'failed' && work.attempts > 1 && !final) return backoff
  try {
    await deps.audit.append({
      type: 'assume.revoked',
      assumption: open.assumption,
      target: open.target,
      accessKeyId: open.accessKeyId,
      proof: ending.proof,
      detail: ending.detail,
      latestExpiry: new Date(open.latestExpiryMs).toISOString(),
      storeTokenExpires: new Date(open.storeTokenExpiresMs).toISOString(),
      final,
    })
  } catch (thrown) {
    deps.log.error('ending.not_recorded', { assumption: open.assumption, code: codeOf(thrown) })
    return backoff
  }
  if (final) return null
  return ending.proof === 'failed' ? backoff : Math.max(tokenDeadMs - nowMs, 0)
}

async function endAtStore(deps: EndingDeps, open: OpenIntent): Promise<Ending> {
  const target = deps.target(open.target)
  if (target === undefined) return { proof: 'failed', detail: 'target_not_configured' }
  try {
    return await target.end(open.assumption, open.accessKeyId)
  } catch (thrown) {
    return { proof: 'failed', detail: codeOf(thrown) }
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof VendorError ? thrown.code : 'internal_error'
}
