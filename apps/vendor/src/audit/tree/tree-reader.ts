import { hash } from 'node:crypto'
import { type TreeAt, treeAt } from '../../domain/merkle-tree.ts'
import { VendorError } from '../../errors.ts'
import type { LogTree } from '../../ports.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { PRUNED_BODY } from '../pruner.ts'
import { proofText } from './checkpoint.ts'
import { openCheckpoint } from './log-key.ts'
import { sha256 } from './sha256.ts'
import { createStoredNodes, TILE_WIDTH } from './stored-nodes.ts'

type Reader = Omit<LogTree, 'firstKey' | 'checkpoint' | 'prepareNextKey' | 'useNextKey'>

const NEWEST = 'SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1'
const SIZE = 'SELECT coalesce(max(seq), 0) AS size FROM event'
const BODIES = 'SELECT body FROM event WHERE seq > ? AND seq <= ? ORDER BY seq'
const KEYS = 'SELECT vkey, from_size AS fromSize FROM log_key ORDER BY from_size'
/** C2SP tlog-tiles writes the length of an entry in 16 bits. */
const MAX_ENTRY_BYTES = 0xffff

/** The tree as everybody reads it, on a connection that never blocks the writer. */
export function createTreeReader(connection: Connection): Reader {
  const stored = createStoredNodes(connection)
  const newest = connection.prepare<[], { size: number; note: string }>(NEWEST)
  const size = connection.prepare<[], { size: number }>(SIZE)
  const leaf = connection.prepare<[number], Buffer>('SELECT leaf FROM event WHERE seq = ?').pluck()
  const bodies = connection.prepare<[number, number], string>(BODIES).pluck()
  const keys = connection.prepare<[], { vkey: string; fromSize: number }>(KEYS)
  const forked = connection.prepare<[string], number>('SELECT 1 FROM log_fork WHERE sha256 = ?').pluck()
  const now = () => size.get()?.size ?? 0
  let newestTree: TreeAt | null = null

  /** The tree that was signed last, whose right edge is hashed once for all proofs in it. */
  function signedTree(at: number): TreeAt {
    newestTree = newestTree?.size === at ? newestTree : treeAt(at, stored.at, sha256)
    return newestTree
  }

  /** Whether so many hashes of a tile stand, of which the last is of a run of leaves that is whole. */
  function stands(level: number, index: number, width: number): boolean {
    return (index * TILE_WIDTH + width) * TILE_WIDTH ** level <= now()
  }

  return {
    newest: () => readable(() => newest.get() ?? null),
    size: () => readable(now),
    root: (at) => readable(() => treeAt(at, stored.at, sha256).root),
    keys: () => readable(() => keys.all()),
    judge: (note) =>
      readable(() => {
        if (forked.get(hash('sha256', note)) !== undefined) return null
        const heads = keys.all().map(({ vkey }) => openCheckpoint(note, vkey))
        const head = heads.find((one) => one !== null)
        if (head === undefined || head === null) return 'foreign'
        if (head.size > now()) return 'ahead'
        const { root } = treeAt(head.size, stored.at, sha256)
        return Buffer.compare(root, head.root) === 0 ? 'holds' : 'differs'
      }),
    proof: (seq) =>
      readable(() => {
        const head = newest.get()
        const leafHash = leaf.get(seq)
        if (head === undefined || leafHash === undefined || seq > head.size) return null
        const hashes = signedTree(head.size).inclusion(seq - 1)
        return { leaf: leafHash.toString('hex'), proof: proofText({ index: seq - 1, hashes }, head.note) }
      }),
    consistency: (from, to) =>
      readable(() => {
        if (from < 1 || from > to || to > now()) return null
        const hashes = treeAt(to, stored.at, sha256).consistency(from)
        return hashes.map((one) => Buffer.from(one).toString('base64'))
      }),
    tile: (level, index, width) =>
      readable(() =>
        stands(level, index, width) ? Buffer.concat(stored.run(level, index * TILE_WIDTH, width)) : null,
      ),
    entries: (index, width) =>
      readable(() => {
        if (!stands(0, index, width)) return null
        const from = index * TILE_WIDTH
        const parts = bodies.all(from, from + width).map(entry)
        return parts.every((part) => part !== null) ? Buffer.concat(parts) : null
      }),
  }
}

/** Null for one that has no form there: none that is written since there are trees, but an older log may hold some. */
function entry(body: string): Buffer | null {
  // A pruned one has no bytes any more; a bundle with another entry in its place would be a lie.
  if (body === PRUNED_BODY) throw new VendorError('entries_pruned')
  const bytes = Buffer.from(body)
  if (bytes.length > MAX_ENTRY_BYTES) return null
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof VendorError) throw cause
    throw new VendorError('audit_unavailable', { cause })
  }
}
