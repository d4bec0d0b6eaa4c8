import type { SealedReview } from '../../../domain/review/pack/facts.ts'
import {
  MANIFEST,
  MANIFEST_PROOF,
  manifestText,
  PACK_FORMATS,
  type PackedFile,
} from '../../../domain/review/pack/manifest.ts'
import type { Review } from '../../../domain/review/review.ts'
import { VendorError } from '../../../errors.ts'
import type { PackAsk, PackMade, PackSpool } from '../../../ports/packs.ts'
import { filesOf, OUTCOMES, SNAPSHOT } from './files.ts'
import { type GatherDeps, gather } from './gather.ts'

export type MakeDeps = GatherDeps & {
  readonly spool: PackSpool
  /** Has the log say it, once; answers the proof. */
  readonly seal: (made: PackMade) => Promise<string>
}

/**
 * Makes a pack from what the log says and nothing else. Everything is hashed before the log hears of it; what is fetched is
 * what was hashed. Throws `review_tampered`, `review_pack_differs`, `review_pack_pruned`, `audit_unavailable`.
 */
export async function makePack(deps: MakeDeps, { review: id, key, end, expected }: PackAsk): Promise<void> {
  const { spool } = deps
  try {
    const review = await deps.audit.reviews.get(id)
    if (review === null || !isSealed(review)) throw new VendorError('review_not_sealed')
    const gathered = await gather(deps, review, end)
    // In the form that it was packed in, and in the newest where it was not.
    for (const format of PACK_FORMATS) {
      spool.clear()
      const files: PackedFile[] = []
      for (const { name, lines } of filesOf(deps, gathered, format))
        files.push(await spool.add(name, lines()))
      await checkSeal(deps, review, files)
      const manifest = manifestText({ format, review: id, key, files })
      const manifestSha256 = deps.sha256(manifest)
      if (expected !== null && manifestSha256 !== expected) continue
      const proof = await deps.seal({ manifestSha256, files: files.length })
      return spool.finish([
        { name: MANIFEST, text: manifest },
        { name: MANIFEST_PROOF, text: proof },
      ])
    }
    const code = (await isPrunedSince(deps, review)) ? 'review_pack_pruned' : 'review_pack_differs'
    throw new VendorError(code, { facts: { review: id, recorded: expected } })
  } finally {
    spool.drop()
  }
}

export function isSealed(review: Review): review is SealedReview {
  return review.sealed !== null && review.prepared !== null
}

/** Whether exchanges that it counts or samples were taken out of the log after it was packed. */
async function isPrunedSince(
  { audit: { packs } }: Pick<MakeDeps, 'audit'>,
  { id, plan, sealed }: SealedReview,
): Promise<boolean> {
  const packed = await packs.packed(id)
  if (packed === null) return false
  const period = { fromMs: Date.parse(plan.period.from), toMs: Date.parse(plan.period.to) }
  return packs.isPrunedSince(packed.seq, { ...period, upTo: sealed.seq })
}

/**
 * The tables hold what the seal says, and the seal is an event that still has its body: the tables alone are nobody's word.
 */
async function checkSeal(
  { audit }: Pick<MakeDeps, 'audit'>,
  { id, prepared, sealed }: SealedReview,
  files: readonly PackedFile[],
): Promise<void> {
  const [line] = await audit.packs.bodies([sealed.seq])
  const event = JSON.parse(line?.body ?? '{}') as Readonly<Record<string, unknown>> // one of our own, or pruned
  if (event['type'] !== 'review.sealed')
    throw new VendorError('review_pack_differs', { facts: { review: id, reason: 'pruned' } })
  const hashOf = (name: string) => files.find((file) => file.name === name)?.sha256
  const holds =
    hashOf(SNAPSHOT) === prepared.snapshotSha256 &&
    hashOf(OUTCOMES) === sealed.itemsSha256 &&
    event['itemsSha256'] === sealed.itemsSha256 &&
    event['snapshotSha256'] === prepared.snapshotSha256
  if (!holds) throw new VendorError('review_tampered', { facts: { review: id } })
}
