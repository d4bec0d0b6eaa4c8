import type { ErrorCode } from '../../errors.ts'
import type { Actor } from '../audit-event.ts'
import type { Verdict } from './item.ts'

/** Whoever wrote a version, and whoever said yes to it. */
export type Maker = {
  readonly version: number
  readonly author: Actor
  /** null: nobody had to. */
  readonly approver: Actor | null
}

/**
 * Whether two identities are one person, by everything that is known of them: a second binding of the same person counts
 * as that person.
 */
export type SamePerson = (a: Actor, b: Actor) => boolean

/** What of an item its duties rest on. */
export type DutyFacts = {
  /** Of the versions whose content stands: whoever wrote it, and whoever made it count again. */
  readonly makers: readonly Maker[]
  /** Of an admin binding: whose it is. */
  readonly holder: Actor | null
  /** The persons it is for; empty: whoever has the admin role. */
  readonly reviewers: readonly string[]
  readonly fallback: string | null
}

/** What of persons their duties rest on. */
export type KnownPersons = {
  readonly same: SamePerson
  readonly isPerson: (who: Actor, person: string) => boolean
  /** Whether by their bindings they are auditor of what they make: then nothing that they say of a review counts. */
  readonly auditsOwnWork: (who: Actor) => boolean
}

/**
 * Why this person may not decide over the item, or null: nobody reviews what they wrote, what they were the last to say
 * yes to, or what they are given by it; and an item that is for somebody is not for everybody.
 */
export function dutyRefusal(
  who: Actor,
  facts: DutyFacts,
  { same, isPerson, auditsOwnWork }: KnownPersons,
): ErrorCode | null {
  if (auditsOwnWork(who)) return 'review_auditor_of_own_work'
  if (facts.makers.some(({ author }) => same(author, who))) return 'review_own_work'
  const last = lastApprover(facts.makers)
  if (last !== null && same(last, who)) return 'review_own_work'
  if (facts.holder !== null && same(facts.holder, who)) return 'review_own_role'
  const assigned = facts.fallback === null ? facts.reviewers : [...facts.reviewers, facts.fallback]
  if (facts.reviewers.length > 0 && !assigned.some((person) => isPerson(who, person)))
    return 'review_not_assigned'
  return null
}

/** Of the newest version that somebody had to say yes to. */
export function lastApprover(makers: readonly Maker[]): Actor | null {
  const newest = makers
    .filter(({ approver }) => approver !== null)
    .toSorted((a, b) => b.version - a.version)[0]
  return newest?.approver ?? null
}

/** Of verdicts that two persons gave, the one that takes most away. */
export function strictest(verdicts: readonly Exclude<Verdict, 'defer'>[]): Exclude<Verdict, 'defer'> {
  if (verdicts.includes('revoke')) return 'revoke'
  return verdicts.includes('narrow') ? 'narrow' : 'attest'
}
