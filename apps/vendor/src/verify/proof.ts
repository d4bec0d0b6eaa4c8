import { sha256 } from './sha256.ts'

/** A tree that somebody signed. */
export type SignedTree = { readonly size: number; readonly root: Uint8Array }

/** RFC 9162 §2.1.3.2: whether the leaf stands at that index of the tree. */
export function isIncluded(
  leaf: Uint8Array,
  of: { readonly index: number; readonly proof: readonly Uint8Array[] },
  tree: SignedTree,
): boolean {
  if (of.index < 0 || of.index >= tree.size) return false
  const met = climb(of.index, tree.size - 1, { first: leaf, proof: of.proof })
  return met !== null && same(met.right, tree.root)
}

/** RFC 9162 §2.1.4.2: whether the second tree begins with the first. */
export function goesOn(start: SignedTree, end: SignedTree, proof: readonly Uint8Array[]): boolean {
  if (start.size < 1 || start.size > end.size) return false
  let [old, now] = [start.size - 1, end.size - 1]
  while (old % 2 === 1) [old, now] = [Math.floor(old / 2), Math.floor(now / 2)]
  const [first, ...rest] = old === 0 ? [start.root, ...proof] : proof
  if (first === undefined) return false
  const met = climb(old, now, { first, proof: rest })
  return met !== null && same(met.left, start.root) && same(met.right, end.root)
}

type Climb = { readonly first: Uint8Array; readonly proof: readonly Uint8Array[] }

/** Both roots that a proof leads to; null where it is too short or too long. */
function climb(from: number, to: number, { first, proof }: Climb) {
  let [old, now] = [from, to]
  let [left, right] = [first, first]
  for (const one of proof) {
    if (now === 0) return null
    if (old % 2 === 1 || old === now) {
      left = node(one, left)
      right = node(one, right)
      while (old % 2 === 0 && old > 0) [old, now] = [old / 2, Math.floor(now / 2)]
    } else right = node(right, one)
    old = Math.floor(old / 2)
    now = Math.floor(now / 2)
  }
  return now === 0 ? { left, right } : null
}

function node(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([Uint8Array.of(1), left, right]))
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
