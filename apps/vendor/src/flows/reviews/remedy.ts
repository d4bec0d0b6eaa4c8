import type { Actor } from '../../domain/audit-event.ts'
import type { ItemState } from '../../domain/review/item.ts'
import type { RemediationFacts } from '../../domain/review/remediation.ts'
import type { ReviewEvent } from '../../domain/review-event.ts'
import { VendorError } from '../../errors.ts'
import type { RequestId, ReviewId } from '../../ids.ts'
import type { ReviewedItem } from '../../ports/reviews.ts'
import type { RevokeReport } from '../revoke.ts'
import type { ReviewDeps } from './deps.ts'
import { serviceActor } from './deps.ts'
import { isAbsent, narrowed, proveOver, revokedOf } from './prove.ts'
import { itemOf, record, type Turns } from './turns.ts'

export type Remedies = {
  /**
   * Makes what was asked of an item so, and proves it: stops issue and ends what was given, disables the resource, decides
   * on a subject that it admitted. What cannot be made so says why, and can be tried again. One at a time an item.
   */
  carryOut(review: ReviewId, n: number, by: RemedyBy): Promise<void>
}

/** A person who asked for it, or null: the service goes on with what stands in the log. */
export type RemedyBy = { readonly actor: Actor; readonly request: RequestId } | null

type Facts = RemediationFacts

const NOTHING: Facts = {
  how: 'disable',
  generation: null,
  version: null,
  change: null,
  revocation: null,
  sessions: null,
  detail: null,
}

/** States of an item in which the service has something to do. */
const TO_DO: ReadonlySet<ItemState> = new Set(['revoke_requested', 'narrow_requested', 'applied', 'failed'])

