import type { Finding } from '../lint/rule.ts'
import type { ResourceKind } from '../resource.ts'
import type { Maker } from './duty.ts'
import type { ItemKind } from './item.ts'
import type { LogFindingFact } from './log-finding.ts'
import type { Population } from './review.ts'
import type { Recommendation } from './risk.ts'

/** What a mapping was used for in the period, as the log counts it. */
export type ItemUsage = {
  /** Of all time, ISO 8601; null: never. */
  readonly first: string | null
  readonly last: string | null
  /** In the period. */
  readonly issued: number
  readonly refused: number
  readonly subjects: number
  readonly networks: number
  /** There were more subjects, or networks, than are told apart. */
  readonly more: boolean
  /** Of sessions that were given; null: none was. */
  readonly p95LifetimeSeconds: number | null
}

/** What a mapping opens, in data: the role with what it may reach. */
export type Opens = {
  readonly role: string
  readonly roleVersion: number
  readonly target: string
  readonly policies: readonly string[]
  /** As the role's documents name them; what varies by claim still stands as `{{name}}`. */
  readonly buckets: readonly string[]
  readonly writes: boolean
  readonly deletes: boolean
  readonly maxLifetimeSeconds: number
  readonly accept: readonly string[]
}

/** What was known against an item. `detector`: S01 to S20; null: no detector's, or of a review from before it was kept. */
export type ItemFinding = Pick<Finding, 'rule' | 'severity' | 'message' | 'fix'> & {
  readonly detector: string | null
}

/** An item as it was when the review was prepared: never changed afterwards, and hashed into the log. */
export type ReviewItem = {
  /** From 1. */
  readonly n: number
  readonly kind: ItemKind
  readonly name: string
  /** The configuration noun that it is, or is part of: of an exception its role or target. */
  readonly resource: { readonly kind: ResourceKind; readonly name: string }
  readonly version: number
  /** Of the resource's body, RFC 8785. */
  readonly sha256: string
  /** The resource's body as it stood. */
  readonly body: unknown
  readonly owner: string | null
  readonly purpose: string | null
  /** In plain words, a line each. */
  readonly words: readonly string[]
  /** Who made what stands; nobody reviews what they made. */
  readonly makers: readonly Maker[]
  /** Of a mapping; null for every other kind, and where the role is not there. */
  readonly opens: Opens | null
  /** Of a mapping. */
  readonly usage: ItemUsage | null
  /** Of a target, or an issuer: since when its key stands, ISO 8601; null: nobody can tell. */
  readonly keySince: string | null
  readonly findings: readonly ItemFinding[]
  readonly moreFindings: number
  /** 0–100. */
  readonly risk: number
  readonly recommendation: Recommendation
  /** Why, a line each. */
  readonly because: readonly string[]
  /** How many persons decide. */
  readonly required: 1 | 2
  /** The persons it was given to; empty: whoever has the admin role. */
  readonly reviewers: readonly string[]
}

/** The first line of a snapshot. */
export type SnapshotHead = {
  readonly review: string
  readonly generation: number
  readonly configurationHash: string
  readonly at: string
  readonly population: Population
  readonly items: number
  /** What was known against the log itself, which is no item; not there in a snapshot from before it was kept. */
  readonly ofLog?: readonly LogFindingFact[]
}
