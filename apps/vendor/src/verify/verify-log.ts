import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openBundle } from './bundle-source.ts'
import { openDatabaseSource } from './database-source.ts'
import type { Body, Entry } from './entry.ts'
import { columnsOf, hashLeaf, isBareRow, prunedBy, readEvent } from './entry.ts'
import type { Fault } from './fault.ts'
import { LogFault } from './fault.ts'
import { createGrowingRoot } from './growing-root.ts'
import { createMarks } from './marks.ts'
import { createPrunings } from './prunings.ts'
import { sha256 } from './sha256.ts'
import type { Kept, LogSource } from './source.ts'

export type Verified = {
  readonly ok: true
  /** Events that were looked at: those after `from` up to `to`, of a tree of `size`. */
  readonly from: number
  readonly to: number
  readonly size: number
  readonly root: string
  /** Events after the newest checkpoint: nothing but their chain speaks for them. */
  readonly unsigned: number
  readonly checkpoints: number
  /** Anchored checkpoints that were met, and those that are of events that are not here. */
  readonly anchors: number
  readonly anchorsElsewhere: number
  /** Numbers of the processes’ own counters that no event has: events that could not be written. */
  readonly missing: number
  /** Events of which only the leaf is left: a `log.pruned` names each. Their counters are not here, so neither is what is missing between them. */
  readonly pruned: number
  /** Intents whose outcome is not here. */
  readonly unresolved: number
}
export type Verdict = Verified | ({ readonly ok: false } & Fault)

export type VerifyOptions = {
  /** A bundle, a data folder or its `audit.db`. */
  readonly path: string
  /** The verifier keys that are trusted; none: the first that the log names itself. */
  readonly keys: readonly string[]
  /** Anchored checkpoints from elsewhere. */
  readonly anchors: readonly Kept[]
  readonly onProgress?: (done: number, of: number) => void
}

const PROGRESS = 65_536

/**
 * Verifies a log or a part of one against its checkpoints and anchors, and names the first event that does not hold. It
 * shares no code with what writes the log. Never throws for what it finds in a log.
 */
export function verifyLog(options: VerifyOptions): Verdict {
  let source: LogSource | null = null
  try {
    source = openSource(options.path)
    return verifySource(source, options)
  } catch (thrown) {
    if (thrown instanceof LogFault) return { ok: false, ...thrown.found }
    throw thrown
  } finally {
    source?.close()
  }
}

function openSource(path: string): LogSource {
  if (!existsSync(path)) throw new LogFault('format', 0)
  if (statSync(path).isDirectory()) return openDatabaseSource(join(path, 'audit.db'))
  return path.endsWith('.db') ? openDatabaseSource(path) : openBundle(path)
}

function verifySource(source: LogSource, options: VerifyOptions): Verified {
  const marks = createMarks(source, options)
  const tree = createGrowingRoot({ size: source.from, left: source.left }, (leaves, end, subtree) => {
    const kept = source.node(leaves, end)
    if (kept !== undefined && (kept === null || Buffer.compare(kept, subtree) !== 0))
      throw new LogFault('node', end - leaves + 1, end)
  })
  const events = createEventRules()
  const prunings = createPrunings()
  marks.meet(tree)
  for (const entry of source.entries()) {
    if (entry.seq !== tree.size + 1) throw new LogFault('gap', tree.size + 1)
    const isBare = entry.body.length === 0
    const leaf = isBare ? entry.leaf : hashLeaf(entry.body)
    if (Buffer.compare(leaf, entry.leaf) !== 0) throw new LogFault('leaf', entry.seq)
    const body = events.judge(entry)
    if (body === null) prunings.bare(entry.seq)
    else {
      marks.hear(body, tree.size)
      prunings.hear(prunedBy(body))
    }
    tree.add(leaf)
    marks.meet(tree)
    if (tree.size % PROGRESS === 0) options.onProgress?.(tree.size - source.from, source.to - source.from)
  }
  const to = tree.size
  for (const [at, subtree] of source.right.entries()) tree.add(subtree, source.widths[at])
  for (const { body } of source.later) prunings.hear(prunedBy(body))
  source.finish()
  marks.meet(tree)
  const met = marks.finish(tree)
  const { from, size } = source
  const pruned = prunings.finish()
  const { missing, unresolved } = events.found()
  return { ok: true, from, to, size, ...met, unsigned: Math.max(0, to - size), pruned, missing, unresolved }
}

/** What an event says of itself and of others, whatever the tree says. */
function createEventRules() {
  let chain: Uint8Array = Buffer.alloc(32)
  const counters = new Map<string, number>()
  const open = new Set<string>()
  let missing = 0
  let gaps = false

  /** null where the body was pruned: then there is no event to judge, but its place in the chain. */
  function judge(entry: Entry): Body | null {
    const { seq, row } = entry
    const body = entry.body.length === 0 ? null : readEvent(entry.body, seq)
    if (row !== null) {
      chain = chained(chain, entry.leaf)
      if (Buffer.compare(chain, row.chain) !== 0) throw new LogFault('chain', seq)
      const holds =
        body === null ? isBareRow(row.columns) : columnsOf(body).every((one, at) => one === row.columns[at])
      if (!holds) throw new LogFault('column', seq)
    }
    if (body === null) {
      gaps = true
      return null
    }
    const before = counters.get(body.boot)
    if (before !== undefined && body.n <= before) throw new LogFault('order', seq)
    // Between two events of a process there may be pruned ones, whose counters nobody knows any more.
    if (before !== undefined && !gaps) missing += body.n - before - 1
    gaps = false
    counters.set(body.boot, body.n)
    count(body)
    return body
  }

  function count(body: Body): void {
    const assumption = body['assumption']
    if (typeof assumption !== 'string') return
    if (body.type === 'assume.intent') open.add(assumption)
    else if (OUTCOMES.has(body.type)) open.delete(assumption)
  }

  return { judge, found: () => ({ missing, unresolved: open.size }) }
}

/** Filled and hashed in one go, so one serves all. */
const LINK = Buffer.alloc(64)

function chained(before: Uint8Array, leaf: Uint8Array): Uint8Array {
  LINK.set(before)
  LINK.set(leaf, 32)
  return sha256(LINK)
}

const OUTCOMES = new Set(['assume.issued', 'assume.upstream_failed', 'assume.withheld', 'assume.unresolved'])
