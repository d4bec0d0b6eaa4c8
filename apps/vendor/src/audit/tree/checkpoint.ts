import type { TreeAt } from '../../domain/merkle-tree.ts'
import type { LogKey } from './log-key.ts'
import { originOf } from './log-key.ts'

/** C2SP tlog-checkpoint: origin, size and root of the tree, in a note that the log's key signed. */
export function signCheckpoint(tree: Pick<TreeAt, 'size' | 'root'>, key: LogKey): string {
  const text = `${originOf(key.vkey)}\n${tree.size}\n${base64(tree.root)}\n`
  return `${text}\n${key.sign(text)}\n`
}

export const PROOF_HEAD = 'c2sp.org/tlog-proof@v1'

/** C2SP tlog-proof: an inclusion proof with the checkpoint that it leads to; `extra` is nobody's word. */
export function proofText(
  proof: { readonly index: number; readonly hashes: readonly Uint8Array[]; readonly extra?: string },
  checkpoint: string,
): string {
  const extra = proof.extra === undefined ? '' : `extra ${Buffer.from(proof.extra).toString('base64')}\n`
  return `${PROOF_HEAD}\n${extra}index ${proof.index}\n${lines(proof.hashes)}\n${checkpoint}`
}

function lines(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => `${base64(hash)}\n`).join('')
}

export function base64(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('base64')
}
