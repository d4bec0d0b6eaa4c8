import type { Facts } from '../errors.ts'
import { VendorError } from '../errors.ts'
import type { Anchor, AuditLog, Checkpoint, Clock, Logger, Timers } from '../ports.ts'
import type { Conflict, HoldAgainst, LostAnchor } from './held-anchors.ts'
import { sizeInLog } from './held-anchors.ts'

export type AnchoringDeps = {
  readonly anchors: readonly Anchor[]
  readonly hold: HoldAgainst
  readonly audit: Pick<AuditLog, 'append' | 'page' | 'tree'>
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Logger
  /** An anchor turned out to hold a newer or another log; or one that gave no answer at the start has nothing any more. */
  readonly onRefused: (error: VendorError) => void
}

export type Anchoring = {
  /** Holds the log against every anchor. One that gives no answer is asked again before anything is written to it. */
  hold(): Promise<{ readonly conflicts: readonly Conflict[]; readonly lost: readonly LostAnchor[] }>
  /**
   * Every checkpoint that is not of this history, of the anchors that gave an answer when the log was held against them.
   * Throws `anchor_unavailable` where one gives none any more.
   */
  contradicting(): Promise<readonly Conflict[]>
  /** What these held was given up, and the log says so: they begin anew. */
  beginAnew(lost: readonly LostAnchor[]): void
  /** What the data folder's own anchor held at the start; null where that was nothing. */
  signedBefore(): number | null
  /** Signs and anchors from now on: when the log grew, and each hour when it did not. */
  begin(): void
  /** The anchors that could not be written last, by name. */
  behind(): readonly string[]
  /** Signs and anchors what is there, as far as that is done in two seconds, and stops. */
  stop(): Promise<void>
}

const EVERY_MS = 10_000
/** Anchors then show that nothing happened, instead of nothing. */
const IDLE_MS = 3_600_000
const LAST_MS = 2_000
/** A service that runs for months finds out, too, that somebody else writes to its anchor. */
const HOLD_AGAIN_MS = 3_600_000

type State = {
  heldAtMs: number
  /** Whether this process has held the log against it: what is gone after that speaks against the anchor, not the log. */
  wasHeld: boolean
  /** Whether the log says that something was written there. */
  isInLog: boolean
  writing: Promise<void> | null
  anchoredSize: number
  failingSinceMs: number | null
}

