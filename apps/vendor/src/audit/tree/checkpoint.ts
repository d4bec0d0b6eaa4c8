import type { TreeAt } from '../../domain/merkle-tree.ts'
import type { LogKey } from './log-key.ts'
import { originOf } from './log-key.ts'

/** C2SP tlog-checkpoint: origin, size and root of the tree, in a note that the log's key signed. */
export function signCheckpoint(tree: Pick<TreeAt, 'size' | 'root'>, key: LogKey): string {
  const text = `${originOf(key.vkey)}\n${tree.size}\n${base64(tree.root)}\n`
  return `${text}\n${key.sign(text)}\n`
}

const PROOF_HEAD = 'c2sp.org/tlog-proof@v1'

/** C2SP tlog-proof: an inclusion proof with the checkpoint that it leads to; `extra` is nobody's word. */
export function proofText(
  proof: { readonly index: number; readonly hashes: readonly Uint8Array[]; readonly extra?: string },
  checkpoint: string,
): string {
  const extra = proof.extra === undefined ? '' : `extra ${Buffer.from(proof.extra).toString('base64')}\n`
  return `${PROOF_HEAD}\n${extra}index ${proof.index}\n${lines(proof.hashes)}\n${checkpoint}`
}

export type Receipted = {
  /** The outcome as it stands in the log, and where. */
  readonly event: string
  readonly index: number
  /** Where its intent stands. */
  readonly intent: number
}

/**
 * The receipt of an assumption: the `.tlog-proof` of its outcome. Its extra data is the outcome's own bytes, so that the
 * leaf can be hashed from what one holds, and on the lines after them the intent's index, leaf hash and proof: that
 * it was written first is provable, what is in it is the operator's.
 */
export function receiptText(tree: TreeAt, receipted: Receipted, signed: Signed): string {
  const { event, index, intent } = receipted
  const leaf = base64(signed.leafAt(intent))
  const extra = `${event}\nintent ${intent} ${leaf}\n${lines(tree.inclusion(intent))}`
  return proofText({ index, hashes: tree.inclusion(index), extra }, signed.checkpoint)
}

export type Signed = {
  readonly checkpoint: string
  readonly leafAt: (index: number) => Uint8Array
}

function lines(hashes: readonly Uint8Array[]): string {
  let text = ''
  for (const hash of hashes) text += `${base64(hash)}\n`
  return text
}

function base64(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('base64')
}
