import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { VendorError } from '../errors.ts'
import type { ReviewId } from '../ids.ts'
import type { PackShelf } from '../ports/packs.ts'
import { findPack, packPieces } from './pack-file.ts'
import { UNFINISHED } from './spool.ts'

/** Where the pack of a review lies. An id has no signs that a path would read in another way. */
export function packPath(folder: string, review: ReviewId): string {
  return join(folder, `${review}.tar`)
}

/** The folder of the packs. What a process that was killed left half is taken away. */
export function openPackShelf(folder: string): PackShelf {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder)) if (name.endsWith(UNFINISHED)) rmSync(join(folder, name))
  return {
    find: (review) => findPack(packPath(folder, review)),
    async *read(review, proof) {
      const path = packPath(folder, review)
      try {
        yield* packPieces(path, { review, proof })
      } catch (thrown) {
        // Nobody is to be handed it twice: made again it is right.
        if (thrown instanceof VendorError && thrown.code === 'review_pack_differs')
          rmSync(path, { force: true })
        throw thrown
      }
    },
  }
}
