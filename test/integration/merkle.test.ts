import { hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NodeAt } from '../../apps/vendor/src/domain/merkle-tree.ts'
import { nodeHash, peaksOf, treeAt } from '../../apps/vendor/src/domain/merkle-tree.ts'
import type { ConsistencyClaim, InclusionClaim } from '../../packages/sts-client/src/merkle-proof.ts'
import { verifyConsistency, verifyInclusion } from '../../packages/sts-client/src/merkle-proof.ts'
import { leafOf, pathOf, proofOf, rootOf } from '../support/rfc6962.ts'

type Bytes = Uint8Array<ArrayBuffer>

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const leavesOf = (size: number): readonly Bytes[] =>
  Array.from({ length: size }, (_, at) => leafOf(Buffer.from(`leaf ${at}`)))
const nodesOf =
  (leaves: readonly Bytes[]): NodeAt =>
  (level, index) =>
    rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))
const treeOf = (leaves: readonly Bytes[]) => treeAt(leaves.length, nodesOf(leaves), sha256)
const plain = (hashes: readonly Uint8Array[]) => hashes.map((one) => Buffer.from(one).toString('hex'))

/** RFC 6962 §2.1.3 gives the example tree of seven leaves; the hash of the empty tree is that of no bytes. */
test('the empty tree and the tree of one leaf are as RFC 6962 §2.1 defines them', () => {
  expect(Buffer.from(treeOf([]).root).toString('hex')).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  )
  expect(Buffer.from(leafOf(new Uint8Array(0))).toString('hex')).toBe(
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  )
  const [leaf] = leavesOf(1)
  expect(plain([treeOf(leavesOf(1)).root])).toEqual(plain([leaf as Bytes]))
})

const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33]

type Vector<T> = { readonly name: string; readonly claim: T; readonly holds: boolean }

/** Ways to be wrong that a checker must not be talked into; each is told from the good claim by one thing only. */
function wrongInclusions(good: InclusionClaim): readonly Vector<InclusionClaim>[] {
  const { leaf, index, size, root, proof } = good
  const other = leafOf(Buffer.from('another'))
  const flipped = (bytes: Bytes) => bytes.map((byte, at) => (at === 31 ? byte ^ 1 : byte))
  const wrong: (readonly [string, Partial<InclusionClaim>])[] = [
    ['another leaf', { leaf: other }],
    ['another root', { root: other }],
    ['the root with one bit changed', { root: flipped(root) }],
    ['a root that is empty', { root: new Uint8Array(0) }],
    ['a leaf that is empty', { leaf: new Uint8Array(0) }],
    ['one hash too many', { proof: [...proof, other] }],
    ['one hash too many before', { proof: [other, ...proof] }],
    ['the root as one more hash', { proof: [...proof, root] }],
    ['the index of the tree’s size', { index: size }],
    ['an index below zero', { index: -1 }],
    ['an index that is no whole number', { index: index + 0.5 }],
    ['a tree of size zero', { size: 0 }],
    ['a size that is not a number', { size: Number.NaN }],
    ['a hash of 31 bytes', { proof: proof.map((one) => one.slice(0, 31)) }],
    ['the index of the next leaf', { index: index + 1 }],
    ['the index of the leaf before', { index: index - 1 }],
    ['the proof without its first hash', { proof: proof.slice(1) }],
    ['the proof without its last hash', { proof: proof.slice(0, -1) }],
    ['an empty proof', { proof: [] }],
    ['the proof turned around', { proof: proof.toReversed() }],
    ['a bit of the first hash changed', { proof: proof.map((one, at) => (at === 0 ? flipped(one) : one)) }],
    ['the leaf for the root', { root: leaf }],
  ]
  return wrong.flatMap(([name, change]) => {
    const claim = { ...good, ...change }
    const isSame = JSON.stringify(claim) === JSON.stringify(good)
    return isSame ? [] : [{ name: `leaf ${index} of ${size}: ${name}`, claim, holds: false }]
  })
}

const INCLUSION = SIZES.flatMap((size): readonly Vector<InclusionClaim>[] => {
  const leaves = leavesOf(size)
  return [...new Set([0, 1, Math.floor(size / 2), size - 1])]
    .filter((index) => index < size)
    .flatMap((index) => {
      const leaf = leaves[index] as Bytes // within the list
      const claim = { leaf, index, size, root: rootOf(leaves), proof: pathOf(index, leaves) }
      return [{ name: `leaf ${index} of ${size}`, claim, holds: true }, ...wrongInclusions(claim)]
    })
})

function wrongConsistencies(good: ConsistencyClaim): readonly Vector<ConsistencyClaim>[] {
  const { from, to, proof } = good
  const other = leafOf(Buffer.from('another'))
  const wrong: (readonly [string, Partial<ConsistencyClaim>])[] = [
    ['another older root', { from: { ...from, root: other } }],
    ['another newer root', { to: { ...to, root: other } }],
    ['the roots exchanged', { from: { ...from, root: to.root }, to: { ...to, root: from.root } }],
    ['the sizes exchanged', { from: { ...from, size: to.size }, to: { ...to, size: from.size } }],
    ['from nothing', { from: { ...from, size: 0 } }],
    ['from a size below zero', { from: { ...from, size: -1 } }],
    ['one more leaf before', { from: { ...from, size: from.size + 1 } }],
    ['one leaf less before', { from: { ...from, size: from.size - 1 } }],
    ['one hash too many', { proof: [...proof, other] }],
    ['one hash too many before', { proof: [other, ...proof] }],
    ['without its last hash', { proof: proof.slice(0, -1) }],
    ['without its first hash', { proof: proof.slice(1) }],
    ['an empty proof', { proof: [] }],
    ['turned around', { proof: proof.toReversed() }],
    ['a root that is empty', { from: { ...from, root: new Uint8Array(0) } }],
    ['a hash of 33 bytes', { proof: proof.map((one) => Uint8Array.of(...one, 0)) }],
  ]
  return wrong.flatMap(([name, change]) => {
    const claim = { ...good, ...change }
    const isSame = JSON.stringify(claim) === JSON.stringify(good)
    return isSame ? [] : [{ name: `${from.size} to ${to.size}: ${name}`, claim, holds: false }]
  })
}

