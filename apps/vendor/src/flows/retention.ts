import type { RecordedEvent } from '../domain/audit-event.ts'
import { createHolding, isKeptForEver, runsOf } from '../domain/retention.ts'
import { VendorError } from '../errors.ts'
import type { LogKeeping } from '../ports/log-keeping.ts'
import type { AuditLog, Clock, Logger, Timers } from '../ports.ts'
import type { Turns } from './reviews/turns.ts'

export type RetentionDeps = {
  readonly audit: Pick<AuditLog, 'append'> &
    Pick<LogKeeping, 'pruning'> & { readonly tree: Pick<AuditLog['tree'], 'checkpoint'> }
  readonly clock: Clock
  readonly timers: Timers
  readonly breathe: () => Promise<void>
  /** The newest event that every sink has; infinite where there is none. */
  readonly deliveredUpTo: () => number
  /** Whoever reads much of the log at one moment is let finish: what is taken out meanwhile would hold the writer. */
  readonly undisturbed: Turns
  readonly log: Logger
}

export type Retention = {
  /** Looks now and each hour. */
  begin(): void
  /** One look: how many bodies were taken out. Throws `audit_unavailable`. */
  run(): Promise<number>
  stop(): Promise<void>
}

const EVERY_MS = 3_600_000
const DAY_MS = 86_400_000
const PAGE = 500
/** Of one `log.pruned`: far below what an entry bundle holds. */
const MOST_RUNS = 1_000
const MOST_EVENTS = 100_000

/**
 * Takes the bodies out of events that are older than so many days; leaves, and so the tree with all proofs, stay. First it is
 * said what is taken out, and signed; then it is done, in slices between which the writer serves everybody else. Cut at any
 * time, the next look goes on.
 */
export function createRetention(deps: RetentionDeps, days: number): Retention {
  let cancel = () => {}
  let stopped = false
  let running: Promise<unknown> = Promise.resolve()

  async function tick(): Promise<void> {
    try {
      const pruned = await deps.undisturbed.take(run)
      if (pruned > 0) deps.log.info('audit.pruned', { events: pruned })
    } catch (thrown) {
      const code = thrown instanceof VendorError ? thrown.code : String(thrown)
      deps.log.error('audit.not_pruned', { code })
    }
    if (!stopped) cancel = deps.timers.after(EVERY_MS, begin)
  }

  function begin(): void {
    running = tick()
  }

  async function run(): Promise<number> {
    await finish(deps, () => stopped)
    let total = 0
    while (!stopped) {
      const found = await look(deps, days)
      if (found.old.length > 0) {
        await announce(deps, found, days)
        await finish(deps, () => stopped)
        total += found.old.length
      }
      if (!stopped) await deps.audit.pruning.looked(found.upto, found.held)
      if (found.isEnd) return total
    }
    return total
  }

  return {
    begin,
    run: () => deps.undisturbed.take(run),
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}

type Found = {
  readonly before: string
  /** Sequences that are old and needed by nobody, in order. */
  readonly old: readonly number[]
  readonly held: readonly number[]
  readonly upto: number
  readonly isEnd: boolean
}

/** Looks at those that were kept before, and goes on from where it was. */
async function look({ audit, clock, breathe, deliveredUpTo }: RetentionDeps, days: number): Promise<Found> {
  const { pruning } = audit
  const nowMs = clock.nowMs()
  const beforeMs = nowMs - days * DAY_MS
  const isHeld = createHolding(await pruning.facts(), nowMs)
  const [old, held]: [number[], number[]] = [[], []]
  let runs = 0
  const lookedAt = await pruning.upTo()

  function sort(seq: number, event: RecordedEvent | null): void {
    if (event === null || isKeptForEver(event)) return
    // Released ones are at most half of what one event names; the rest waits for the next look.
    const isPutOff = seq <= lookedAt && runs >= MOST_RUNS / 2
    if (isHeld({ seq, event }, isPutOff)) held.push(seq)
    else {
      if (old.at(-1) !== seq - 1) runs += 1
      old.push(seq)
    }
  }

  for (
    let after = 0, rows = await pruning.candidates({ among: 'held', after, limit: PAGE });
    rows.length > 0;
  ) {
    for (const { seq, event } of rows) {
      sort(seq, event)
      after = seq
    }
    await breathe()
    rows = await pruning.candidates({ among: 'held', after, limit: PAGE })
  }
  let upto = lookedAt
  const limit = deliveredUpTo()
  for (;;) {
    const rows = await pruning.candidates({ among: 'new', after: upto, limit: PAGE })
    for (const { seq, atMs, event } of rows) {
      const isYoung = atMs >= beforeMs || seq > limit
      if (isYoung || runs >= MOST_RUNS || old.length >= MOST_EVENTS)
        return { before: iso(beforeMs), old, held, upto, isEnd: isYoung }
      sort(seq, event)
      upto = seq
    }
    if (rows.length < PAGE) return { before: iso(beforeMs), old, held, upto, isEnd: true }
    await breathe()
  }
}

/** The checkpoint over it is signed before anything is taken out: no bundle has to do without what explains its gaps. */
async function announce({ audit }: RetentionDeps, { before, old }: Found, days: number): Promise<void> {
  const runs = runsOf(old)
  await audit.append({ type: 'log.pruned', policy: { days }, before, count: old.length, runs })
  await audit.tree.checkpoint()
}

async function finish({ audit, breathe }: RetentionDeps, isStopped: () => boolean): Promise<void> {
  if (!(await audit.pruning.isPending())) return
  while (!isStopped() && (await audit.pruning.slice())) await breathe()
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