/** Builds the one publisher of checkpoints of a process. */
export function createAnchoring(deps: AnchoringDeps): Anchoring {
  const { anchors, audit, clock, timers, log } = deps
  const states = new Map<Anchor, State>(
    anchors.map((anchor) => [
      anchor,
      {
        heldAtMs: Number.NEGATIVE_INFINITY,
        wasHeld: false,
        isInLog: false,
        writing: null,
        anchoredSize: 0,
        failingSinceMs: null,
      },
    ]),
  )
  let lastMs = Number.NEGATIVE_INFINITY
  let signedBefore: number | null = null
  let stopped = false
  let cancel = () => {}

  async function look(anchor: Anchor, state: State) {
    const held = await deps.hold(anchor)
    // One that cannot be read back tells nothing by being empty, and of its own each start tells.
    state.isInLog = !held.isReadable || anchor.isOwn || (await sizeInLog(audit, anchor)) !== null
    if (held.conflicts.length > 0 || held.lost !== null) return held
    state.heldAtMs = clock.monotonicMs()
    state.wasHeld = true
    return held
  }

  /** Whether it may be written to. What is not of this history must not be covered up by what is written after it. */
  async function isOfThisLog(anchor: Anchor, state: State): Promise<boolean> {
    if (clock.monotonicMs() - state.heldAtMs < HOLD_AGAIN_MS) return true
    const { conflicts, lost } = await look(anchor, state)
    const [conflict] = conflicts
    const error =
      conflict !== undefined
        ? new VendorError('log_rolled_back', { facts: { ...conflict } })
        : lost !== null
          ? new VendorError('anchor_lost', { facts: { ...lost } })
          : null
    if (error === null) return true
    if (lost !== null && state.wasHeld) throw error
    deps.onRefused(error)
    return false
  }

  async function write(anchor: Anchor, state: State, checkpoint: Checkpoint): Promise<void> {
    try {
      if (!(await isOfThisLog(anchor, state))) return
      await anchor.write(checkpoint)
      const { size } = checkpoint
      state.anchoredSize = size
      if (state.failingSinceMs === null && state.isInLog) return
      const failedSince = state.failingSinceMs === null ? null : iso(state.failingSinceMs)
      state.failingSinceMs = null
      await audit.append({ type: 'log.anchored', anchor: anchor.name, size, failedSince })
      state.isInLog = true
    } catch (thrown) {
      await failed(anchor, state, thrown)
    }
  }

  async function failed(anchor: Anchor, state: State, thrown: unknown): Promise<void> {
    state.heldAtMs = Number.NEGATIVE_INFINITY
    if (state.failingSinceMs !== null) return
    state.failingSinceMs = clock.nowMs()
    const facts: Facts = thrown instanceof VendorError ? thrown.facts : {}
    const reason = String(facts['reason'] ?? (thrown instanceof VendorError ? thrown.code : 'failed'))
    log.error('audit.anchor_failed', { ...facts, anchor: anchor.name, reason })
    await audit.append({ type: 'log.anchor_failed', anchor: anchor.name, reason }).catch(() => undefined)
  }

  async function publish(): Promise<void> {
    const newest = audit.tree.newest()
    const isIdle = newest !== null && audit.tree.size() <= newest.size
    if (isIdle && clock.monotonicMs() - lastMs < IDLE_MS && !isBehind(newest.size)) return
    const checkpoint = await audit.tree.checkpoint()
    lastMs = clock.monotonicMs()
    for (const [anchor, state] of states) {
      // A slow anchor is not asked twice at once, and nobody waits for it.
      state.writing ??= write(anchor, state, checkpoint).finally(() => {
        state.writing = null
      })
    }
  }

  function isBehind(size: number): boolean {
    return [...states.values()].some(({ anchoredSize }) => anchoredSize < size)
  }

  async function tick(): Promise<void> {
    try {
      await publish()
    } catch (thrown) {
      // The log that cannot be written says so itself; the next tick tries again.
      log.error('audit.not_signed', { code: thrown instanceof VendorError ? thrown.code : String(thrown) })
    }
    if (!stopped) cancel = timers.after(EVERY_MS, () => void tick())
  }

  return {
    async hold() {
      const found = await Promise.all(
        [...states].map(async ([anchor, state]) => {
          try {
            const held = await look(anchor, state)
            if (anchor.isOwn) signedBefore = held.size
            return held
          } catch (thrown) {
            await failed(anchor, state, thrown)
            return { conflicts: [], lost: null }
          }
        }),
      )
      return {
        conflicts: found.flatMap(({ conflicts }) => conflicts),
        lost: found.flatMap(({ lost }) => (lost === null ? [] : [lost])),
      }
    },
    async contradicting() {
      const all: Conflict[] = []
      for (const [anchor, state] of states) {
        if (state.failingSinceMs !== null) continue
        const { conflicts } = await deps.hold(anchor, 'every')
        if (conflicts.length > 0)
          log.info('audit.giving_up', { anchor: anchor.name, checkpoints: conflicts.length })
        for (const one of conflicts) all.push(one)
      }
      return all
    },
    beginAnew(lost) {
      for (const [anchor, state] of states) {
        if (!lost.some((one) => one.anchor === anchor.name)) continue
        state.isInLog = anchor.isOwn
        state.heldAtMs = clock.monotonicMs()
        state.wasHeld = true
      }
    },
    signedBefore: () => signedBefore,
    begin: () => void tick(),
    behind: () =>
      [...states].flatMap(([{ name }, { failingSinceMs }]) => (failingSinceMs === null ? [] : [name])),
    async stop() {
      stopped = true
      cancel()
      await publish().catch(() => undefined)
      const last = Promise.all([...states.values()].map(({ writing }) => writing))
      const { promise, resolve } = Promise.withResolvers<void>()
      const cancelWait = timers.after(LAST_MS, resolve)
      await Promise.race([last, promise])
      cancelWait()
    },
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
