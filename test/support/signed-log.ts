import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'

/** A log of the test's own, and the key to it: what an operator can make who lies. */
export type Signer = {
  readonly name: string
  readonly vkey: string
  /** The text, and what signs it. */
  readonly note: (text: string) => string
}

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The same key for the same seed. */
export function signerOf(name: string, seed: string): Signer {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8, sha256(seed)]),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const raw = Buffer.concat([Uint8Array.of(1), spki.subarray(-32)])
  const id = sha256(`${name}\n`, raw).subarray(0, 4)
  const line = (signature: Buffer) => `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`
  return {
    name,
    vkey: `${name}+${id.toString('hex')}+${raw.toString('base64')}`,
    note: (text) => `${text}\n${line(sign(null, Buffer.from(text), key))}`,
  }
}

export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** RFC 6962 §2.1, as it is written there. */
export const leafHash = (body: string | Uint8Array) => sha256(Uint8Array.of(0), body)

export function rootHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (only === undefined) return sha256()
  if (leaves.length === 1) return only
  const k = split(leaves.length)
  return sha256(Uint8Array.of(1), rootHash(leaves.slice(0, k)), rootHash(leaves.slice(k)))
}

/** §2.1.1: from the leaf up. */
export function inclusionOf(leaves: readonly Buffer[], index: number): readonly Buffer[] {
  if (leaves.length < 2) return []
  const k = split(leaves.length)
  return index < k
    ? [...inclusionOf(leaves.slice(0, k), index), rootHash(leaves.slice(k))]
    : [...inclusionOf(leaves.slice(k), index - k), rootHash(leaves.slice(0, k))]
}

/** §2.1.2: that the tree begins with `size` leaves. */
export function consistencyOf(leaves: readonly Buffer[], size: number, isWhole = true): readonly Buffer[] {
  if (size === leaves.length) return isWhole ? [] : [rootHash(leaves)]
  const k = split(leaves.length)
  return size <= k
    ? [...consistencyOf(leaves.slice(0, k), size, isWhole), rootHash(leaves.slice(k))]
    : [...consistencyOf(leaves.slice(k), size - k, false), rootHash(leaves.slice(0, k))]
}

/** The complete subtrees from one leaf up to another. */
export function subtreesOf(leaves: readonly Buffer[], from: number, to: number): readonly Buffer[] {
  if (from >= to) return []
  let width = 1
  while (from % (width * 2) === 0 && from + width * 2 <= to) width *= 2
  return [rootHash(leaves.slice(from, from + width)), ...subtreesOf(leaves, from + width, to)]
}

/** The largest power of two below it. */
function split(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}

export const checkpointText = (origin: string, leaves: readonly Buffer[]) =>
  `${origin}\n${leaves.length}\n${rootHash(leaves).toString('base64')}\n`
