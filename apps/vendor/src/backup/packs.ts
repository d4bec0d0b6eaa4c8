import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createPackReader } from '../audit/pack-reader.ts'
import { VendorError } from '../errors.ts'
import { findPack, packPieces, type WantedPack } from '../evidence/pack-file.ts'
import { isId, type ReviewId } from '../ids.ts'
import type { Connection } from '../storage/sqlite/open.ts'

/** The folder of the evidence packs, in a data folder and in a backup. */
export const PACKS = 'evidence'
const TAR = '.tar'

type CopyPacks = {
  readonly from: string
  readonly to: string
  /** The log whose word each is held against. */
  readonly audit: Connection
  readonly progress: (line: string) => void
}

/**
 * Copies the packs of a data folder, and answers their names: each is held against the log, file by file. They could be made
 * again, but not once what they count is pruned. What is no pack of that log is told and left out: nobody is handed it.
 */
export async function copyPacks({ from, to, audit, progress }: CopyPacks): Promise<readonly string[]> {
  const copied: string[] = []
  for (const { review, name } of packsIn(from)) {
    const path = join(from, name)
    const wanted = await wantedPack(audit, { review, path })
    if (wanted !== null) mkdirSync(to, { recursive: true, mode: 0o700 })
    if (wanted !== null && (await isCopied(path, join(to, name), wanted))) copied.push(name)
    else progress(`${PACKS}/${name} is left out: it is not the pack that the log names`)
  }
  return copied
}

/** Of a restored folder: every pack in it is one of the log beside it, whole. Answers the first that is not. */
export async function foreignPack(folder: string, audit: Connection): Promise<string | null> {
  for (const { review, name } of packsIn(folder)) {
    const path = join(folder, name)
    const wanted = await wantedPack(audit, { review, path })
    if (wanted === null || !(await isThrough(path, wanted, async () => undefined))) return name
  }
  return null
}

function packsIn(folder: string): readonly { readonly review: ReviewId; readonly name: string }[] {
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : []
  return names.flatMap((name) => {
    const review = name.slice(0, -TAR.length)
    return name.endsWith(TAR) && isId('rev', review) ? [{ review, name }] : []
  })
}

/** What the log says of a pack; null where it names another one, or had signed none of it by then. */
async function wantedPack(
  audit: Connection,
  { review, path }: { readonly review: ReviewId; readonly path: string },
): Promise<WantedPack | null> {
  const log = createPackReader(audit)
  const packed = await log.packed(review)
  const found = await findPack(path)
  if (packed === null || found?.manifestSha256 !== packed.manifestSha256) return null
  const proof = await log.proof(packed.seq)
  return proof === null ? null : { review, proof }
}

async function isCopied(from: string, to: string, wanted: WantedPack): Promise<boolean> {
  const file = await open(to, 'wx', 0o600)
  try {
    const isWhole = await isThrough(from, wanted, async (piece) => {
      await file.writeFile(piece)
    })
    if (isWhole) await file.sync()
    else rmSync(to)
    return isWhole
  } finally {
    await file.close()
  }
}

async function isThrough(
  path: string,
  wanted: WantedPack,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<boolean> {
  try {
    for await (const piece of packPieces(path, wanted)) await take(piece)
    return true
  } catch (thrown) {
    if (thrown instanceof VendorError && thrown.code === 'review_pack_differs') return false
    throw thrown
  }
}
