import { sha256 } from './sha256.ts'

/** A run of complete subtrees from the left: as many leaves as it covers, and nothing else kept. */
export type GrowingRoot = {
  readonly size: number
  /** Adds a complete subtree of so many leaves; merges what it completes. Each merge is told by its leaves and its end. */
  add(subtree: Uint8Array, leaves?: number): void
  root(): Buffer
}

type Part = { readonly hash: Uint8Array; readonly leaves: number }

/**
 * RFC 6962 §2.1 from left to right. `left` are the complete subtrees of everything before, largest first, for a run that
 * does not begin at the first leaf.
 */
export function createGrowingRoot(
  start: { readonly size: number; readonly left: readonly Uint8Array[] },
  onComplete: (leaves: number, end: number, subtree: Uint8Array) => void = () => {},
): GrowingRoot {
  const parts: Part[] = []
  let size = start.size
  const widths = subtreesBetween(0, size)
  for (const [at, one] of start.left.entries()) parts.push({ hash: one, leaves: widths[at] ?? 0 })
  return {
    get size() {
      return size
    },
    add(subtree, leaves = 1) {
      let part: Part = { hash: subtree, leaves }
      size += leaves
      while (parts.at(-1)?.leaves === part.leaves) {
        const left = parts.pop() as Part // just looked at
        part = { hash: parent(left.hash, part.hash), leaves: part.leaves * 2 }
        onComplete(part.leaves, size, part.hash)
      }
      parts.push(part)
    },
    root() {
      let root: Uint8Array | null = null
      for (let at = parts.length - 1; at >= 0; at--) {
        const part = parts[at] as Part // within the list
        root = root === null ? part.hash : parent(part.hash, root)
      }
      return root === null ? sha256(Buffer.alloc(0)) : Buffer.from(root)
    },
  }
}

/** How many complete subtrees make up the leaves from one size to another, and of how many leaves each is. */
export function subtreesBetween(from: number, to: number): readonly number[] {
  const found: number[] = []
  for (let at = from; at < to; ) {
    let leaves = 1
    while (at % (leaves * 2) === 0 && at + leaves * 2 <= to) leaves *= 2
    found.push(leaves)
    at += leaves
  }
  return found
}

const SCRATCH = Buffer.alloc(65, 1)

function parent(left: Uint8Array, right: Uint8Array): Buffer {
  SCRATCH.set(left, 1)
  SCRATCH.set(right, 33)
  return sha256(SCRATCH)
}
