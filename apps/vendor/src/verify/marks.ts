import { hash } from 'node:crypto'
import type { Body } from './entry.ts'
import { LogFault } from './fault.ts'
import type { GrowingRoot } from './growing-root.ts'
import type { TrustedKey } from './note.ts'
import { openNote, readKey } from './note.ts'
import type { Kept, LogSource } from './source.ts'

/** A key whose signatures count for sizes after `after` and up to `until`. */
type Valid = TrustedKey & { readonly after: number; until: number }
/** A key that an event names, and that counts once the key before it has signed a tree with that event. */
type Successor = { readonly key: TrustedKey; readonly replaces: string; readonly at: number }

/** What `readEvent` has looked at. */
type OfTheLog = {
  readonly vkey: string
  readonly replaces: string
  readonly handover?: boolean
  readonly accepted?: readonly { readonly sha256: string }[]
}

type Tree = Pick<GrowingRoot, 'size' | 'root'>

/** Sizes at which somebody said what the root is. */
export type Marks = {
  /** Holds the tree as it stands against what is said of this size. */
  meet(tree: Tree): void
  /** Learns of keys and forks; `index` is where the event stands. */
  hear(body: Body, index: number): void
  /** The whole tree, and what is left. */
  finish(tree: Tree): Met
}

export type Met = {
  readonly root: string
  readonly checkpoints: number
  readonly anchors: number
  readonly anchorsElsewhere: number
}

type Given = { readonly keys: readonly string[]; readonly anchors: readonly Kept[] }
type Mark = Kept & { readonly isAnchor: boolean }

/**
 * Follows checkpoints and anchors, and the keys that sign them. Without a trusted key those are taken that the log names:
 * then it vouches for itself. An anchor that a `log.forked` gave up is passed over, wherever in the log that stands.
 */
export function createMarks(source: LogSource, given: Given): Marks {
  const named = source.keys.map(keyOf)
  if (named.length === 0) throw new LogFault('key', 0)
  const trusted = given.keys.length > 0 ? given.keys.map(keyOf) : named
  const valid: Valid[] = trusted.map((key) => ({ ...key, after: -1, until: Number.MAX_SAFE_INTEGER }))
  const successors: Successor[] = []
  const marks = marksOf(source, given)
  const forked = new Set<string>()
  const failed: { readonly mark: Mark; readonly fault: LogFault }[] = []
  let good = source.from
  let [next, checkpoints, anchors, elsewhere] = [0, 0, 0, 0]
  let root: Buffer | null = null

  function judge(mark: Mark, tree: Tree): void {
    const { size } = tree
    const keys = valid.filter(({ after, until }) => after < size && size <= until)
    const opened = openNote(mark.note, keys)
    if (opened === null || opened.size !== size) throw new LogFault('signature', size)
    if (Buffer.compare(opened.root, tree.root()) !== 0)
      throw new LogFault(mark.isAnchor ? 'anchor' : 'root', Math.min(good + 1, size), size)
    for (const { key, replaces, at } of successors) {
      if (at === size && opened.by.vkey === replaces)
        valid.push({ ...key, after: size, until: Number.MAX_SAFE_INTEGER })
    }
  }

  function meet(tree: Tree): void {
    for (let mark = marks[next]; mark !== undefined && mark.size <= tree.size; mark = marks[++next]) {
      if (mark.size < tree.size) elsewhere += 1
      else {
        try {
          judge(mark, tree)
          good = tree.size
          if (mark.isAnchor) anchors += 1
          else {
            checkpoints += 1
            root = tree.root()
          }
        } catch (fault) {
          if (!mark.isAnchor || !(fault instanceof LogFault)) throw fault
          failed.push({ mark, fault })
        }
      }
    }
  }

  function hear(body: Body, index: number): void {
    if (body.type !== 'log.key_rotated' && body.type !== 'log.forked') return
    const { vkey, replaces, handover = false, accepted = [] } = body as Body & OfTheLog // in the form of its type
    const size = index + 1
    for (const key of valid) if (key.vkey === replaces) key.until = Math.min(key.until, size)
    if (body.type === 'log.key_rotated' && handover) successors.push({ key: keyOf(vkey), replaces, at: size })
    if (body.type === 'log.forked') for (const { sha256 } of accepted) forked.add(sha256)
  }

  function finish(tree: Tree): Met {
    for (const mark of marks.slice(next)) {
      const fault = new LogFault('truncated', tree.size + 1, mark.size)
      if (!mark.isAnchor) throw fault
      failed.push({ mark, fault })
    }
    const [left] = failed.filter(({ mark }) => !forked.has(hash('sha256', mark.note)))
    if (left !== undefined) throw left.fault
    // Whoever gives a key wants to know what it signed: of nothing it cannot be said that it holds.
    if (given.keys.length > 0 && checkpoints + anchors === 0)
      throw new LogFault('unsigned', Math.min(1, tree.size), tree.size)
    return { root: (root ?? tree.root()).toString('hex'), checkpoints, anchors, anchorsElsewhere: elsewhere }
  }

  return { meet, hear, finish }
}

function marksOf(source: LogSource, given: Given): Mark[] {
  const anchors = [...source.anchors, ...given.anchors].map((one) => ({ ...one, isAnchor: true }))
  const checkpoints = source.checkpoints.map((one) => ({ ...one, isAnchor: false }))
  // Of one size the checkpoint comes first: what it says of the next key counts for the rest.
  return [...checkpoints, ...anchors].sort((a, b) => a.size - b.size)
}

function keyOf(text: string): TrustedKey {
  const key = readKey(text)
  if (key === null) throw new LogFault('key', 0)
  return key
}
