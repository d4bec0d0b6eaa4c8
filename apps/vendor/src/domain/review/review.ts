import type { ReviewId } from '../../ids.ts'
import type { Actor } from '../audit-event.ts'
import type { ReviewFact } from '../review-event.ts'
import { type ItemKind, type ItemState, isUndecided } from './item.ts'
import type { LogFindingFact } from './log-finding.ts'

/** `prepared`: the snapshot stands in the log. `grace`: the due date has passed, and what was suspended can be restored. */
export const REVIEW_STATES = ['draft', 'prepared', 'running', 'grace', 'closed', 'sealed'] as const
export type ReviewState = (typeof REVIEW_STATES)[number]

/**
 * What becomes of a mapping that nobody answers for by the due date: `suspend` disables it, to be restored by one click
 * for two weeks; `revoke` disables it for good; `keep` leaves it as it is, and says so.
 */
export const NO_RESPONSES = ['suspend', 'revoke', 'keep'] as const
export type NoResponse = (typeof NO_RESPONSES)[number]

/** What of the configuration a review is of. An empty list: all. */
export type ReviewScope = {
  readonly kinds: readonly ItemKind[]
  readonly issuers: readonly string[]
  readonly roles: readonly string[]
  readonly targets: readonly string[]
  readonly owners: readonly string[]
  readonly mappings: readonly string[]
}

/** What whoever drafts a review settles, for good. Instants are ISO 8601 UTC. */
export type ReviewPlan = {
  readonly title: string
  /** The quarter that it looks back on, without the instant that it ends with: use is counted in it. */
  readonly period: { readonly from: string; readonly to: string }
  /** Tags of frameworks, such as `soc2-cc6.3`: for the pack. */
  readonly frameworks: readonly string[]
  readonly scope: ReviewScope
  readonly dueAt: string
  readonly noResponse: NoResponse
  readonly minReviewers: 1 | 2
  /** Two persons decide over a mapping that may write or delete there. */
  readonly criticalBuckets: readonly string[]
  /** Persons who are given the items in turn; empty: whoever has the admin role. */
  readonly reviewers: readonly string[]
  /** The person for items that nobody of these may decide; null: whoever has the admin role. */
  readonly fallback: string | null
  /** Days before the due date on which a reminder goes out. */
  readonly remindDays: readonly number[]
}

export type CheckpointAt = { readonly size: number; readonly root: string }

/** What was counted when the snapshot was taken, so that anybody can count again. */
export type Population = Readonly<
  Record<ItemKind, { readonly enabled: number; readonly disabled: number; readonly inScope: number }>
>

export type Prepared = {
  readonly generation: number
  readonly configurationHash: string
  readonly population: Population
  readonly items: number
  /** SHA-256 of the snapshot as JSON lines: a head, then each item in RFC 8785 form, each line ended by `\n`. */
  readonly snapshotSha256: string
  /** The tree of the log before it. */
  readonly checkpoint: CheckpointAt
}

export type Counts = Readonly<Partial<Record<ItemState, number>>>

/** Of these, all and those that wait for an answer. */
export function tallyOf(counts: Counts): { readonly items: number; readonly undecided: number } {
  const entries = Object.entries(counts) as [ItemState, number][] // the keys of Counts are states
  const sum = (of: readonly [ItemState, number][]) => of.reduce((all, [, count]) => all + count, 0)
  return { items: sum(entries), undecided: sum(entries.filter(([state]) => isUndecided(state))) }
}

/** By whom and when; `by` null: by the service itself, because of the time. */
export type Step = { readonly by: Actor | null; readonly at: string; readonly seq: number }

export type Acknowledged = {
  readonly by: Actor
  readonly at: string
  readonly seq: number
  readonly rationale: string
  readonly findings: readonly LogFindingFact[]
}

