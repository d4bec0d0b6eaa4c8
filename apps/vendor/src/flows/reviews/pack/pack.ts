import type { SealedReview } from '../../../domain/review/pack/facts.ts'
import {
  MANIFEST,
  MANIFEST_PROOF,
  manifestText,
  type PackedFile,
  provedLine,
} from '../../../domain/review/pack/manifest.ts'
import type { Review } from '../../../domain/review/review.ts'
import { VendorError } from '../../../errors.ts'
import type { ReviewId } from '../../../ids.ts'
import type { ReviewBy, ReviewDeps } from '../deps.ts'
import { createTurns, record, reviewOf, type Turns } from '../turns.ts'
import { filesOf, OUTCOMES, type PackFile, SNAPSHOT } from './files.ts'
import { gather } from './gather.ts'

export type EvidencePack = {
  readonly bytes: number
  /** The archive, in pieces. The same review makes the same bytes, today and in a year. */
  chunks(): AsyncGenerator<Uint8Array>
}

export type Packs = {
  /**
   * The evidence pack of a sealed review. The first time its manifest's hash goes into the log (`review.packed`); from then
   * on exactly that pack is handed out, or none. Throws `not_found`, `review_not_sealed`, `review_tampered`,
   * `review_pack_differs`, `audit_unavailable`.
   */
  pack(id: ReviewId, by: Pick<ReviewBy, 'actor' | 'request'>): Promise<EvidencePack>
}

/** A ustar archive, piece by piece. */
export type Tar = {
  readonly head: (name: string, bytes: number) => Uint8Array
  /** What fills the last block of a file. */
  readonly padding: (bytes: number) => Uint8Array
  readonly end: () => Uint8Array
}

const CHUNK = 65_536

export function createPacks(deps: ReviewDeps, turns: Turns): Packs {
  const { packs } = deps.audit
  // One is made at a time: each walks the log.
  const building = createTurns()

  /** The oldest signed tree that has so many events. */
  async function signed(events: number) {
    const known = await packs.signed(events)
    if (known !== null) return known
    await deps.checkpoint()
    const made = await packs.signed(events)
    if (made === null) throw new VendorError('audit_unavailable', { facts: { reason: 'no checkpoint' } })
    return made
  }

  async function build(id: ReviewId, by: Pick<ReviewBy, 'actor' | 'request'>): Promise<EvidencePack> {
    const review = await reviewOf(deps, id)
    if (!isSealed(review)) throw new VendorError('review_not_sealed')
    const { key, ...end } = await signed(review.sealed.seq)
    const gathered = await gather(deps, review, end)
    const files = filesOf(deps, gathered)
    const measured: PackedFile[] = []
    for (const file of files) measured.push(await measure(deps, file))
    await checkSeal(deps, review, measured)
    const manifest = manifestText({ review: id, key, files: measured })
    const manifestSha256 = deps.sha256(manifest)
    const packed = await turns.take(() => recorded(deps, { id, by, manifestSha256, files: files.length }))
    const proof = await proofOf(packed.seq)
    const first = [
      { name: MANIFEST, lines: () => [manifest] },
      { name: MANIFEST_PROOF, lines: () => [proof] },
    ]
    const heads = await Promise.all(first.map((file) => measure(deps, file)))
    return tarOf(deps, [...first, ...files], [...heads, ...measured])
  }

  async function proofOf(seq: number): Promise<string> {
    const { size, note, key } = await signed(seq)
    const [line] = await packs.bodies([seq])
    if (line === undefined) throw new VendorError('audit_unavailable', { facts: { reason: 'no event', seq } })
    return provedLine({ body: line.body, index: seq - 1, proof: await packs.inclusion(seq, size), key, note })
  }

  return { pack: (id, by) => building.take(() => build(id, by)) }
}

function isSealed(review: Review): review is SealedReview {
  return review.sealed !== null && review.prepared !== null
}

/**
 * The tables hold what the seal says, and the seal is an event that still has its body: the tables alone are nobody's word.
 */
async function checkSeal(
  { audit }: Pick<ReviewDeps, 'audit'>,
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

type Recorded = {
  readonly id: ReviewId
  readonly by: Pick<ReviewBy, 'actor' | 'request'>
  readonly manifestSha256: string
  readonly files: number
}

/** Whoever asks first has it written down; everybody else gets the same. */
async function recorded(deps: ReviewDeps, { id, by, manifestSha256, files }: Recorded) {
  const packed = await deps.audit.packs.packed(id)
  if (packed !== null) {
    if (packed.manifestSha256 === manifestSha256) return packed
    throw new VendorError('review_pack_differs', {
      facts: { review: id, recorded: packed.manifestSha256, manifestSha256 },
    })
  }
  const { actor, request } = by
  await record(deps, { type: 'review.packed', review: id, actor, request, key: null, manifestSha256, files })
  const written = await deps.audit.packs.packed(id)
  if (written === null) throw new VendorError('audit_unavailable', { facts: { reason: 'no event' } })
  return written
}

const UTF8 = new TextEncoder()

async function measure(deps: Pick<ReviewDeps, 'digest'>, { name, lines }: PackFile): Promise<PackedFile> {
  const digest = deps.digest()
  let bytes = 0
  for await (const line of lines()) {
    digest.add(line)
    bytes += UTF8.encode(line).length
  }
  return { name, bytes, sha256: digest.hex() }
}

function tarOf(
  deps: Pick<ReviewDeps, 'tar' | 'digest'>,
  files: readonly PackFile[],
  measured: readonly PackedFile[],
): EvidencePack {
  const { tar } = deps
  const whole = measured.map(
    ({ name, bytes }) => tar.head(name, bytes).length + bytes + tar.padding(bytes).length,
  )
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const [at, file] of files.entries()) {
      const { name, bytes, sha256 } = measured[at] as PackedFile // one a file
      yield tar.head(name, bytes)
      const digest = deps.digest()
      for await (const text of pieces(file.lines())) {
        digest.add(text)
        yield UTF8.encode(text)
      }
      // Cut rather than finished: what is handed out is what was hashed.
      if (digest.hex() !== sha256) throw new VendorError('review_pack_differs', { facts: { file: name } })
      yield tar.padding(bytes)
    }
    yield tar.end()
  }
  return { bytes: whole.reduce((sum, one) => sum + one, tar.end().length), chunks }
}

/** Lines, so many at a time that each piece is worth its way. */
async function* pieces(lines: ReturnType<PackFile['lines']>): AsyncGenerator<string> {
  let piece = ''
  for await (const line of lines) {
    piece += line
    if (piece.length < CHUNK) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}
