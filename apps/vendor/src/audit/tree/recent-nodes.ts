import type { NodeAt } from '../../domain/merkle-tree.ts'

/** Leaves whose proofs need no database: more than are written while a store takes its longest to mint. */
const LEAVES = 65_536
/** At the top of the tree a level has few nodes; its newest and their left siblings are kept all the same. */
const LEAST = 4
const HASH = 32

export type RecentNodes = {
  /** From memory, or from where all nodes are. What it answers is good until the next `put`. */
  readonly at: NodeAt
  put(level: number, index: number, hash: Uint8Array): void
}

type Level = { readonly hashes: Buffer; readonly indexes: Float64Array }

/** The newest complete subtrees of each level, in rings: 4 MB, however long the log. */
export function createRecentNodes(stored: NodeAt): RecentNodes {
  const levels: Level[] = []

  function levelAt(level: number): Level {
    const found = levels[level]
    if (found !== undefined) return found
    const room = Math.max(LEAVES / 2 ** level, LEAST)
    const made = { hashes: Buffer.alloc(room * HASH), indexes: new Float64Array(room).fill(-1) }
    levels[level] = made
    return made
  }

  return {
    at(level, index) {
      const { hashes, indexes } = levelAt(level)
      const slot = index % indexes.length
      if (indexes[slot] !== index) return stored(level, index)
      return hashes.subarray(slot * HASH, (slot + 1) * HASH)
    },
    put(level, index, hash) {
      const { hashes, indexes } = levelAt(level)
      const slot = index % indexes.length
      indexes[slot] = index
      hashes.set(hash, slot * HASH)
    },
  }
}
