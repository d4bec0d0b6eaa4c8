import type { Actor } from '../../domain/audit-event.ts'
import type { Configuration } from '../../domain/configuration.ts'
import type { Finding } from '../../domain/lint/rule.ts'
import type { KnownPersons } from '../../domain/review/duty.ts'
import type { SignedIn } from '../../domain/review/item.ts'
import type { LogFindingFact } from '../../domain/review/log-finding.ts'
import type { CheckpointAt } from '../../domain/review/review.ts'
import type { ItemFinding, ItemUsage } from '../../domain/review/snapshot.ts'
import type { Sha256 } from '../../domain/session-name.ts'
import type { RequestId, ReviewId } from '../../ids.ts'
import type { PackDesk, PackShelf } from '../../ports/packs.ts'
import type { Provenance } from '../../ports/reviews.ts'
import type { AuditLog, Clock, Logger, ResourceStore } from '../../ports.ts'
import type { ConfigurationFlow } from '../configuration.ts'
import type { RevokeFlow } from '../revoke.ts'
import type { Turns } from './turns.ts'

/** What the flow of reviews asks of the world. */
export type ReviewDeps = {
  readonly clock: Clock
  readonly audit: Pick<AuditLog, 'append' | 'reviews' | 'packs' | 'liveSessions'>
  /** Signs the tree of the log as it stands. */
  readonly checkpoint: () => Promise<CheckpointAt>
  readonly store: Pick<ResourceStore, 'current' | 'get' | 'version'>
  readonly provenance: Provenance
  readonly configuration: () => Configuration
  readonly changes: Pick<ConfigurationFlow, 'apply' | 'restore' | 'plan'>
  readonly revocations: Pick<RevokeFlow, 'revoke'>
  /** What lint and detectors say of what stands. */
  readonly findings: () => Promise<readonly (Finding & Pick<ItemFinding, 'detector'>)[]>
  /** What detectors say of the log itself. */
  readonly logFindings: () => Promise<readonly LogFindingFact[]>
  /** Use in a period, by mapping; null: nobody counts it. */
  readonly usage: (period: {
    readonly fromMs: number
    readonly toMs: number
  }) => Promise<ReadonlyMap<string, ItemUsage> | null>
  readonly persons: Persons
  readonly sha256: Sha256
  /** SHA-256 of texts one after another. */
  readonly digest: () => Digest
  /** A pack is of one moment of the log: meanwhile nothing is taken out of it. */
  readonly undisturbed: Turns
  readonly packDesk: PackDesk
  readonly packShelf: PackShelf
  readonly newReviewId: () => ReviewId
  readonly newRequestId: () => RequestId
  readonly breathe: () => Promise<void>
  readonly log: Logger
}

export type Digest = { add(text: string): void; hex(): string }

/** Who is who, by everything that the configuration says and said. */
export type Persons = KnownPersons & {
  /** Whether somebody with the admin role `reviewer` is that person. */
  readonly isReviewer: (person: string) => boolean
}

/** Who asks, how they signed in, and what makes a request that comes twice one request. */
export type ReviewBy = {
  readonly actor: Actor
  readonly signedIn: SignedIn
  readonly request: RequestId
  /** `Idempotency-Key`; null: there is none. */
  readonly key: string | null
  /** The revision that was looked at (`If-Match`); null: none was named. */
  readonly ifRevision: number | null
}

/** The service itself, where a change needs an author: nobody signs in as it, because no issuer has this name. */
export function serviceActor(review: ReviewId): Actor {
  return { issuer: 'urn:stint:review', sub: review, person: 'urn:stint:review' }
}
