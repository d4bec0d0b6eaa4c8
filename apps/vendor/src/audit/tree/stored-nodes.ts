import type { NodeAt } from '../../domain/merkle-tree.ts'
import { nodeHash } from '../../domain/merkle-tree.ts'
import { VendorError } from '../../errors.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { sha256 } from './sha256.ts'

/** A tile is this many hashes wide (C2SP tlog-tiles), so a stored level is eight levels of the tree. */
export const TILE_WIDTH = 256
export const TILE_LEVELS = 8

export type StoredNodes = {
  /** Hashes the node from at most 128 stored ones. Throws `audit_tampered` where one of them is missing. */
  readonly at: NodeAt
  /** So many hashes of a stored level from an index on: leaves at level 0, runs of 256^level leaves above. */
  run(level: number, from: number, count: number): readonly Uint8Array[]
}

const LEAVES = 'SELECT leaf FROM event WHERE seq > ? AND seq <= ? ORDER BY seq'
const NODES = 'SELECT hash FROM tree_node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx'

/** The tree as it stands in `audit.db`. */
export function createStoredNodes(connection: Connection): StoredNodes {
  const leaves = connection.prepare<[number, number], Buffer>(LEAVES).pluck()
  const nodes = connection.prepare<[number, number, number], Buffer>(NODES).pluck()

  function run(level: number, from: number, count: number): readonly Uint8Array[] {
    const found = level === 0 ? leaves.all(from, from + count) : nodes.all(level, from, from + count)
    if (found.length === count) return found
    throw new VendorError('audit_tampered', {
      facts: { seq: (from + found.length) * TILE_WIDTH ** level + 1, reason: 'gap', level },
    })
  }

  function at(level: number, index: number): Uint8Array {
    const count = 2 ** (level % TILE_LEVELS)
    return fold(run(Math.floor(level / TILE_LEVELS), index * count, count))
  }

  return { at, run }
}

/** The root of a complete subtree over these, whose number is a power of two. */
export function fold(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1) {
    const pairs: Uint8Array[] = []
    for (let at = 0; at + 1 < row.length; at += 2) {
      const [left, right] = [row[at], row[at + 1]]
      if (left !== undefined && right !== undefined) pairs.push(nodeHash(left, right, sha256))
    }
    row = pairs
  }
  const [root] = row
  if (root === undefined) throw new RangeError('a subtree has at least one leaf')
  return root
}
