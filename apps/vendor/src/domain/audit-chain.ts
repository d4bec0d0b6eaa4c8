/** SHA-256 over the bytes given. Passed in, because this ring knows no platform. */
export type Sha256Bytes = (bytes: Uint8Array) => Uint8Array

const LEAF_PREFIX = Uint8Array.of(0)
/** Filled and hashed in one go, so one serves all. */
const LINK = new Uint8Array(64)

/** What the first event's chain is built on. */
export const CHAIN_START: Uint8Array = new Uint8Array(32)

export type Link = {
  readonly seq: number
  /** null where it was pruned: the leaf stands in for it. */
  readonly body: Uint8Array | null
  readonly leaf: Uint8Array
  readonly chain: Uint8Array
}

/** RFC 6962 §2.1: the hash of a leaf is SHA-256(0x00 ‖ bytes). */
export function leafHash(body: Uint8Array, sha256: Sha256Bytes): Uint8Array {
  return sha256(join(LEAF_PREFIX, body))
}

/** SHA-256(previous ‖ leaf): a local guard of the tail, never mixed with a tree proof. */
export function chainHash(previous: Uint8Array, leaf: Uint8Array, sha256: Sha256Bytes): Uint8Array {
  LINK.set(previous)
  LINK.set(leaf, 32)
  return sha256(LINK)
}

export type ChainFault = { readonly seq: number; readonly reason: 'gap' | 'leaf' | 'chain' }

/**
 * Walks links in order and names the first that does not hold, or null: a sequence that skips, a body that is not its
 * leaf, a leaf that is not in the chain. `before` is the link before the first one given, or null at the very start.
 */
export function verifyChain(
  links: Iterable<Link>,
  before: Pick<Link, 'seq' | 'chain'> | null,
  sha256: Sha256Bytes,
): ChainFault | null {
  let seq = before?.seq ?? 0
  let chain = before?.chain ?? CHAIN_START
  for (const link of links) {
    seq += 1
    if (link.seq !== seq) return { seq, reason: 'gap' }
    if (link.body !== null && !equal(leafHash(link.body, sha256), link.leaf)) return { seq, reason: 'leaf' }
    chain = chainHash(chain, link.leaf, sha256)
    if (!equal(chain, link.chain)) return { seq, reason: 'chain' }
  }
  return null
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length)
  bytes.set(head)
  bytes.set(tail, head.length)
  return bytes
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
