import type { AnchorVerdict } from '../domain/audit-event.ts'
import type { Facts } from '../errors.ts'
import { VendorError } from '../errors.ts'
import type { Anchor, AuditLog, Checkpoint, Clock, Logger, Timers } from '../ports.ts'

export type AnchoringDeps = {
  readonly anchors: readonly Anchor[]
  readonly audit: Pick<AuditLog, 'append' | 'tree'>
  readonly clock: Clock
  readonly timers: Timers
  readonly sha256: (text: string) => string
  readonly log: Logger
  /** An anchor that could not be read at the start turned out to hold a newer or another log. */
  readonly onRolledBack: (facts: Facts) => void
}

/** An anchor whose newest checkpoint is not of this log's history. */
export type Conflict = {
  readonly anchor: string
  readonly size: number
  /** SHA-256 of the note, hex: what `--accept-fork` names. */
  readonly sha256: string
  readonly reason: AnchorVerdict
}

export type Anchoring = {
  /**
   * Holds the log against the newest checkpoint of every anchor that can be read, under every name that the log ever had
   * and the one that it would get today. An anchor that gives no answer is asked again before anything is written to it.
   */
  conflicts(): Promise<readonly Conflict[]>
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

type State = {
  checked: boolean
  writing: Promise<void> | null
  anchoredSize: number
  failingSinceMs: number | null
}

/** Builds the one publisher of checkpoints of a process. `origin`: the name that a log of today would get. */
export function createAnchoring(deps: AnchoringDeps, origin: string): Anchoring {
  const { anchors, audit, clock, timers, log } = deps
  const states = new Map<Anchor, State>(
    anchors.map((anchor) => [
      anchor,
      { checked: false, writing: null, anchoredSize: 0, failingSinceMs: null },
    ]),
  )
  let lastMs = Number.NEGATIVE_INFINITY
  let stopped = false
  let cancel = () => {}

  async function conflictsOf(anchor: Anchor): Promise<readonly Conflict[]> {
    const names = audit.tree.keys().map(({ vkey }) => vkey.split('+')[0] ?? '')
    const found: Conflict[] = []
    for (const name of new Set([origin, ...names])) {
      const newest = await anchor.newest(name)
      if (newest === null || newest === 'unreadable') continue
      const reason = audit.tree.judge(newest.note)
      if (reason === 'holds' || reason === null) continue
      const { size, note } = newest
      found.push({ anchor: anchor.name, size, sha256: deps.sha256(note), reason })
    }
    return found
  }

  async function write(anchor: Anchor, state: State, checkpoint: Checkpoint): Promise<void> {
    try {
      if (!state.checked) {
        const [conflict] = await conflictsOf(anchor)
        if (conflict !== undefined) {
          deps.onRolledBack({ ...conflict })
          return
        }
        state.checked = true
      }
      await anchor.write(checkpoint)
      state.anchoredSize = checkpoint.size
      if (state.failingSinceMs === null) return
      const failedSince = new Date(state.failingSinceMs).toISOString()
      state.failingSinceMs = null
      await audit.append({ type: 'log.anchored', anchor: anchor.name, size: checkpoint.size, failedSince })
    } catch (thrown) {
      await failed(anchor, state, thrown)
    }
  }

  async function failed(anchor: Anchor, state: State, thrown: unknown): Promise<void> {
    if (state.failingSinceMs !== null) return
    state.failingSinceMs = clock.nowMs()
    const facts = thrown instanceof VendorError ? thrown.facts : {}
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
    async conflicts() {
      const found = await Promise.all(
        [...states].map(async ([anchor, state]) => {
          try {
            const conflicts = await conflictsOf(anchor)
            state.checked = true
            return conflicts
          } catch (thrown) {
            await failed(anchor, state, thrown)
            return []
          }
        }),
      )
      return found.flat()
    },
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
