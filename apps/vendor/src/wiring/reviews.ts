import { createHash } from 'node:crypto'
import { tarPieces } from '../audit/tar.ts'
import type { FindingsFlow } from '../flows/findings.ts'
import { createPersons } from '../flows/reviews/persons.ts'
import { createReviews, type Reviews } from '../flows/reviews/reviews.ts'
import { createReviewUsage } from '../flows/reviews/usage.ts'
import type { RevokeFlow } from '../flows/revoke.ts'
import type { AuditLog } from '../ports.ts'
import type { OpenedConfiguration } from './configuration.ts'
import type { Wiring } from './wiring.ts'

export type ReviewsOf = Pick<OpenedConfiguration, 'store' | 'provenance' | 'configuration' | 'flow'> & {
  readonly audit: AuditLog
  readonly revocations: RevokeFlow
  readonly findings: FindingsFlow
}

/** The reviews of this process. Nothing of them is looked at before `open`. */
export function createServiceReviews(wiring: Wiring, of: ReviewsOf): Reviews {
  const { settings, clock, timers, newId, sha256, breathe, log } = wiring
  const { audit, store, provenance, configuration, revocations } = of
  return createReviews({
    async checkpoint() {
      const { size } = await audit.tree.checkpoint()
      return { size, root: Buffer.from(audit.tree.root(size)).toString('hex') }
    },
    digest() {
      const hash = createHash('sha256')
      return { add: (text) => void hash.update(text), hex: () => hash.digest('hex') }
    },
    newReviewId: () => newId('rev'),
    newRequestId: () => newId('req'),
    tar: tarPieces,
    clock,
    timers,
    audit,
    store,
    provenance,
    configuration,
    changes: of.flow,
    revocations,
    findings: async () => (await of.findings.current()).findings,
    usage: createReviewUsage(audit.usage),
    persons: createPersons(configuration, settings.admin),
    sha256,
    breathe,
    log,
  })
}
