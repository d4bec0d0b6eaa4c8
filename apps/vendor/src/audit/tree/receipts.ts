import type { NodeAt, TreeAt } from '../../domain/merkle-tree.ts'
import { base64, PROOF_HEAD } from './checkpoint.ts'

export type Receipted = {
  /** The outcome as it stands in the log, and where. */
  readonly event: string
  readonly index: number
  /** Where its intent stands. */
  readonly intent: number
}

/** More than any extra data has: an outcome of a few hundred bytes, and a proof of at most 53 hashes. */
const ROOM = Buffer.alloc(64 * 1024)

/**
 * Makes the receipts of one tree, each up to its checkpoint: the `.tlog-proof` of an outcome. Its extra data is the
 * outcome's own bytes, so that the leaf can be hashed from what one holds, and on the lines after them the intent's index,
 * leaf hash and proof: that it was written first is provable, what is in it is the operator's.
 *
 * Events of one batch stand side by side, so their proofs are the same but for the first hashes: the lines above each node
 * are made once.
 */
export function createReceipts(tree: TreeAt, nodeAt: NodeAt): (receipted: Receipted) => string {
  const tops = tree.peaks.map(({ level, start, proof }) => ({ level, start, lines: linesOf(proof) }))
  const made: Map<number, string>[] = []

  function proofLines(index: number): string {
    const top = tops.findLast(({ start }) => start <= index)
    return top === undefined ? '' : linesAbove(0, index, top)
  }

  function linesAbove(level: number, index: number, top: (typeof tops)[number]): string {
    if (level === top.level) return top.lines
    made[level] ??= new Map()
    const found = made[level].get(index)
    if (found !== undefined) return found
    const sibling = base64(nodeAt(level, index % 2 === 0 ? index + 1 : index - 1))
    const lines = `${sibling}\n${linesAbove(level + 1, Math.floor(index / 2), top)}`
    made[level].set(index, lines)
    return lines
  }

  return ({ event, index, intent }) => {
    const leaf = base64(nodeAt(0, intent))
    const end = ROOM.write(`${event}\nintent ${intent} ${leaf}\n${proofLines(intent)}`)
    return `${PROOF_HEAD}\nextra ${ROOM.toString('base64', 0, end)}\nindex ${index}\n${proofLines(index)}\n`
  }
}

function linesOf(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => `${base64(hash)}\n`).join('')
}
