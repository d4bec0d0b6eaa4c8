import type { Sha256Bytes } from './audit-chain.ts'

/**
 * The Merkle tree of RFC 6962 §2.1 over leaf hashes. A complete subtree is named by its level (0: a leaf) and its index
 * in that level; `NodeAt` looks its hash up, wherever it is kept. Sizes and indexes are whole numbers below 2^53.
 */
export type NodeAt = (level: number, index: number) => Uint8Array

/** Its first byte is the prefix of a node. Filled and hashed in one go, so one serves all. */
const NODE = new Uint8Array(65).fill(1, 0, 1)

/** RFC 6962 §2.1: the hash of an inner node is SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256Bytes): Uint8Array {
  NODE.set(left, 1)
  NODE.set(right, 33)
  return sha256(NODE)
}

/** One subtree of the split of a tree into complete ones, largest first. */
export type Peak = { readonly level: number; readonly index: number; readonly start: number }

/** The complete subtrees that a tree of that size is made of, from left to right: one for each 1 in its binary form. */
export function peaksOf(size: number): readonly Peak[] {
  const peaks: Peak[] = []
  let start = 0
  for (let level = Math.floor(Math.log2(Math.max(size, 1))); level >= 0; level--) {
    const width = 2 ** level
    if (size - start < width) continue
    peaks.push({ level, index: start / width, start })
    start += width
  }
  return peaks
}

/** A tree of one size, for its root and for proofs in it: what hangs at its right edge is hashed once. */
export type TreeAt = {
  readonly size: number
  readonly root: Uint8Array
  /** The complete subtrees that it is made of, and the proof that leads from each to the root. */
  readonly peaks: readonly (Peak & { readonly proof: readonly Uint8Array[] })[]
  /** RFC 6962 §2.1.1, from the leaf's sibling up. Throws RangeError where `index` is not in the tree. */
  inclusion(index: number): readonly Uint8Array[]
  /** RFC 6962 §2.1.2, from the tree of size `from`. Throws RangeError where `from` is not from 1 up to this size. */
  consistency(from: number): readonly Uint8Array[]
}

export function treeAt(size: number, nodeAt: NodeAt, sha256: Sha256Bytes): TreeAt {
  const bare = peaksOf(size)
  const hashes = bare.map(({ level, index }) => nodeAt(level, index))
  /** By peak: the hash of everything from its start to the right edge. */
  const tails: Uint8Array[] = []
  for (const [back, peak] of hashes.toReversed().entries()) {
    const at = hashes.length - 1 - back
    const right = tails[at + 1]
    tails[at] = right === undefined ? peak : nodeHash(peak, right, sha256)
  }
  const peaks = bare.map((peak, at) => {
    const proof = [...tails.slice(at + 1, at + 2), ...hashes.slice(0, at).reverse()]
    return { ...peak, proof }
  })

  function inclusion(index: number): readonly Uint8Array[] {
    const peak = peaks.findLast(({ start }) => start <= index)
    if (!Number.isSafeInteger(index) || index < 0 || index >= size || peak === undefined)
      throw new RangeError(`a tree of ${size} has no leaf ${index}`)
    const path: Uint8Array[] = []
    let node = index
    for (let level = 0; level < peak.level; level++) {
      path.push(nodeAt(level, node % 2 === 0 ? node + 1 : node - 1))
      node = Math.floor(node / 2)
    }
    return [...path, ...peak.proof]
  }

  function consistency(from: number): readonly Uint8Array[] {
    if (!Number.isSafeInteger(from) || from < 1 || from > size)
      throw new RangeError(`a tree of ${size} does not go on from one of ${from}`)
    return subproof({ from, start: 0, end: size, whole: true }, rangeHash)
  }

  /** The subtree over leaves from `start` to `end`, which is complete or hangs at the right edge. */
  function rangeHash(start: number, end: number): Uint8Array {
    if (end === size) {
      const at = peaks.findIndex((peak) => peak.start === start)
      const tail = tails[at]
      if (tail !== undefined) return tail
    }
    const level = Math.log2(end - start)
    if (Number.isInteger(level)) return nodeAt(level, start / (end - start))
    const middle = start + split(end - start)
    return nodeHash(rangeHash(start, middle), rangeHash(middle, end), sha256)
  }

  return { size, root: tails[0] ?? sha256(new Uint8Array(0)), peaks, inclusion, consistency }
}

type Subproof = {
  readonly from: number
  readonly start: number
  readonly end: number
  /** Whether the old tree's root at this place is known to whoever checks. */
  readonly whole: boolean
}

/** RFC 6962 §2.1.2, SUBPROOF(m, D[n], b). */
function subproof(
  { from, start, end, whole }: Subproof,
  rangeHash: (start: number, end: number) => Uint8Array,
): readonly Uint8Array[] {
  if (from === end - start) return whole ? [] : [rangeHash(start, end)]
  const k = split(end - start)
  const middle = start + k
  return from <= k
    ? [...subproof({ from, start, end: middle, whole }, rangeHash), rangeHash(middle, end)]
    : [...subproof({ from: from - k, start: middle, end, whole: false }, rangeHash), rangeHash(start, middle)]
}

/** The largest power of two below `size`. */
function split(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}
