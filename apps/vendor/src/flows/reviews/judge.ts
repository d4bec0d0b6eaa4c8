import type { Actor } from '../../domain/audit-event.ts'
import { type Asked, decideItem, LEAST_RATIONALE, votesOf } from '../../domain/review/decide.ts'
import { type DutyFacts, dutyRefusal } from '../../domain/review/duty.ts'
import { isUndecided } from '../../domain/review/item.ts'
import type { Review } from '../../domain/review/review.ts'
import { isOpen } from '../../domain/review/review.ts'
import { HIGH_RISK } from '../../domain/review/risk.ts'
import type { ItemMove, RequestKey } from '../../domain/review-event.ts'
import { type ErrorCode, VendorError } from '../../errors.ts'
import type { ReviewId } from '../../ids.ts'
import type { ReviewedItem } from '../../ports/reviews.ts'
import type { ReviewBy, ReviewDeps } from './deps.ts'
import { holderOfItem, makersOf } from './prepare.ts'
import type { InTurn } from './taking.ts'
import { checkRevision, itemOf, keyOf, record, reviewOf } from './turns.ts'

/** What a person says of several items at once: the same of all. */
export type BulkAsked = Omit<Asked, 'seenVersion' | 'until' | 'verdict'> & {
  readonly verdict: 'attest' | 'narrow' | 'revoke'
  readonly items: readonly { readonly n: number; readonly seenVersion: number }[]
}

export type Judgements = {
  /**
   * Decides over one item; false: it was decided by the same request before. Throws what `decideItem` refuses with, and
   * `review_item_suspending`.
   */
  decide(review: ReviewId, of: { readonly n: number; readonly asked: Asked }, by: ReviewBy): Promise<boolean>
  /** All of them or none. Throws `review_high_risk` beside that. */
  decideMany(review: ReviewId, asked: BulkAsked, by: ReviewBy): Promise<boolean>
  delegate(
    review: ReviewId,
    of: { readonly n: number; readonly to: string; readonly rationale: string },
    by: ReviewBy,
  ): Promise<boolean>
  /** Why this person could decide nothing of the item that stands, by the code that they would get; null: they could. */
  barred(review: ReviewId, n: number, who: Actor): Promise<ErrorCode | null>
}

export function createJudgements(deps: ReviewDeps, { turns, taking }: InTurn): Judgements {
  return {
    async barred(id, n, who) {
      const [review, found] = await Promise.all([reviewOf(deps, id), itemOf(deps, id, n)])
      const { kind, name } = found.item.resource
      const [duty, now] = await Promise.all([dutyFacts(deps, review, found), deps.store.get(kind, name)])
      const refused = dutyRefusal(who, duty, deps.persons)
      if (refused !== null || now === null) return refused
      const votes = votesOf(found.standing, now.version)
      return votes.some(({ by }) => deps.persons.same(by, who)) ? 'review_same_reviewer' : null
    },
    decide: (id, { n, asked }, by) =>
      turns.take(async () => {
        const { key, known } = await keyOf(deps, by, ['decide', id, n, asked])
        if (known !== null) return false
        const [review, found] = await Promise.all([reviewOf(deps, id), itemOf(deps, id, n)])
        taking.check(id, n)
        checkRevision(found.standing, by.ifRevision)
        const move = await judged(deps, { review, found, asked }, by)
        await write(deps, { review: id, asked, moves: [move], key }, by)
        return true
      }),
    decideMany: (id, { items, ...asked }, by) =>
      turns.take(async () => {
        const { key, known } = await keyOf(deps, by, ['decide', id, items, asked])
        if (known !== null) return false
        const review = await reviewOf(deps, id)
        const moves: ItemMove[] = []
        for (const { n, seenVersion } of items) {
          const found = await itemOf(deps, id, n)
          taking.check(id, n)
          if (found.item.risk >= HIGH_RISK || found.item.required === 2)
            throw new VendorError('review_high_risk', { facts: { member: `items: ${n}` } })
          moves.push(await judged(deps, { review, found, asked: { ...asked, seenVersion, until: null } }, by))
        }
        await write(deps, { review: id, asked: { ...asked, until: null }, moves, key }, by)
        return true
      }),
    delegate: (id, { n, to, rationale }, by) =>
      turns.take(async () => {
        const { key, known } = await keyOf(deps, by, ['delegate', id, n, to, rationale])
        if (known !== null) return false
        const [review, found] = await Promise.all([reviewOf(deps, id), itemOf(deps, id, n)])
        taking.check(id, n)
        checkRevision(found.standing, by.ifRevision)
        await checkDelegation(deps, { review, found, to, rationale }, by)
        const { kind, name, version } = found.item
        const move = { n, kind, name, version, becomes: delegatedState(found) } as const
        const { actor, request } = by
        const what = { to, rationale, items: [move] }
        await record(deps, { type: 'review.delegated', review: id, actor, request, key, ...what })
        return true
      }),
  }
}

