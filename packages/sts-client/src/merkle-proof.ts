/**
 * Checking proofs of an RFC 6962 tree, as RFC 9162 §2.1.3.2 and §2.1.4.2 write it down. Every hash is 32 bytes; anything
 * else, and any proof that is longer or shorter than it has to be, does not hold.
 */
export type InclusionClaim = {
  readonly leaf: Uint8Array<ArrayBuffer>
  readonly index: number
  readonly size: number
  readonly root: Uint8Array<ArrayBuffer>
  readonly proof: readonly Uint8Array<ArrayBuffer>[]
}

/** Whether the leaf stands at that index of the tree with that size and root. */
export async function verifyInclusion(claim: InclusionClaim): Promise<boolean> {
  const { leaf, index, size, root, proof } = claim
  if (!isCount(index) || !isCount(size) || index >= size || ![leaf, root, ...proof].every(isHash))
    return false
  let [node, last, hash] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = await nodeHash(sibling, hash)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else hash = await nodeHash(hash, sibling)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && equalBytes(hash, root)
}

export type ConsistencyClaim = {
  readonly from: { readonly size: number; readonly root: Uint8Array<ArrayBuffer> }
  readonly to: { readonly size: number; readonly root: Uint8Array<ArrayBuffer> }
  readonly proof: readonly Uint8Array<ArrayBuffer>[]
}

/** Whether the tree `to` goes on from the tree `from`: nothing of the older one was changed or left out. */
export async function verifyConsistency({ from, to, proof }: ConsistencyClaim): Promise<boolean> {
  if (!isCount(from.size) || !isCount(to.size) || from.size < 1 || from.size > to.size) return false
  if (![from.root, to.root, ...proof].every(isHash)) return false
  if (from.size === to.size) return proof.length === 0 && equalBytes(from.root, to.root)
  // A tree that is complete is itself the first node of the way.
  const [first, ...siblings] = isPowerOfTwo(from.size) ? [from.root, ...proof] : proof
  if (first === undefined) return false
  let [node, last] = [from.size - 1, to.size - 1]
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  let [older, newer] = [first, first]
  for (const sibling of siblings) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      older = await nodeHash(sibling, older)
      newer = await nodeHash(sibling, newer)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else newer = await nodeHash(newer, sibling)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && equalBytes(older, from.root) && equalBytes(newer, to.root)
}

/** RFC 6962 §2.1: SHA-256(0x00 ‖ bytes). */
export function leafHash(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return sha256([Uint8Array.of(0), bytes])
}

function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return sha256([Uint8Array.of(1), left, right])
}

/** SHA-256 of the parts one after the other. */
export async function sha256(parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function half(number: number): number {
  return Math.floor(number / 2)
}

function isPowerOfTwo(number: number): boolean {
  let rest = number
  while (rest > 1 && rest % 2 === 0) rest /= 2
  return rest === 1
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === 32
}