const CONSISTENCY = SIZES.flatMap((size): readonly Vector<ConsistencyClaim>[] => {
  const leaves = leavesOf(size)
  return [...new Set([1, 2, 3, 4, 6, 7, 8, 16, size - 1, size])]
    .filter((older) => older >= 1 && older <= size)
    .flatMap((older) => {
      const from = { size: older, root: rootOf(leaves.slice(0, older)) }
      const claim = { from, to: { size, root: rootOf(leaves) }, proof: proofOf(older, leaves) }
      return [{ name: `${older} to ${size}`, claim, holds: true }, ...wrongConsistencies(claim)]
    })
})

test('the corpus has at least 98 cases of each kind, and of both outcomes', () => {
  for (const vectors of [INCLUSION, CONSISTENCY]) {
    expect(vectors.length).toBeGreaterThanOrEqual(98)
    expect(vectors.filter(({ holds }) => holds).length).toBeGreaterThanOrEqual(40)
  }
})

test.each(INCLUSION)('inclusion, $holds: $name', async ({ claim, holds }) => {
  expect(await verifyInclusion(claim)).toBe(holds)
})

test.each(CONSISTENCY)('consistency, $holds: $name', async ({ claim, holds }) => {
  expect(await verifyConsistency(claim)).toBe(holds)
})

const sizes = fc.integer({ min: 1, max: 300 })

test('a tree makes the root and the proofs of the definitions, for every leaf and every older size', () => {
  for (const size of SIZES) {
    const leaves = leavesOf(size)
    const tree = treeOf(leaves)
    expect(plain([tree.root])).toEqual(plain([rootOf(leaves)]))
    for (let at = 0; at < size; at++) {
      expect(plain(tree.inclusion(at))).toEqual(plain(pathOf(at, leaves)))
      expect(plain(tree.consistency(at + 1))).toEqual(plain(proofOf(at + 1, leaves)))
    }
  }
})

test('refuses proofs of what is not in the tree', () => {
  const tree = treeOf(leavesOf(7))
  for (const index of [-1, 7, 2 ** 40, 0.5, Number.NaN])
    expect(() => tree.inclusion(index)).toThrow(RangeError)
  for (const from of [0, 8, -1, 1.5, Number.NaN]) expect(() => tree.consistency(from)).toThrow(RangeError)
})

test('law: what a tree proves holds, and holds for no other leaf', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, a, b) => {
      const leaves = leavesOf(size)
      const tree = treeOf(leaves)
      const [index, other] = [a % size, b % size]
      const proof = tree.inclusion(index).map((one) => new Uint8Array(one))
      const claim = { index, size, root: new Uint8Array(tree.root), proof }
      expect(await verifyInclusion({ ...claim, leaf: leaves[index] as Bytes })).toBe(true)
      const holdsForOther = await verifyInclusion({ ...claim, leaf: leaves[other] as Bytes })
      expect(holdsForOther).toBe(other === index)
    }),
    { seed: 1, numRuns: 150 },
  )
})

test('law: a tree goes on from each of its beginnings, and from no other tree of that size', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, a, b) => {
      const leaves = leavesOf(size)
      const tree = treeOf(leaves)
      const from = (a % size) + 1
      const proof = tree.consistency(from).map((one) => new Uint8Array(one))
      const to = { size, root: new Uint8Array(tree.root) }
      const root = rootOf(leaves.slice(0, from))
      expect(await verifyConsistency({ from: { size: from, root }, to, proof })).toBe(true)
      const changed = leaves.with(b % from, leafOf(Buffer.from('changed'))).slice(0, from)
      expect(await verifyConsistency({ from: { size: from, root: rootOf(changed) }, to, proof })).toBe(false)
    }),
    { seed: 2, numRuns: 150 },
  )
})

test('law: the peaks of a tree are its size in binary, without gap or overlap, far beyond 32 bits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (size) => {
      const peaks = peaksOf(size)
      expect(peaks.map(({ level }) => level)).toEqual(
        [...size.toString(2)].flatMap((bit, at, bits) => (bit === '1' ? [bits.length - 1 - at] : [])),
      )
      let next = 0
      for (const { level, index, start } of peaks) {
        expect([start, index * 2 ** level]).toEqual([next, next])
        next += 2 ** level
      }
      expect(next).toBe(size)
    }),
    { seed: 3 },
  )
})

test('an inner node is never a leaf: the prefixes keep them apart (RFC 6962 §2.1)', () => {
  const [a, b] = leavesOf(2) as [Bytes, Bytes]
  expect(nodeHash(a, b, sha256)).not.toEqual(leafOf(Buffer.concat([a, b])))
})
