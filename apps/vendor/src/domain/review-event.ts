import type { RequestId, ReviewId } from '../ids.ts'
import type { Actor } from './audit-event.ts'
import type { ItemKind, ItemState, SignedIn, Verdict } from './review/item.ts'
import type { LogFindingFact } from './review/log-finding.ts'
import type { Proof, RemediationFacts } from './review/remediation.ts'
import type { CheckpointAt, Counts, NoResponse, Prepared, ReviewPlan } from './review/review.ts'

/** Everything that happens to a review. Names are for ever. */
export const REVIEW_EVENT_TYPES = [
  'review.drafted',
  'review.prepared',
  'review.started',
  'review.reminded',
  'review.decided',
  'review.delegated',
  'review.applying',
  'review.applied',
  'review.verified',
  'review.due',
  'review.held',
  'review.released',
  'review.suspending',
  'review.suspended',
  'review.restoring',
  'review.restored',
  'review.revoked',
  'review.unanswered',
  'review.acknowledged',
  'review.closed',
  'review.sealed',
  'review.packed',
] as const

/** An item as an event names it, with what the event makes of it, and the version of its resource that it is about. */
export type ItemMove = {
  readonly n: number
  readonly kind: ItemKind
  readonly name: string
  readonly version: number
  readonly becomes: ItemState
}

/** A request that may come twice: by its `Idempotency-Key` and what was asked, hashed. */
export type RequestKey = { readonly sha256: string; readonly asked: string }

type Of = { readonly review: ReviewId }
type ByPerson = {
  readonly actor: Actor
  readonly request: RequestId
  readonly key: RequestKey | null
}
type ByTime = { readonly actor: null; readonly request: null }
/** By a person, or by the service itself because of the time. */
type ByAny = {
  readonly actor: Actor | null
  readonly request: RequestId | null
  readonly key: RequestKey | null
}
/** Of one item or of many; an event is of a hundred at most. */
type Items = { readonly items: readonly ItemMove[] }

export type ReviewEvent =
  | (Of & ByPerson & { readonly type: 'review.drafted'; readonly plan: ReviewPlan })
  | (Of & ByPerson & Prepared & { readonly type: 'review.prepared' })
  | (Of & ByPerson & { readonly type: 'review.started'; readonly dueAt: string })
  | (Of &
      ByTime & {
        /** Whoever has not answered is told: the sinks of events deliver it. */
        readonly type: 'review.reminded'
        readonly title: string
        readonly dueAt: string
        readonly daysLeft: number
        readonly undecided: number
        /** The persons with the most first, at most a hundred; null: of nobody in particular. */
        readonly persons: readonly { readonly person: string | null; readonly undecided: number }[]
      })
  | (Of &
      ByPerson &
      Items & {
        readonly type: 'review.decided'
        readonly signedIn: SignedIn
        readonly verdict: Verdict
        readonly rationale: string
        readonly evidence: string | null
        readonly until: string | null
      })
  | (Of &
      ByPerson &
      Items & { readonly type: 'review.delegated'; readonly to: string; readonly rationale: string })
  | (Of &
      ByAny &
      Items & {
        /** What was asked for is about to be made so. */
        readonly type: 'review.applying'
      })
  | (Of & ByAny & Items & { readonly type: 'review.applied'; readonly remediation: RemediationFacts })
  | (Of & ByAny & Items & { readonly type: 'review.verified'; readonly proof: Proof })
  | (Of &
      ByTime & {
        /** The due date has passed. */
        readonly type: 'review.due'
        readonly dueAt: string
        readonly noResponse: NoResponse
        readonly unanswered: number
      })
  | (Of &
      ByTime & {
        /** So many would lose their access at once that a person must say yes first. */
        readonly type: 'review.held'
        readonly title: string
        readonly would: number
        readonly active: number
      })
  | (Of &
      ByPerson & {
        readonly type: 'review.released'
        readonly would: number
        readonly reason: string
      })
  | (Of & ByTime & Items & { readonly type: 'review.suspending' })
  | (Of & ByTime & Items & { readonly type: 'review.suspended'; readonly generation: number })
  | (Of & ByPerson & Items & { readonly type: 'review.restoring'; readonly rationale: string })
  | (Of &
      ByPerson &
      Items & { readonly type: 'review.restored'; readonly rationale: string; readonly generation: number })
  | (Of & ByTime & Items & { readonly type: 'review.revoked'; readonly proof: Proof })
  | (Of & ByTime & Items & { readonly type: 'review.unanswered' })
  | (Of &
      ByPerson & {
        /** Somebody knows what is found about the log itself, and says why it may stand in the evidence. */
        readonly type: 'review.acknowledged'
        readonly signedIn: SignedIn
        readonly rationale: string
        /** At most `MOST_ACKNOWLEDGED`. */
        readonly findings: readonly LogFindingFact[]
      })
  | (Of &
      ByPerson & {
        readonly type: 'review.closed'
        readonly counts: Counts
        readonly reason: string | null
      })
  | (Of &
      ByPerson & {
        readonly type: 'review.sealed'
        /** The tree of the log before it. */
        readonly checkpoint: CheckpointAt
        readonly snapshotSha256: string
        /** SHA-256 of what became of every item, as JSON lines in RFC 8785 form. */
        readonly itemsSha256: string
        readonly counts: Counts
      })
  | (Of &
      ByPerson & {
        /** Its evidence pack was made for the first time; from here on this one is handed out, or none. */
        readonly type: 'review.packed'
        readonly manifestSha256: string
        readonly files: number
      })

/** A review event with when and where it stands in the log. */
export type ReviewFact = ReviewEvent & { readonly at: string; readonly seq: number }
