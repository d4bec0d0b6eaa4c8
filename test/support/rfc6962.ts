import { createHash } from 'node:crypto'

/** RFC 6962 §2.1 as its definitions stand, with nothing kept and nothing clever: what our tree is held against. */
type Bytes = Uint8Array<ArrayBuffer>

const sha256 = (...parts: readonly Uint8Array[]): Bytes => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

export const leafOf = (data: Uint8Array): Bytes => sha256(Uint8Array.of(0), data)

/** MTH(D[n]), of leaf hashes. */
export function rootOf(leaves: readonly Bytes[]): Bytes {
  const [only] = leaves
  if (only === undefined) return sha256()
  if (leaves.length === 1) return only
  const k = below(leaves.length)
  return sha256(Uint8Array.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)))
}

/** PATH(m, D[n]). */
export function pathOf(m: number, leaves: readonly Bytes[]): readonly Bytes[] {
  if (leaves.length <= 1) return []
  const k = below(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m < k ? [...pathOf(m, left), rootOf(right)] : [...pathOf(m - k, right), rootOf(left)]
}

/** PROOF(m, D[n]). */
export function proofOf(m: number, leaves: readonly Bytes[], whole = true): readonly Bytes[] {
  if (m === leaves.length) return whole ? [] : [rootOf(leaves)]
  const k = below(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m <= k
    ? [...proofOf(m, left, whole), rootOf(right)]
    : [...proofOf(m - k, right, false), rootOf(left)]
}

function below(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}