/** What was restored has been answered for once: it stays so, for whomever it is. */
function delegatedState({ standing }: ReviewedItem): 'restored' | 'delegated' {
  return standing.state === 'restored' ? 'restored' : 'delegated'
}

type Judged = { readonly review: Review; readonly found: ReviewedItem; readonly asked: Asked }

async function judged(deps: ReviewDeps, { review, found, asked }: Judged, by: ReviewBy): Promise<ItemMove> {
  const { item, standing } = found
  const now = await deps.store.get(item.resource.kind, item.resource.name)
  const { required } = item
  const outcome = decideItem({
    review,
    item: { kind: item.kind, standing, required, duty: await dutyFacts(deps, review, found) },
    now,
    asked,
    who: by.actor,
    nowMs: deps.clock.nowMs(),
    ...deps.persons,
  })
  if (!outcome.ok) {
    const detail = outcome.detail === undefined ? '' : `: ${outcome.detail}`
    throw new VendorError(outcome.code, { facts: { member: `item ${item.n}${detail}` } })
  }
  const { n, kind, name } = item
  return { n, kind, name, version: asked.seenVersion, becomes: outcome.becomes }
}

/** By what stands, and by what the snapshot says: somebody who changed it since has made it as well. */
export async function dutyFacts(
  deps: ReviewDeps,
  { plan }: Review,
  { item, standing }: ReviewedItem,
): Promise<DutyFacts> {
  const { kind, name } = item.resource
  const [versions, made] = await Promise.all([deps.provenance.of(kind, name), deps.audit.reviews.makers()])
  const now = makersOf(versions, made)
  const known = new Set(now.map(({ version }) => version))
  return {
    makers: [...now, ...item.makers.filter(({ version }) => !known.has(version))],
    holder: holderOfItem(deps, item),
    reviewers: standing.reviewers,
    fallback: plan.fallback,
  }
}

type Said = {
  readonly review: ReviewId
  readonly asked: Pick<Asked, 'verdict' | 'rationale' | 'evidence' | 'until'>
  readonly moves: readonly ItemMove[]
  readonly key: RequestKey | null
}

function write(deps: ReviewDeps, { review, asked, moves, key }: Said, by: ReviewBy): Promise<void> {
  const { verdict, rationale, evidence, until } = asked
  const { actor, request, signedIn } = by
  const said = { verdict, rationale, evidence, until }
  return record(deps, {
    type: 'review.decided',
    review,
    actor,
    request,
    key,
    signedIn,
    ...said,
    items: moves,
  })
}

type Delegation = {
  readonly review: Review
  readonly found: ReviewedItem
  readonly to: string
  readonly rationale: string
}

/** Whoever has the item may hand it on, and whoever runs the review; to a person who may decide over it. */
async function checkDelegation(
  deps: ReviewDeps,
  { review, found, to, rationale }: Delegation,
  by: ReviewBy,
): Promise<void> {
  if (!isOpen(review)) throw new VendorError('review_not_running')
  if (!isUndecided(found.standing.state)) throw new VendorError('review_item_decided')
  if (rationale.trim().length < LEAST_RATIONALE)
    throw new VendorError('review_rationale_short', { facts: { member: 'rationale' } })
  if (!deps.persons.isReviewer(to))
    throw new VendorError('review_reviewer_unknown', { facts: { member: 'to' } })
  const facts = await dutyFacts(deps, review, found)
  const mine = facts.fallback === null ? facts.reviewers : [...facts.reviewers, facts.fallback]
  const isMine =
    facts.reviewers.length === 0 || mine.some((person) => deps.persons.isPerson(by.actor, person))
  const isRunner = deps.persons.same(review.drafted.by ?? by.actor, by.actor)
  if (!isMine && !isRunner) throw new VendorError('review_not_assigned')
  const barred = [...facts.makers.flatMap(({ author, approver }) => [author, approver]), facts.holder]
  if (barred.some((one) => one !== null && deps.persons.isPerson(one, to)))
    throw new VendorError('review_own_work', { facts: { member: 'to' } })
}
