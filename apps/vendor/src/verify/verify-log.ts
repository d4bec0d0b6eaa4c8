import { hash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openBundle } from './bundle-source.ts'
import { openDatabaseSource } from './database-source.ts'
import type { Body, Entry } from './entry.ts'
import { columnsOf, hashLeaf, readBody } from './entry.ts'
import type { Fault } from './fault.ts'
import { LogFault } from './fault.ts'
import { createGrowingRoot, subtreesBetween } from './growing-root.ts'
import { createMarks } from './marks.ts'
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
  marks.meet(tree)
  for (const entry of source.entries()) {
    if (entry.seq !== tree.size + 1) throw new LogFault('gap', tree.size + 1)
    const leaf = hashLeaf(entry.body)
    if (Buffer.compare(leaf, entry.leaf) !== 0) throw new LogFault('leaf', entry.seq)
    const body = events.judge(entry)
    marks.hear(body, tree.size)
    tree.add(leaf)
    marks.meet(tree)
    if (tree.size % PROGRESS === 0) options.onProgress?.(tree.size - source.from, source.to - source.from)
  }
  const to = tree.size
  const widths = subtreesBetween(to, source.size)
  for (const [at, subtree] of source.right.entries()) tree.add(subtree, widths[at])
  source.finish()
  marks.meet(tree)
  const met = marks.finish(tree)
  const { from, size } = source
  const { missing, unresolved } = events.found()
  return { ok: true, from, to, size, ...met, unsigned: Math.max(0, to - size), missing, unresolved }
}

/** What an event says of itself and of others, whatever the tree says. */
function createEventRules() {
  let chain: Uint8Array = Buffer.alloc(32)
  const counters = new Map<string, number>()
  const open = new Set<string>()
  let missing = 0

  function judge(entry: Entry): Body {
    const { seq, row } = entry
    const body = readBody(entry)
    if (row !== null) {
      chain = hash('sha256', Buffer.concat([chain, entry.leaf]), 'buffer')
      if (Buffer.compare(chain, row.chain) !== 0) throw new LogFault('chain', seq)
      if (columnsOf(body).some((one, at) => one !== row.columns[at])) throw new LogFault('column', seq)
    }
    const before = counters.get(body.boot)
    if (before !== undefined && body.n <= before) throw new LogFault('order', seq)
    if (before !== undefined) missing += body.n - before - 1
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

const OUTCOMES = new Set(['assume.issued', 'assume.upstream_failed', 'assume.withheld', 'assume.unresolved'])