export function createRemedies(deps: ReviewDeps, turns: Turns): Remedies {
  const busy = new Set<string>()

  async function carryOut(review: ReviewId, n: number, by: RemedyBy): Promise<void> {
    const found = await itemOf(deps, review, n)
    if (!TO_DO.has(found.standing.state)) return
    if (found.standing.state === 'narrow_requested') return observe(review, found)
    if (found.standing.state !== 'applied') await apply(review, found, by)
    else if (by !== null) await endAgain(review, found, by)
    await verify(review, n)
  }

  /** What was given and may live still, because its store did not answer: a person need not wait until it is tried again. */
  async function endAgain(
    review: ReviewId,
    { item, standing }: ReviewedItem,
    { actor, request }: NonNullable<RemedyBy>,
  ): Promise<void> {
    const of = revokedOf(item)
    if (of === null || standing.remediation?.how !== 'disable') return
    if ((await proveOver(deps, item, versionOf({ item, standing }))).live === 0) return
    await deps.revocations.revoke(of, { actor, request, reason: `review ${review}` })
  }

  async function apply(review: ReviewId, found: ReviewedItem, by: RemedyBy): Promise<void> {
    const { item, standing } = found
    const now = await deps.store.get(item.resource.kind, item.resource.name)
    // A change that waits is not asked for again; an exception only its author can take away.
    const isWaiting = item.kind === 'exception' || (by === null && isPending(standing.remediation))
    if (isWaiting && !isAbsent(item, now)) return
    await write(review, found, by, { type: 'review.applying', becomes: standing.state })
    const remediation = isWaiting
      ? { ...NOTHING, how: 'by_author' as const, version: now?.version ?? null, generation: generation() }
      : await disable(review, found, by)
    const stands = remediation.detail === null
    const becomes = stands ? 'applied' : remediation.change === null ? 'failed' : standing.state
    await write(review, found, by, { type: 'review.applied', becomes, remediation })
  }

  const generation = () => deps.configuration().generation

  /** The lock first: from there on nothing is given, whoever must say yes to the rest. */
  async function disable(review: ReviewId, { item, standing }: ReviewedItem, by: RemedyBy): Promise<Facts> {
    const actor = by?.actor ?? standing.decisions.at(-1)?.by ?? serviceActor(review)
    const request = by?.request ?? deps.newRequestId()
    const of = revokedOf(item)
    try {
      const report =
        of === null ? null : await deps.revocations.revoke(of, { actor, request, reason: `review ${review}` })
      const ended = report === null ? {} : { revocation: report.revocation, sessions: sessionsOf(report) }
      return { ...NOTHING, ...ended, ...(await turnOff(item.resource, { actor, request })) }
    } catch (thrown) {
      const detail = thrown instanceof VendorError ? thrown.code : 'internal_error'
      deps.log.error('review.not_applied', { review, item: item.n, detail, reason: String(thrown) })
      return { ...NOTHING, detail }
    }
  }

  async function turnOff(
    { kind, name }: ReviewedItem['item']['resource'],
    by: { readonly actor: Actor; readonly request: RequestId },
  ): Promise<Partial<Facts>> {
    const now = await deps.store.get(kind, name)
    if (now === null || now.state === 'disabled')
      return { version: now?.version ?? null, generation: generation() }
    const ask = { of: 'resource', kind, name, ifVersion: now.version, change: 'disable' } as const
    try {
      const { outcome, change } = await deps.changes.apply(ask, by)
      if (outcome === 'waits') return { change, detail: 'waits_for_second_person' }
      return { version: now.version + 1, generation: generation() }
    } catch (thrown) {
      if (thrown instanceof VendorError && thrown.code === 'configuration_invalid')
        return { detail: thrown.code }
      throw thrown
    }
  }

  /** Only what is so is written: a session that may live still is waited for. */
  async function verify(review: ReviewId, n: number): Promise<void> {
    const found = await itemOf(deps, review, n)
    if (found.standing.state !== 'applied') return
    const isNarrowed = found.standing.remediation?.how === 'by_author'
    const narrower = isNarrowed ? await narrowed(deps, found.item, versionOf(found)) : null
    const proof = narrower?.by === 'narrower' ? narrower : await proveOver(deps, found.item, versionOf(found))
    if (proof.holds) await write(review, found, null, { type: 'review.verified', becomes: 'verified', proof })
  }

  /** What was asked of the author: whether it stands by now. */
  async function observe(review: ReviewId, found: ReviewedItem): Promise<void> {
    const proof = await narrowed(deps, found.item, versionOf(found))
    if (proof === null) return
    const now = await deps.store.get(found.item.resource.kind, found.item.resource.name)
    const remediation = {
      ...NOTHING,
      how: 'by_author' as const,
      version: now?.version ?? null,
      generation: generation(),
    }
    await write(review, found, null, { type: 'review.applied', becomes: 'applied', remediation })
    await verify(review, found.item.n)
  }

  function write(
    review: ReviewId,
    { item, standing }: ReviewedItem,
    by: RemedyBy,
    step: Step,
  ): Promise<void> {
    const { becomes, ...what } = step
    const version = versionOf({ item, standing })
    const { n, kind, name } = item
    const who =
      by === null
        ? { actor: null, request: null, key: null }
        : { actor: by.actor, request: by.request, key: null }
    return turns.take(() =>
      record(deps, { review, ...who, ...what, items: [{ n, kind, name, version, becomes }] } as ReviewEvent),
    ) // each step has the members of its type
  }

  return {
    async carryOut(review, n, by) {
      const key = `${review}/${n}`
      if (busy.has(key)) return
      busy.add(key)
      try {
        await carryOut(review, n, by)
      } finally {
        busy.delete(key)
      }
    },
  }
}

type Step =
  | { readonly type: 'review.applying'; readonly becomes: ItemState }
  | { readonly type: 'review.applied'; readonly becomes: ItemState; readonly remediation: Facts }
  | {
      readonly type: 'review.verified'
      readonly becomes: ItemState
      readonly proof: Awaited<ReturnType<typeof proveOver>>
    }

/** The version that was decided on; where nobody decided, that of the snapshot. */
function versionOf({ item, standing }: ReviewedItem): number {
  return standing.decisions.findLast(({ verdict }) => verdict !== 'defer')?.seenVersion ?? item.version
}

function isPending(remediation: ReviewedItem['standing']['remediation']): boolean {
  return remediation !== null && remediation.change !== null
}

function sessionsOf({ sessions, proved, unproved }: RevokeReport): Facts['sessions'] {
  return { found: sessions, proved, latestExpiry: unproved[0]?.latestExpiry ?? null }
}