/** A review as it stands: folded from its events, and from nothing else. */
export type Review = {
  readonly id: ReviewId
  readonly state: ReviewState
  /** Events of the review itself so far: what `If-Match` names. */
  readonly revision: number
  readonly plan: ReviewPlan
  readonly drafted: Step
  readonly prepared: (Step & Prepared) | null
  readonly started: Step | null
  /** When the due date was seen to have passed. */
  readonly due: (Step & { readonly unanswered: number }) | null
  /** Suspension waits for a person: too many would lose their access at once. */
  readonly held: { readonly at: string; readonly would: number; readonly active: number } | null
  /** A person said that so many may be suspended all the same. */
  readonly released: {
    readonly by: Actor
    readonly at: string
    readonly upTo: number
    readonly reason: string
  } | null
  /** What was found about the log itself, and who said why it may stand. */
  readonly acknowledged: readonly Acknowledged[]
  /** Days before the due date of reminders that went out. */
  readonly reminded: readonly number[]
  readonly closed: (Step & { readonly counts: Counts; readonly reason: string | null }) | null
  readonly sealed: (Step & { readonly checkpoint: CheckpointAt; readonly itemsSha256: string }) | null
}

/** The legal moves. A sealed review never changes again. */
const REVIEW_MOVES: Readonly<Record<ReviewState, readonly ReviewState[]>> = {
  draft: ['prepared'],
  prepared: ['prepared', 'running'],
  running: ['grace', 'closed'],
  grace: ['closed'],
  closed: ['sealed'],
  sealed: [],
}

/** The review after one more of its events. Throws a RangeError where the event cannot follow: the log is not of us. */
export function reviewAfter(review: Review | null, fact: ReviewFact): Review {
  if (fact.type === 'review.drafted') {
    if (review !== null) throw new RangeError('drafted twice')
    return drafted(fact)
  }
  if (review === null) throw new RangeError(`${fact.type} before it was drafted`)
  const next = { ...changed(review, fact), revision: review.revision + 1 }
  if (next.state !== review.state && !REVIEW_MOVES[review.state].includes(next.state))
    throw new RangeError(`${fact.type} while ${review.state}`)
  return next
}

function drafted(fact: ReviewFact & { readonly type: 'review.drafted' }): Review {
  return {
    id: fact.review,
    state: 'draft',
    revision: 1,
    plan: fact.plan,
    drafted: stepOf(fact),
    prepared: null,
    started: null,
    due: null,
    held: null,
    released: null,
    acknowledged: [],
    reminded: [],
    closed: null,
    sealed: null,
  }
}

function changed(review: Review, fact: ReviewFact): Review {
  switch (fact.type) {
    case 'review.prepared': {
      const { generation, configurationHash, population, items, snapshotSha256, checkpoint } = fact
      const what = { generation, configurationHash, population, items, snapshotSha256, checkpoint }
      return { ...review, state: 'prepared', prepared: { ...stepOf(fact), ...what } }
    }
    case 'review.started':
      return { ...review, state: 'running', started: stepOf(fact) }
    case 'review.due':
      return { ...review, state: 'grace', due: { ...stepOf(fact), unanswered: fact.unanswered } }
    case 'review.held':
      return { ...review, held: { at: fact.at, would: fact.would, active: fact.active } }
    case 'review.released': {
      const { actor: by, at, would: upTo, reason } = fact
      return { ...review, held: null, released: { by, at, upTo, reason } }
    }
    case 'review.acknowledged': {
      const { actor: by, at, seq, rationale, findings } = fact
      return { ...review, acknowledged: [...review.acknowledged, { by, at, seq, rationale, findings }] }
    }
    case 'review.reminded':
      return { ...review, reminded: [...review.reminded, fact.daysLeft] }
    case 'review.closed':
      return {
        ...review,
        state: 'closed',
        held: null,
        closed: { ...stepOf(fact), counts: fact.counts, reason: fact.reason },
      }
    case 'review.sealed': {
      const { checkpoint, itemsSha256 } = fact
      return { ...review, state: 'sealed', sealed: { ...stepOf(fact), checkpoint, itemsSha256 } }
    }
    default:
      return review
  }
}

function stepOf({ actor: by, at, seq }: ReviewFact): Step {
  return { by, at, seq }
}

/** Whether decisions are taken. */
export function isOpen(review: Pick<Review, 'state'>): boolean {
  return review.state === 'running' || review.state === 'grace'
}
