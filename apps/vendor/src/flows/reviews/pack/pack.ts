import type { ErrorCode } from '../../../errors.ts'
import { asVendorError, VendorError } from '../../../errors.ts'
import type { ReviewId } from '../../../ids.ts'
import type { PackMade, PackProgress } from '../../../ports/packs.ts'
import type { ReviewBy, ReviewDeps } from '../deps.ts'
import { record, reviewOf, type Turns } from '../turns.ts'
import { isSealed } from './make.ts'

/** How it stands with the evidence of a review. */
export type PackStanding = {
  readonly state: 'none' | 'making' | 'ready'
  /** While it is made. */
  readonly progress: PackProgress | null
  /** Of one that is ready. */
  readonly bytes: number | null
  /** What the log says of it; null: it was never made. */
  readonly manifestSha256: string | null
  /** Why it could not be made when it was last tried, and nothing is ready; since the process began. */
  readonly failed: ErrorCode | null
}

export type EvidencePack = {
  readonly bytes: number
  /** The archive, in pieces. The same review makes the same bytes, today and in a year. */
  chunks(): AsyncGenerator<Uint8Array>
}

export type PackBy = Pick<ReviewBy, 'actor' | 'request'>

export type Packs = {
  /**
   * Makes the evidence pack of a sealed review, unless it is there, and goes on with it whoever stops waiting; who comes
   * meanwhile waits for the same. The first time its manifest's hash goes into the log (`review.packed`); from then on it
   * is exactly that pack, or none. Throws `not_found`, `review_not_sealed`, `review_tampered`, `review_pack_differs`, `review_pack_pruned`,
   * `overloaded`, `audit_unavailable`.
   */
  makePack(id: ReviewId, by: PackBy, onProgress?: (progress: PackProgress) => void): Promise<PackStanding>
  /** Throws `not_found`, `review_not_sealed`, `audit_unavailable`. */
  packStanding(id: ReviewId): Promise<PackStanding>
  /** The pack that was made; writes nothing. Throws `review_not_packed` beside that. */
  pack(id: ReviewId): Promise<EvidencePack>
}

/** Each walks the log: one at a time, and no more than so many wait. */
const MOST_UNDER_WAY = 8
const TOLD_EVERY = 100_000

type UnderWay = {
  progress: PackProgress
  readonly listeners: Set<(progress: PackProgress) => void>
  readonly done: Promise<void>
}

export function createPacks(deps: ReviewDeps, turns: Turns): Packs {
  const { packs } = deps.audit
  const underWay = new Map<ReviewId, UnderWay>()
  const failures = new Map<ReviewId, ErrorCode>()

  /** The oldest signed tree that has so many events. */
  async function signed(events: number) {
    const known = await packs.signed(events)
    if (known !== null) return known
    await deps.checkpoint()
    const made = await packs.signed(events)
    if (made === null) throw new VendorError('audit_unavailable', { facts: { reason: 'no checkpoint' } })
    return made
  }

  async function proofOf(seq: number): Promise<string> {
    await signed(seq)
    const proof = await packs.proof(seq)
    if (proof === null) throw new VendorError('audit_unavailable', { facts: { reason: 'no event', seq } })
    return proof
  }

  async function sealedOf(id: ReviewId) {
    const review = await reviewOf(deps, id)
    if (!isSealed(review)) throw new VendorError('review_not_sealed')
    return review
  }

  /** What lies on the shelf, where it is the one that the log names. */
  async function ready(id: ReviewId) {
    const packed = await packs.packed(id)
    const found = packed === null ? null : await deps.packShelf.find(id)
    const isIt = found !== null && found.manifestSha256 === packed?.manifestSha256
    return { packed, found: isIt ? found : null }
  }

  async function standing(id: ReviewId): Promise<PackStanding> {
    const { packed, found } = await ready(id)
    const own = underWay.get(id)
    return {
      state: own !== undefined ? 'making' : found === null ? 'none' : 'ready',
      progress: own?.progress ?? null,
      bytes: found?.bytes ?? null,
      manifestSha256: packed?.manifestSha256 ?? null,
      failed: found === null && own === undefined ? (failures.get(id) ?? null) : null,
    }
  }

  async function make(id: ReviewId, { by, own }: { readonly by: PackBy; readonly own: UnderWay }) {
    const review = await sealedOf(id)
    const { packed, found } = await ready(id)
    if (found !== null) return
    const { key, ...end } = await signed(review.sealed.seq)
    await deps.packDesk.make(
      { review: id, key, end, expected: packed?.manifestSha256 ?? null },
      {
        progress(progress) {
          if (Math.floor(own.progress.done / TOLD_EVERY) < Math.floor(progress.done / TOLD_EVERY))
            deps.log.info('review.packing', { review: id, events: progress.done, of: progress.of })
          own.progress = progress
          for (const listener of own.listeners) listener(progress)
        },
        async seal(made) {
          const { seq } = await turns.take(() => recorded(deps, { id, by, ...made }))
          return proofOf(seq)
        },
      },
    )
  }

  function begin(id: ReviewId, by: PackBy, of: number): UnderWay {
    if (underWay.size >= MOST_UNDER_WAY)
      throw new VendorError('overloaded', { facts: { waiting: underWay.size } })
    const { promise: done, resolve, reject } = Promise.withResolvers<void>()
    const own: UnderWay = { progress: { done: 0, of }, listeners: new Set(), done }
    underWay.set(id, own)
    // Whoever began it may be gone by the time it fails: `packStanding` says so.
    done.catch(() => undefined)
    void deps.undisturbed
      .take(() => make(id, { by, own }))
      .then(
        () => {
          failures.delete(id)
          underWay.delete(id)
          resolve()
        },
        (thrown: unknown) => {
          const error = asVendorError(thrown)
          failures.set(id, error.code)
          underWay.delete(id)
          deps.log.error('review.pack_failed', { review: id, code: error.code, ...error.facts })
          reject(error)
        },
      )
    return own
  }

  return {
    async makePack(id, by, onProgress = () => undefined) {
      const review = await sealedOf(id)
      if (!underWay.has(id) && (await ready(id)).found !== null) return standing(id)
      const own = underWay.get(id) ?? begin(id, by, review.sealed.seq)
      own.listeners.add(onProgress)
      try {
        await own.done
      } finally {
        own.listeners.delete(onProgress)
      }
      return standing(id)
    },
    async packStanding(id) {
      await sealedOf(id)
      return standing(id)
    },
    async pack(id) {
      await sealedOf(id)
      const { packed, found } = await ready(id)
      if (packed === null || found === null) throw new VendorError('review_not_packed')
      const proof = await proofOf(packed.seq)
      return { bytes: found.bytes, chunks: () => deps.packShelf.read(id, proof) }
    },
  }
}

type Recorded = PackMade & { readonly id: ReviewId; readonly by: PackBy }

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
