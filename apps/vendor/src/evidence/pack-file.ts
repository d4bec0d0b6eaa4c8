import { createHash, hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { tarPieces } from '../audit/tar.ts'
import { MANIFEST, MANIFEST_PROOF, type PackedFile } from '../domain/review/pack/manifest.ts'
import { VendorError } from '../errors.ts'
import type { ReviewId } from '../ids.ts'

const BLOCK = 512
const PIECE = 1 << 18
/** The manifest names some thirty files. What says that it is longer is none of ours. */
const MOST_MANIFEST = 1 << 20
/** Where ustar has the size, in octal. */
const SIZE_AT = { from: 124, to: 135 } as const

/** Size and manifest of a pack; null: there is none, or what lies there is none. Throws `audit_unavailable`. */
export async function findPack(
  path: string,
): Promise<{ readonly bytes: number; readonly manifestSha256: string } | null> {
  const file = await opened(path)
  if (file === null) return null
  try {
    const manifest = await firstFile(file)
    if (manifest === null) return null
    const { size: bytes } = await file.stat()
    return { bytes, manifestSha256: hash('sha256', manifest) }
  } finally {
    await file.close()
  }
}

/** Which pack it is to be: whose manifest was found, and the proof that the log has it. */
export type WantedPack = { readonly review: ReviewId; readonly proof: string }

/**
 * The bytes of a pack, each file held against the manifest on the way, and the proof against this one: what differs is cut
 * short with `review_pack_differs`. Throws `audit_unavailable` beside that.
 */
export async function* packPieces(path: string, wanted: WantedPack): AsyncGenerator<Uint8Array> {
  const { review } = wanted
  const file = await opened(path)
  if (file === null) throw differs(review, '')
  try {
    for (const part of await partsOf(file, wanted)) yield* checked(file, part, review)
    yield tarPieces.end()
  } finally {
    await file.close()
  }
}

async function opened(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw new VendorError('audit_unavailable', { cause })
  }
}

async function bytesAt(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
  return buffer.subarray(0, bytesRead)
}

async function sizeAt(file: FileHandle, name: string, from: number): Promise<number | null> {
  const head = await bytesAt(file, from, BLOCK)
  const size = Number.parseInt(head.toString('latin1', SIZE_AT.from, SIZE_AT.to), 8)
  return Number.isSafeInteger(size) && head.equals(tarPieces.head(name, size)) ? size : null
}

/** The manifest; null: it begins with something else. */
async function firstFile(file: FileHandle): Promise<Buffer | null> {
  const size = await sizeAt(file, MANIFEST, 0)
  if (size === null || size > MOST_MANIFEST) return null
  const content = await bytesAt(file, BLOCK, size)
  return content.length === size ? content : null
}

/** A file of the archive, and where its header stands. */
type Part = PackedFile & { readonly from: number }

async function partsOf(file: FileHandle, { review, proof }: WantedPack): Promise<readonly Part[]> {
  const manifest = await firstFile(file)
  if (manifest === null) throw differs(review, MANIFEST)
  const proofFrom = wholeBlocks(manifest.length)
  const proofBytes = await sizeAt(file, MANIFEST_PROOF, proofFrom)
  if (proofBytes === null) throw differs(review, MANIFEST_PROOF)
  const parts: Part[] = [
    { name: MANIFEST, bytes: manifest.length, sha256: hash('sha256', manifest), from: 0 },
    { name: MANIFEST_PROOF, bytes: proofBytes, sha256: hash('sha256', proof), from: proofFrom },
  ]
  // By our own hand: its hash is in the log, and whoever found it held it against that.
  const { files } = JSON.parse(manifest.toString()) as { readonly files: readonly PackedFile[] }
  let from = proofFrom + wholeBlocks(proofBytes)
  for (const { name, bytes, sha256 } of files) {
    parts.push({ name, bytes, sha256, from })
    from += wholeBlocks(bytes)
  }
  const { size } = await file.stat()
  if (size !== from + tarPieces.end().length) throw differs(review, parts.at(-1)?.name ?? '')
  return parts
}

function wholeBlocks(bytes: number): number {
  return BLOCK + Math.ceil(bytes / BLOCK) * BLOCK
}

/** Handed out as it is read, the last piece only when all of it is what the manifest says. */
async function* checked(file: FileHandle, part: Part, review: ReviewId): AsyncGenerator<Uint8Array> {
  const { name, bytes, from, sha256 } = part
  const head = tarPieces.head(name, bytes)
  const digest = createHash('sha256')
  let last: Uint8Array = head
  for (let at = 0; at < bytes; ) {
    const piece = await bytesAt(file, from + BLOCK + at, Math.min(PIECE, bytes - at))
    if (piece.length === 0) break
    digest.update(piece)
    at += piece.length
    yield last
    last = piece
  }
  if (digest.digest('hex') !== sha256) throw differs(review, name)
  yield last
  yield tarPieces.padding(bytes)
}

function differs(review: ReviewId, file: string): VendorError {
  return new VendorError('review_pack_differs', { facts: { review, file, reason: 'on the shelf' } })
}
