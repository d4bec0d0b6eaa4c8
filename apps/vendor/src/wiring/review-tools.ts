import { createHash } from 'node:crypto'
import type { ReviewDeps } from '../flows/reviews/deps.ts'
import { newId } from '../ids.ts'
import type { AuditLog, Clock, Random } from '../ports.ts'

/** What of the platform the flow of reviews is given. */
export function reviewTools({
  audit,
  clock,
  random,
}: {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}): Pick<ReviewDeps, 'checkpoint' | 'digest' | 'newReviewId' | 'newRequestId'> {
  return {
    async checkpoint() {
      const { size } = await audit.tree.checkpoint()
      return { size, root: Buffer.from(audit.tree.root(size)).toString('hex') }
    },
    digest() {
      const hash = createHash('sha256')
      return { add: (text) => void hash.update(text), hex: () => hash.digest('hex') }
    },
    newReviewId: () => newId('rev', clock.nowMs(), random.bytes(10)),
    newRequestId: () => newId('req', clock.nowMs(), random.bytes(10)),
  }
}
