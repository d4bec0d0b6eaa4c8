import type { ItemState } from '../../domain/review/item.ts'
import type { RemediationFacts } from '../../domain/review/remediation.ts'
import type { ItemMove, ReviewEvent } from '../../domain/review-event.ts'
import type { ChangeId, ReviewId } from '../../ids.ts'
import type { LightItem, ReviewedItem } from '../../ports/reviews.ts'
import type { ReviewDeps } from './deps.ts'
import { serviceActor } from './deps.ts'
import { proveOver } from './prove.ts'
import type { InTurn } from './taking.ts'
import { itemOf, parts, record } from './turns.ts'

/** What becomes of mappings that nobody answered for. */
export type Silence = {
  /** Disables what was said to be suspended, in as few changes as can be; what waits for a second person is said to have failed until then. */
  suspend(id: ReviewId, items: readonly LightItem[]): Promise<void>
  /** Ends them for good, and shows it. What somebody enabled meanwhile is theirs, and is said to have failed. */
  endForGood(id: ReviewId, n: number): Promise<void>
  /** What was asked of an author was not done in time. */
  notDone(id: ReviewId, items: readonly LightItem[]): Promise<void>
}

export const BY_TIME = { actor: null, request: null } as const

export function createSilence(deps: ReviewDeps, { turns, taking }: InTurn): Silence {
  const by = (id: ReviewId) => ({ actor: serviceActor(id), request: deps.newRequestId() })

  async function askOf(names: readonly string[]) {
    const found = await Promise.all(names.map((name) => deps.store.get('mapping', name)))
    const which = found.flatMap((one) =>
      one?.state === 'enabled' ? [{ name: one.name, ifVersion: one.version }] : [],
    )
    return { of: 'several', kind: 'mapping', which, change: 'disable' } as const
  }

  /** Null where they are off now; else the change that waits. */
  async function disable(id: ReviewId, names: readonly string[]): Promise<ChangeId | null> {
    const ask = await askOf(names)
    return ask.which.length === 0 ? null : (await deps.changes.apply(ask, by(id))).change
  }

  /** Mappings whose end lets those beside them give more: by a plan, which changes nothing. */
  async function loosening(items: readonly LightItem[]): Promise<ReadonlySet<string>> {
    const named = new Set<string>()
    for (let rest = items; rest.length > 0; rest = rest.filter(({ name }) => !named.has(name))) {
      const ask = await askOf(rest.map(({ name }) => name))
      if (ask.which.length === 0) return named
      // The flow's own plan, as its door answers it.
      const plan = JSON.parse(new TextDecoder().decode(await deps.changes.plan(ask))) as {
        readonly widens: readonly { readonly name: string }[]
      }
      const found = rest.filter(({ name }) => plan.widens.some((one) => one.name === name))
      if (found.length === 0) return named
      for (const { name } of found) named.add(name)
    }
    return named
  }

  async function suspendTogether(id: ReviewId, items: readonly LightItem[]): Promise<void> {
    const change = await disable(
      id,
      items.map(({ name }) => name),
    )
    if (change !== null) return failed(id, items, { change, detail: 'waits_for_second_person' })
    const { generation } = deps.configuration()
    const found = await Promise.all(items.map(({ name }) => deps.store.get('mapping', name)))
    // By the version that is off: what a restore brings back.
    const moves = movesOf(items, 'auto_suspended').map((move, at) => ({
      ...move,
      version: found[at]?.version ?? move.version,
    }))
    for (const some of parts(moves))
      await turns.take(() =>
        record(deps, { type: 'review.suspended', review: id, ...BY_TIME, items: some, generation }),
      )
  }

  async function failed(id: ReviewId, items: readonly LightItem[], why: Why): Promise<void> {
    for (const some of parts(items)) await turns.take(() => record(deps, failedEvent(id, some, why)))
  }

  async function shown(id: ReviewId, { item }: ReviewedItem) {
    const proof = await proveOver(deps, item, item.version)
    if (proof.live === 0) return proof
    const of = { kind: 'mapping', name: item.name } as const
    await deps.revocations.revoke(of, { ...by(id), reason: `review ${id}: nobody answered` })
    return proveOver(deps, item, item.version)
  }

  /** Somebody who comes meanwhile is refused: what is ended here is what was looked at. */
  async function ended(id: ReviewId, found: ReviewedItem): Promise<void> {
    const { item, standing } = found
    const { n, kind, name, version } = item
    const light = { n, kind, name, version, standing }
    const now = await deps.store.get('mapping', name)
    if (standing.state === 'auto_suspended' && now?.state === 'enabled')
      return failed(id, [light], { change: null, detail: 'enabled_again' })
    const change = await disable(id, [name])
    if (change !== null) return failed(id, [light], { change, detail: 'waits_for_second_person' })
    const proof = await shown(id, found)
    if (!proof.holds) return
    const items = movesOf([light], 'auto_revoked')
    await turns.take(() => record(deps, { type: 'review.revoked', review: id, ...BY_TIME, items, proof }))
  }

  return {
    async suspend(id, items) {
      if (items.length === 0) return
      const loose = await loosening(items)
      const safe = items.filter(({ name }) => !loose.has(name))
      if (safe.length > 0) await suspendTogether(id, safe)
      for (const item of items) if (loose.has(item.name)) await suspendTogether(id, [item])
    },

    async endForGood(id, n) {
      const found = await turns.take(async () => {
        const item = await itemOf(deps, id, n)
        const isWaiting = item.standing.state === 'auto_suspended' || item.standing.state === 'restored'
        if (isWaiting) taking.begin(id, [n])
        return isWaiting ? item : null
      })
      if (found === null) return
      try {
        await ended(id, found)
      } finally {
        taking.end(id, [n])
      }
    },

    // Somebody may have seen it done since it was looked at.
    async notDone(id, items) {
      for (const item of items)
        await turns.take(async () => {
          const { standing } = await itemOf(deps, id, item.n)
          if (standing.state !== 'narrow_requested') return
          await record(deps, failedEvent(id, [item], { change: null, detail: 'not_done_in_time' }))
        })
    },
  }
}

type Why = Pick<RemediationFacts, 'change' | 'detail'>

function failedEvent(review: ReviewId, items: readonly LightItem[], why: Why): ReviewEvent {
  const remediation = {
    how: why.change === null ? 'by_author' : 'disable',
    ...{ generation: null, version: null, revocation: null, sessions: null },
    ...why,
  } as const
  const moves = movesOf(items, 'failed')
  return { type: 'review.applied', review, ...BY_TIME, key: null, items: moves, remediation }
}

/** The parts of an event for these; `becomes` null: they stay what they are. */
export function movesOf(items: readonly LightItem[], becomes: ItemState | null): readonly ItemMove[] {
  return items.map(({ n, kind, name, version, standing }) => ({
    ...{ n, kind, name, version },
    becomes: becomes ?? standing.state,
  }))
}
